/** One rank of `ranks`: answers from a run directory, and leaves what that took in a folder. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { planReconstruct, reconstruct } from 'kroncut';

const [directory = '', folder = ''] = process.argv.slice(2);
const options = { moments: true, top: 10, bondTolerance: 0, threads: 1, device: 'cpu' } as const;
// First, since measuring the rates takes time, and memory that is kept.
const plan = await planReconstruct(directory, options);
/** KiB that the process has held at most so far. */
const held = (): number => process.resourceUsage().maxRSS;
const before = { held: held(), time: performance.now(), usage: process.cpuUsage() };
await reconstruct(directory, options);
const { user, system } = process.cpuUsage(before.usage);
const taken = {
  seconds: (performance.now() - before.time) / 1000,
  processor: (user + system) / 1e6,
  predicted: plan.seconds,
  memoryBytes: plan.memoryBytes,
  heldBytes: 1024 * (held() - before.held),
};
writeFileSync(path.join(folder, `${process.pid}.json`), JSON.stringify(taken));
