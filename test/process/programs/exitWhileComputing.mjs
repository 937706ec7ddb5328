// Exits while the addon computes what would take many minutes.
import { generate, run } from '../../../dist/index.js';

const { qasm } = generate('supremacy', { qubits: 24, depth: 4000, seed: 1 });
function onProgress({ stage, done }) {
  if (stage === 'evaluate' && done > 0) process.exit(3);
}
await run({ text: qasm }, { device: 'cpu', threads: 1, maxWidth: 24, top: 1, verify: false, onProgress });
