import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/roundTrip.ts'],
    // The addon is a native module: a process of its own for each file keeps a crash, and MPI, apart from the rest.
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
