// Rank 0 keeps its event loop busy, and makes no MPI call, until the others have drawn all
// their tasks from the counter that rank 0 owns.   node progress.mjs FOLDER
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runRanks } from '../../../dist/cluster/runRanks.js';
import { loadAddon } from '../../../dist/native/load.js';

const [folder = '.'] = process.argv.slice(2);
const TASKS = 100;

process.exitCode = await runRanks(
  { addon: loadAddon().addon, report: (error) => console.error(error.message) },
  async (cluster) => {
    const counter = await cluster.taskCounter();
    let drawn = 0;
    if (cluster.isRoot) {
      const done = Array.from({ length: cluster.size - 1 }, (_, index) =>
        path.join(folder, `done.${index + 1}`),
      );
      const deadline = Date.now() + 25_000;
      while (!done.every((file) => existsSync(file))) {
        if (Date.now() > deadline) throw new Error('the others could not draw tasks while rank 0 was busy');
      }
    } else {
      while ((await cluster.nextTask(counter)) < TASKS) drawn += 1;
      writeFileSync(path.join(folder, `done.${cluster.rank}`), '');
    }
    const all = await cluster.gather(drawn);
    if (cluster.isRoot) console.log(JSON.stringify(all));
    return 0;
  },
);
