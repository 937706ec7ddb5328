/**
 * `npm run bench -- --only expect`: clusters of qubits, all-to-all inside and joined by one gate in two of three layers:
 * how soon their cuts are proven, and what Z on each of 100 qubits takes beside Z on all of them together, one string.
 */
import { readQasm, run } from 'kroncut';
import { program } from './circuits.js';

const QUBITS = 100;
const SIZES = [10, 14, 16, 18] as const;
const LAYERS = 3;

/** Clusters of `size` qubits; the last one may have fewer. */
export function clusters(size: number, qubits = QUBITS): string {
  const lines: string[] = [];
  let angle = 0;
  for (let layer = 0; layer < LAYERS; layer += 1) {
    for (let q = 0; q < qubits; q += 1) {
      angle = (angle + 0.618) % 3;
      lines.push(`u3(${angle.toFixed(3)},${(3 - angle).toFixed(3)},0.3) q[${q}];`);
    }
    for (let first = 0; first < qubits; first += size) {
      const end = Math.min(first + size, qubits);
      for (let a = first; a < end; a += 1) {
        for (let b = a + 1; b < end; b += 1) lines.push(`cx q[${a}],q[${b}];`);
      }
    }
    if (layer + 1 === LAYERS) continue;
    for (let first = size; first < qubits; first += size) {
      lines.push(`cx q[${first - 1}],q[${first}];`);
    }
  }
  return program(qubits, lines);
}

export async function expectTable(threads: number | undefined): Promise<void> {
  const each = Array.from({ length: QUBITS }, (_, q) => `Z${q}`);
  console.log(
    'clusters of | cuts | overhead proven | s to find | s for one string | s for 100 strings | ratio',
  );
  for (const size of SIZES) {
    const circuit = readQasm(clusters(size));
    const ask = async (expect: string) =>
      run(circuit, {
        maxWidth: size,
        objective: 'sampling',
        expect,
        verify: false,
        ...(threads === undefined ? {} : { threads }),
      });
    const one = await ask(each.join(' '));
    const all = await ask(each.join(' + '));
    const { wireCuts, gateCuts, proven, seconds } = all.cut;
    const taken = [one, all].map(({ timings }) => timings.evaluate + timings.reconstruct);
    const [first = 0, second = 0] = taken;
    console.log(
      [
        size,
        wireCuts + gateCuts,
        proven ? 'yes' : 'no',
        seconds.toFixed(2),
        first.toFixed(2),
        second.toFixed(2),
        (second / first).toFixed(2),
      ].join(' | '),
    );
  }
}
