/** What is certain about cut gates with one control before anything is cut. */
import type { Circuit } from '../../circuit/circuit.js';
import { gateMatrix } from '../../circuit/gates.js';
import { controlBasis, controlForm, turnedBasis } from '../../circuit/controlForm.js';
import { runUnitary, type PairRun } from '../model/pairRuns.js';
import { required } from '../../error.js';

/**
 * For each run of gates on a pair of qubits, the share of its one-norm (as a logarithm) that is left to it at least
 * where it is cut together with others: one over the most gates that share a basis of one of its qubits; 0 where
 * another run shares both, for the two might undo one another.
 */
export function jointShares(circuit: Circuit, runs: readonly PairRun[]): number[] {
  /** The frame of each end of a run, by number; undefined for gates that are in none. */
  const frameOf: (number | undefined)[][] = runs.map(() => [undefined, undefined]);
  const sizes: number[] = [];
  const runAt = new Map(runs.flatMap((run, i) => run.positions.map((position) => [position, i] as const)));
  const open = new Map<number, { basis: Float64Array; readonly frame: number }>();
  circuit.gates.forEach((gate, position) => {
    const number = runAt.get(position);
    const run = runs[number ?? -1];
    if (number === undefined || run === undefined) {
      const known = open.get(gate.qubits[0] ?? -1);
      if (known !== undefined) known.basis = turnedBasis(gateMatrix(gate), known.basis);
      return;
    }
    if (run.positions[0] !== position) return;
    const unitary = runUnitary(circuit, run);
    for (const end of [0, 1] as const) {
      const qubit = run.qubits[end];
      const known = open.get(qubit);
      const form = known === undefined ? undefined : controlForm(unitary, end, known.basis);
      const own = form === undefined ? controlBasis(unitary, end) : undefined;
      const begun = own === undefined ? undefined : controlForm(unitary, end, own);
      if (known !== undefined && form !== undefined) {
        known.basis = form.output;
        frameOf[number]?.splice(end, 1, known.frame);
        sizes[known.frame] = required(sizes[known.frame], 'the size of a frame') + 1;
      } else if (begun === undefined) {
        open.delete(qubit);
      } else {
        open.set(qubit, { basis: begun.output, frame: sizes.length });
        frameOf[number]?.splice(end, 1, sizes.length);
        sizes.push(1);
      }
    }
  });
  const mates = new Map<string, number>();
  const keys = frameOf.map((frames) => {
    const key = frames.toSorted((a = -1, b = -1) => a - b).join();
    if (!frames.includes(undefined)) mates.set(key, (mates.get(key) ?? 0) + 1);
    return key;
  });
  return frameOf.map((frames, i) =>
    (mates.get(keys[i] ?? '') ?? 1) > 1
      ? 0
      : 1 /
        Math.max(
          1,
          ...frames.map((frame) => (frame === undefined ? 1 : required(sizes[frame], 'the size of a frame'))),
        ),
  );
}
