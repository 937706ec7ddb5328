// A library user's program on every rank: rank 1 cancels the first job, and the session, and another one, do the next.
//   node cancel.mjs FOLDER
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate, openSession, run } from '../../../dist/index.js';

const [folder = '.'] = process.argv.slice(2);
const { qasm } = generate('ghz', { qubits: 12 });
const labels = 'AAAABBBBCCCC';

const first = await openSession({ device: 'cpu', threads: 1 });
const { rank } = first.cluster;
const ask = (session, name, more) =>
  run(
    { text: qasm },
    { session, directory: path.join(folder, name), labels, top: 2, verify: false, ...more },
  );

const seen = { rank, cancelled: [] };
for (const [number, stage] of ['evaluate', 'reconstruct'].entries()) {
  const controller = new AbortController();
  const onProgress = (progress) => {
    if (rank === 1 && progress.stage === stage) controller.abort(new Error('rank 1 has enough'));
  };
  try {
    await ask(first, `run${number}`, { signal: controller.signal, onProgress });
    seen.cancelled.push('done');
  } catch (error) {
    seen.cancelled.push({ code: error.code, cause: error.cause?.message });
  }
}
// A job that a rank cancels while another one works: the news travels beside MPI.
const controller = new AbortController();
if (rank === 1) setTimeout(() => controller.abort(new Error('no use')), 100);
seen.alone = await first
  .job({ signal: controller.signal }, ({ cluster, signal }) =>
    cluster.onRoot(
      () =>
        new Promise((_, reject) => {
          const working = setInterval(() => {
            if (!signal.aborted) return;
            clearInterval(working);
            reject(Object.assign(new Error('ended'), { code: 'cancelled' }));
          }, 5);
        }),
    ),
  )
  .catch((error) => ({ code: error.code, cause: error.cause?.message }));
seen.again = (await ask(first, 'run0')).top;
await first.close();
const second = await openSession({ device: 'cpu', threads: 1 });
seen.other = (await ask(second, 'run2')).top;
await second.close();
writeFileSync(path.join(folder, `${rank}.json`), JSON.stringify(seen));
