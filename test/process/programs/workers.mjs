// Sessions in worker threads: two answer at once, beside one of the main thread; one is
// terminated while it computes.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, openSession, readQasm, run } from '../../../dist/index.js';

const { qasm } = generate('ghz', { qubits: 10 });

async function answer(directory) {
  const session = await openSession({ device: 'cpu', threads: 1 });
  const asked = { session, directory, labels: 'AAAAABBBBB', top: 2, verify: false };
  const { top } = await run({ text: qasm }, asked);
  await session.close();
  return top.outcomes;
}

/** Tells the main thread that the addon computes. */
function onProgress({ stage, done }) {
  if (stage === 'evaluate' && done > 0) parentPort.postMessage('working', []);
}

/** Evaluates a circuit uncut, for some seconds. */
async function workLong() {
  const circuit = readQasm(generate('supremacy', { qubits: 22, depth: 24, seed: 1 }).qasm);
  await run(circuit, { device: 'cpu', threads: 1, maxWidth: 22, top: 1, verify: false, onProgress });
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
  const long = start('long');
  await given(long);
  const code = await long.terminate();
  const after = await answer(path.join(folder, 'after'));
  console.log(JSON.stringify({ answers, code, after }));
} else if (workerData.endsWith('long')) {
  await workLong();
} else {
  parentPort.postMessage(await answer(workerData), []);
}
