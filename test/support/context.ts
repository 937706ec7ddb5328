/** A context of one rank for tests that call a stage directly. */
import { SingleCluster } from '../../src/cluster/singleCluster.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { loadAddon } from '../../src/native/load.js';
import type { Context } from '../../src/run/context.js';
import { Inputs } from '../../src/run/files/inputs.js';
import { DEFAULT_CALIBRATION } from '../../src/run/resources/rates.js';

export function testContext(
  changes: Partial<Context> = {},
  cluster: Cluster = new SingleCluster('none', { roundTrip: true }),
): Context {
  return {
    cluster,
    native: loadAddon().addon,
    device: 'cpu',
    deviceGroup: { rank: 0, size: 1 },
    threads: 2,
    memory: 2 ** 32,
    calibration: DEFAULT_CALIBRATION,
    inputs: new Inputs(),
    ...changes,
  };
}
