/** One rank of `compile-ranks`: compiles a circuit, and leaves its times in a folder. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from 'kroncut';

const [circuit = '', width = '', folder = ''] = process.argv.slice(2);
const before = process.cpuUsage();
const { seconds } = await compile(circuit, {
  blockSize: Number(width),
  rounds: 1,
  threads: 1,
  device: 'cpu',
});
const { user, system } = process.cpuUsage(before);
const timing = { seconds, processor: (user + system) / 1e6 };
writeFileSync(path.join(folder, `${process.pid}.json`), JSON.stringify(timing));
