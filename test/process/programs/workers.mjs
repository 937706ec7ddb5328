// Sessions in worker threads: two answer at once, beside one of the main thread.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, openSession, run } from '../../../dist/index.js';

const { qasm } = generate('ghz', { qubits: 10 });

async function answer(directory) {
  const session = await openSession({ device: 'cpu', threads: 1 });
  const asked = { session, directory, labels: 'AAAAABBBBB', top: 2, verify: false };
  const { top } = await run({ text: qasm }, asked);
  await session.close();
  return top.outcomes;
}

/** The first message of a worker. */
const given = (worker) =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });

if (isMainThread) {
  const [folder] = process.argv.slice(2);
  const file = fileURLToPath(import.meta.url);
  const start = (name) => new Worker(file, { workerData: path.join(folder, name) });
  const answers = await Promise.all([
    given(start('one')),
    given(start('two')),
    answer(path.join(folder, 'main')),
  ]);
  const after = await answer(path.join(folder, 'after'));
  console.log(JSON.stringify({ answers, after }));
} else {
  parentPort.postMessage(await answer(workerData), []);
}
