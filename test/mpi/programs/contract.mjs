// Makes every collective call once or more and writes what this rank saw to FOLDER/RANK.json.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runRanks } from '../../../dist/cluster/runRanks.js';
import { KroncutError } from '../../../dist/error.js';
import { loadAddon } from '../../../dist/native/load.js';

const [folder = '.'] = process.argv.slice(2);

/** The code, message and details of what `promise` rejects with. */
async function errorOf(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { code: error.code, message: error.message, details: error.details };
  }
}

async function collect(cluster) {
  const { rank, size, nodeRank, nodeSize, node, nodes, isRoot, launcher } = cluster;
  const seen = { place: { rank, size, nodeRank, nodeSize, node, nodes, isRoot, launcher } };
  await cluster.barrier();

  seen.broadcast = await cluster.broadcast(isRoot ? { text: 'ü', list: [1, null] } : undefined);
  const odd = await cluster.broadcast(
    isRoot ? { most: Infinity, zero: -0, part: Float64Array.of(1, 2, 3).subarray(1) } : undefined,
  );
  seen.exact =
    odd.most === Infinity &&
    Object.is(odd.zero, -0) &&
    odd.part instanceof Float64Array &&
    odd.part.join() === '2,3';
  seen.broadcastUndefined = (await cluster.broadcast(undefined)) === undefined;
  // Longer than a message, which the test makes 1000 bytes.
  seen.broadcastLong = (await cluster.broadcast(isRoot ? 'a'.repeat(5000) : '')).length;
  seen.gather = await cluster.gather({ rank });
  seen.gatherLong = (await cluster.gather('b'.repeat(rank * 1700))).map((text) => text.length);

  const values = Float64Array.from({ length: 300 }, (_, index) => index + 1 / (rank + 1));
  for (const operation of ['sum', 'min', 'max'])
    seen[operation] = Array.from(await cluster.reduce(values, operation));
  seen.unchanged = values[0] === 1 / (rank + 1);
  // Calls made without waiting are carried out in order.
  const parts = await Promise.all([cluster.gather(1), cluster.broadcast(isRoot ? 2 : 0), cluster.barrier()]);
  seen.concurrent = parts.slice(0, 2);

  seen.onRoot = await cluster.onRoot(() => ({ from: rank }));
  seen.onRootError = await errorOf(
    cluster.onRoot(() => {
      throw new KroncutError('input', 'bad.qasm:1:1: no', { details: { line: 1 } });
    }),
  );
  seen.agree = await cluster.agree(async () => rank * 10);
  seen.agreeError = await errorOf(
    cluster.agree(() => {
      if (rank >= size - 2) throw new KroncutError('disk', `disk of ${rank}`);
      return rank;
    }),
  );

  seen.device = await cluster.shareDevice(`device ${rank % 2}`);
  seen.deviceAgain = await cluster.shareDevice('the same');

  seen.tasks = [];
  const counter = await cluster.taskCounter();
  for (let task = await cluster.nextTask(counter); task < 200; task = await cluster.nextTask(counter)) {
    seen.tasks.push(task);
  }
  // More counters than the native window has places.
  seen.firstTasks = [];
  for (let i = 0; i < 70; i += 1) {
    const next = await cluster.taskCounter();
    seen.firstTasks.push(await cluster.nextTask(next));
    if (i % 7 === 0) await cluster.barrier();
  }
  return seen;
}

process.exitCode = await runRanks(
  {
    addon: loadAddon().addon,
    messageBytes: 1000,
    report: (error, rank) => console.error(`rank ${rank}: ${error.message}`),
  },
  async (cluster) => {
    const seen = await collect(cluster);
    writeFileSync(path.join(folder, `${cluster.rank}.json`), JSON.stringify(seen));
    return 0;
  },
);
