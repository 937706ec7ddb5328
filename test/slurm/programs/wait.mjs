// Ranks that wait for one that never comes, until they are ended. Each writes FOLDER/pid-RANK once all are connected,
// and FOLDER/interrupted-RANK when a signal tells it to stop.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runRanks } from '../../../dist/cluster/runRanks.js';
import { loadAddon } from '../../../dist/native/load.js';

const folder = process.argv[2];
const write = (name, text) => {
  const file = path.join(folder, name);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

process.exitCode = await runRanks(
  {
    addon: loadAddon().addon,
    report: (error, rank) => console.error(`rank ${rank ?? 'all'}: ${error.message}`),
  },
  async (cluster, signal) => {
    await cluster.barrier();
    signal.addEventListener('abort', () => write(`interrupted-${cluster.rank}`, ''));
    write(`pid-${cluster.rank}`, String(process.pid));
    if (cluster.rank !== 0) await cluster.barrier();
    else {
      // The timer keeps the process alive: it waits for nothing else.
      await new Promise((resolve) => {
        const timer = setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => {
          clearInterval(timer);
          resolve(undefined);
        });
      });
      signal.throwIfAborted();
    }
    return 0;
  },
);
