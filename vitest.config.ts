import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/roundTrip.ts', 'test/support/propertySeed.ts'],
    // The addon is a native module: a process of its own for each file keeps a crash, and MPI, apart from the rest.
    pool: 'forks',
    // Many files wait for processes that they start: two at a time pay on two cores, too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
