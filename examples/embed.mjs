// Kroncut as a library: cuts a circuit, and prints its most likely outcomes and a marginal.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, run } from 'kroncut';

const { qasm } = generate('supremacy', { qubits: 12, seed: 1 });
const directory = mkdtempSync(join(tmpdir(), 'kroncut-'));
const { cut, top, verify } = await run({ text: qasm }, { directory, maxWidth: 8, top: 3 });
console.log(`${cut.wireCuts} wire cuts, largest error ${verify?.maxAbsError}`);
for (const { bits, probability } of top?.outcomes ?? []) console.log(bits, probability);
