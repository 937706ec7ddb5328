/** Two-qubit gates that follow one another on a pair of qubits: cut together they cost less, and never more. */
import type { Circuit } from '../../circuit/circuit.js';
import { gateCutBasis, type GateCutBasis } from '../../circuit/gateCutBasis.js';
import { smallUnitary } from '../../circuit/modify.js';
import { required } from '../../error.js';

/** Gates on a pair of qubits, with the one-qubit gates in between. */
export interface PairRun {
  readonly qubits: readonly [number, number];
  /** Two-qubit gates, counted in circuit order. */
  readonly twoQubit: number[];
  /** Positions in the circuit of all gates. */
  readonly positions: number[];
}

/**
 * All two-qubit gates of a circuit in maximal runs, in the order of their first gates. `joins` may keep two gates that
 * follow one another apart; they are counted as in `twoQubit`. Gates at the positions `apart` are in no run, and end those on
 * their qubits.
 */
export function pairRuns(
  circuit: Circuit,
  joins: (before: number, after: number) => boolean = () => true,
  apart: ReadonlyMap<number, unknown> = new Map(),
): PairRun[] {
  const runs: PairRun[] = [];
  const latest: (PairRun | undefined)[] = Array.from({ length: circuit.qubits });
  /** One-qubit gates since the last two-qubit gate on their qubit. */
  const pending: number[][] = Array.from({ length: circuit.qubits }, () => []);
  let gate = 0;
  circuit.gates.forEach(({ qubits }, position) => {
    const [a = 0, b] = qubits;
    if (apart.has(position)) {
      for (const qubit of qubits) latest[qubit] = undefined;
      if (b !== undefined) gate += 1;
      return;
    }
    if (b === undefined) {
      pending[a]?.push(position);
      return;
    }
    let run = latest[a];
    if (
      run === undefined ||
      run !== latest[b] ||
      !joins(required(run.twoQubit.at(-1), 'the last gate of a run'), gate)
    ) {
      run = { qubits: [a, b], twoQubit: [], positions: [] };
      runs.push(run);
    } else {
      run.positions.push(...[...(pending[a] ?? []), ...(pending[b] ?? [])].sort((x, y) => x - y));
    }
    run.twoQubit.push(gate);
    run.positions.push(position);
    latest[a] = latest[b] = run;
    pending[a] = [];
    pending[b] = [];
    gate += 1;
  });
  return runs;
}

/** The matrix of a run; index = bit(qubits[0]) + 2 bit(qubits[1]). */
export function runUnitary(circuit: Circuit, { positions, qubits }: PairRun): Float64Array {
  return smallUnitary(
    positions.flatMap((position) => circuit.gates[position] ?? []),
    qubits,
  );
}

/** The runs of a circuit, and what it takes to cut each. */
export interface RunBases {
  readonly runs: readonly PairRun[];
  readonly bases: readonly GateCutBasis[];
}

const basesOfCircuits = new WeakMap<Circuit, RunBases>();

/** The maximal runs of a circuit with their bases, found once for a circuit: several searches ask for them. */
export function runBases(circuit: Circuit): RunBases {
  const known = basesOfCircuits.get(circuit);
  if (known !== undefined) return known;
  const runs = pairRuns(circuit);
  const found = { runs, bases: runs.map((run) => gateCutBasis(runUnitary(circuit, run))) };
  basesOfCircuits.set(circuit, found);
  return found;
}
