// Kroncut as a library: cuts a circuit, and prints its most likely outcomes. Nothing is written.
import { generate, readQasm, run } from 'kroncut';

const circuit = readQasm(generate('supremacy', { qubits: 12, seed: 1 }).qasm);
const { cut, top, verify } = await run(circuit, { maxWidth: 8, top: 3 });
console.log(`${cut.wireCuts} wire cuts, largest error ${verify?.maxAbsError}`);
for (const { bits, probability } of top?.outcomes ?? []) console.log(bits, probability);
