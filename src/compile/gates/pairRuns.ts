/** A circuit as runs of gates that stay on one pair of qubits. */
import type { Gate } from '../../circuit/circuit.js';

/** Gates in the order of time; without a pair, gates on one qubit that stand before all pairs there. */
export interface PairRun {
  readonly pair?: readonly [number, number];
  readonly gates: Gate[];
}

/** The circuit, run after run: a run lasts until one of its qubits meets another one. */
export function pairRuns(gates: readonly Gate[]): PairRun[] {
  const runs: PairRun[] = [];
  const open = new Map<number, number>();
  for (const gate of gates) {
    const [a, b] = gate.qubits;
    if (a === undefined) continue;
    if (b === undefined) {
      const run = runs[open.get(a) ?? -1];
      if (run === undefined) runs.push({ gates: [gate] });
      else run.gates.push(gate);
      continue;
    }
    const there = open.get(a);
    const run = there !== undefined && there === open.get(b) ? runs[there] : undefined;
    if (run !== undefined) {
      run.gates.push(gate);
      continue;
    }
    open.set(a, runs.length);
    open.set(b, runs.length);
    runs.push({ gates: [gate], pair: [a, b] });
  }
  return runs;
}
