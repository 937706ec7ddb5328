/** Circuits that the recorded commands are about, as files in a folder. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { answer, twoAtATime } from './program.js';

const HEADER = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n';

/** By hand: one that compiles to something shorter, and files that are wrong in one place each. */
const WRITTEN: Readonly<Record<string, string>> = {
  'bell.qasm': `${HEADER}qreg q[2];\nh q[0];\ncx q[0], q[1];\n`,
  'twice.qasm': `${HEADER}qreg q[3];\nh q[0];\ncx q[0], q[1];\ncx q[1], q[2];\ncx q[1], q[2];\nrz(0.3) q[1];\n`,
  'free.qasm': 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit[2] q;\nrx(theta) q[0];\n',
  'empty.qasm': '',
  'unknown-gate.qasm': `${HEADER}qreg q[2];\nfoo q[0];\n`,
  'no-semicolon.qasm': `${HEADER}qreg q[2]\nh q[0];\n`,
  'no-qubit.qasm': `${HEADER}qreg q[2];\nh q[2];\n`,
  'no-angle.qasm': `${HEADER}qreg q[2];\nrx q[0];\n`,
  'conditional.qasm': `${HEADER}qreg q[2];\ncreg c[2];\nmeasure q[0] -> c[0];\nif (c == 1) x q[1];\nmeasure q[1] -> c[1];\n`,
  'version.qasm': 'OPENQASM 4.0;\nqubit q;\n',
  'parts-few.json': '{ "parts": [0] }\n',
  'counts.json': `${JSON.stringify({ backend: 'device', counts: bellCounts() })}\n`,
  'counts-few.json': '{ "0-0": { "0": 5 }, "1-0": { "0": 5 } }\n',
  'counts-wide.json': '{ "0-0": { "000": 5 } }\n',
  'counts-other.json': '{ "cut": "0123", "counts": { "0-0": { "0": 5 } } }\n',
  'counts-broken.json': '{ "0-0": { "0": 5 }',
};

/** Of the ten subexperiments of a cut cx, in hexadecimal, which fits all registers. */
function bellCounts(): Record<string, Record<string, number>> {
  const ids = [0, 1].flatMap((subcircuit) => [0, 1, 2, 3, 4].map((number) => `${subcircuit}-${number}`));
  return Object.fromEntries(ids.map((id) => [id, { '0x0': 60, '0x1': 40 }]));
}

const GENERATED: Readonly<Record<string, string>> = {
  'ghz6.qasm': 'ghz --qubits 6',
  'bv6.qasm': 'bv --qubits 6',
  'qft5.qasm': 'qft --qubits 5',
  'adder6.qasm': 'adder --qubits 6 --seed 3',
  'hwea6.qasm': 'hwea --qubits 6 --seed 5 --depth 2',
  'supremacy8.qasm': 'supremacy --qubits 8 --seed 2',
  'regular8.qasm': 'regular --qubits 8 --seed 4',
  'random6.qasm': 'random --qubits 6 --depth 3 --seed 2',
};

/** Writes all circuits. */
export async function prepareCircuits(folder: string): Promise<void> {
  for (const [file, text] of Object.entries(WRITTEN)) writeFileSync(path.join(folder, file), text);
  await twoAtATime(Object.entries(GENERATED), ([file, family]) =>
    answer(folder, { command: `generate ${family} --quiet -o ${file}` }),
  );
}
