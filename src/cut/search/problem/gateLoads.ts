/** Gates of the parts of a cut problem, for a limit on the gates of a subcircuit. */
import type { Circuit } from '../../../circuit/circuit.js';
import type { PairRun } from '../../model/pairRuns.js';
import { valueAt } from '../../../error.js';

/** What a part's number of gates is counted from. */
export interface Loads {
  /** Gates that a part has for holding a node. */
  readonly load: Int32Array;
  /** Gates that a part has for holding both ends of an edge: a cut gate is in no subcircuit. */
  readonly edgeLoad: Int32Array;
  /** Most gates of a part; Infinity: any number. */
  readonly maxLoad: number;
  /** False where the counts are upper bounds, or the nodes are not all that a best solution may tell apart. */
  readonly exactLoads: boolean;
  /** True where one part would take too much memory, whatever its width. */
  readonly tooLarge?: boolean;
}

/**
 * One-qubit gates by the end of a run that they travel with (that before them on the wire, or else the first), in the
 * order of ends; gates within a run count for the run.
 */
export function oneQubitLoads(circuit: Circuit, runs: readonly PairRun[]): Int32Array {
  const loads = new Int32Array(2 * runs.length);
  const inRun = new Map(runs.flatMap(({ positions }, run) => positions.map((position) => [position, run])));
  const current = new Int32Array(circuit.qubits).fill(-1);
  const waiting = new Int32Array(circuit.qubits);
  circuit.gates.forEach(({ qubits }, position) => {
    const run = inRun.get(position);
    for (const qubit of qubits) {
      const end = current[qubit] ?? -1;
      if (run === undefined) {
        if (end < 0) waiting[qubit] = valueAt(waiting, qubit) + 1;
        else loads[end] = valueAt(loads, end) + 1;
      } else if (end >> 1 !== run || end < 0) {
        const reached = 2 * run + (runs[run]?.qubits[0] === qubit ? 0 : 1);
        current[qubit] = reached;
        loads[reached] = valueAt(loads, reached) + valueAt(waiting, qubit);
        waiting[qubit] = 0;
      }
    }
  });
  return loads;
}
