/**
 * Set-up of every test file: where a test, or the library that it calls, is one rank alone, values make the trip between
 * ranks all the same, so what does not survive it is seen without MPI.
 */
import { vi } from 'vitest';
import type * as singleCluster from '../../src/cluster/singleCluster.js';

vi.mock('../../src/cluster/singleCluster.js', async (importOriginal) => {
  const original = await importOriginal<typeof singleCluster>();
  class RoundTripCluster extends original.SingleCluster {
    constructor(...[launcher, options]: ConstructorParameters<typeof original.SingleCluster>) {
      super(launcher, { roundTrip: true, ...options });
    }
  }
  return { ...original, SingleCluster: RoundTripCluster };
});
