/** One rank of `ranks`: answers from a run directory, and leaves what that took in a folder. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { planReconstruct, reconstruct } from 'kroncut';

const [directory = '', folder = ''] = process.argv.slice(2);
/** KiB that the process has held at most so far. */
const held = (): number => process.resourceUsage().maxRSS;
// Measuring the rates takes memory of its own, which is kept.
await planReconstruct(directory, { top: 10, threads: 1, device: 'cpu' });
const before = held();
const options = {
  moments: true,
  top: 10,
  bondTolerance: 0,
  explain: true,
  threads: 1,
  device: 'cpu',
} as const;
const { explanation } = await reconstruct(directory, options);
const [found] = explanation?.contractions ?? [];
const taken = {
  seconds: found?.seconds ?? Number.NaN,
  predicted: found?.predictedSeconds ?? Number.NaN,
  peakBytes: explanation?.predicted.memoryBytes ?? Number.NaN,
  heldBytes: 1024 * (held() - before),
};
writeFileSync(path.join(folder, `${process.pid}.json`), JSON.stringify(taken));
