/**
 * States of which every part of a chain is entangled with the rest by rank two at most (W states, Dicke states of one, cats):
 * matrix product states of bond dimension two. Such a state is made from one end of the chain to the other, each qubit by a
 * gate on it and the one before (Schoen et al. 2005, quant-ph/0501096): one `cx` for the first two, and two for every
 * further qubit, which is |0> until then (an isometry of one qubit to two).
 */
import type { Gate } from '../../circuit/circuit.js';
import type { SynthesisTarget } from '../../native/addon.js';
import type { Instantiator } from './deletion.js';
import type { QubitPair } from './schmidtNeeds.js';
import { coldTemplate, templateGates } from './searchTemplates.js';
import { withParameters } from './template.js';

/** Chains that are tried, at most: as a rule all of one state do, or none does. */
const MOST_CHAINS = 8;
const BOND = 2;
/** What is left of a row below this is rounding. */
const ROUNDING = 1e-7;

interface ChainOptions {
  readonly pairs: readonly QubitPair[];
  readonly threshold: number;
  readonly multistarts: number;
}

/** `u3` and `cx` along a chain of allowed pairs that prepare a state; undefined where there is no such chain. */
export async function chainGates(
  target: SynthesisTarget,
  { pairs, threshold, multistarts }: ChainOptions,
  instantiator: Pick<Instantiator, 'tryInOrder'>,
): Promise<readonly Gate[] | undefined> {
  if (target.kind !== 'state' || target.qubits < 3) return undefined;
  for (const chain of chainsOf(target, pairs)) {
    const steps = chain.slice(1).map((q, i): QubitPair => [chain[i]!, q]);
    const places = steps.flatMap((_, i) => (i === 0 ? [i] : [i, i]));
    const gates = templateGates(target.qubits, places, steps);
    const wanted = { multistarts, distTol: threshold };
    const [result] = await instantiator.tryInOrder(target, [coldTemplate(target.qubits, gates)], wanted);
    if (result?.success === true && result.distance <= threshold)
      return withParameters(gates, result.parameters);
  }
  return undefined;
}

/** The first orders of all qubits, neighbours on allowed pairs, each beginning of which has rank two at most. */
export function chainsOf(
  { qubits, values }: Pick<SynthesisTarget, 'qubits' | 'values'>,
  pairs: readonly QubitPair[],
): number[][] {
  const known = new Map<number, number>();
  const rank = (chain: readonly number[]): number => {
    const mask = chain.reduce((sum, q) => sum | (1 << q), 0);
    const before = known.get(mask);
    if (before !== undefined) return before;
    const found = rankAcross(values, qubits, mask);
    known.set(mask, found);
    return found;
  };
  const found: number[][] = [];
  const grow = (chain: readonly number[]): void => {
    if (found.length >= MOST_CHAINS) return;
    if (chain.length === qubits) found.push([...chain]);
    for (let q = 0; q < qubits; q += 1) {
      const last = chain.at(-1);
      const isAllowed = last === undefined || pairs.some((pair) => pair.includes(last) && pair.includes(q));
      if (chain.includes(q) || !isAllowed || rank([...chain, q]) > BOND) continue;
      grow([...chain, q]);
    }
  };
  grow([]);
  return found;
}

/** Schmidt rank of a state across the cut between the qubits of a mask and the others. */
function rankAcross(values: Float64Array, qubits: number, mask: number): number {
  const rows = new Map<number, Map<number, readonly [number, number]>>();
  for (let i = 0; i < 2 ** qubits; i += 1) {
    const row = rows.get(i & mask) ?? new Map<number, readonly [number, number]>();
    row.set(i & ~mask, [values[2 * i]!, values[2 * i + 1]!]);
    rows.set(i & mask, row);
  }
  return rankOf([...rows.values()].map((row) => Float64Array.from([...row.values()].flat())));
}

/** Rank of complex rows, by taking the longest one out of the others (Gram and Schmidt). */
function rankOf(rows: readonly Float64Array[]): number {
  const left = rows.map((row) => row.slice());
  for (let rank = 0; ; rank += 1) {
    const longest = left.reduce((a, b) => (norm(b) > norm(a) ? b : a));
    const size = norm(longest);
    if (size < ROUNDING) return rank;
    const unit = longest.map((x) => x / size);
    for (const row of left) {
      let [re, im] = [0, 0];
      for (let i = 0; i < row.length; i += 2) {
        re += unit[i]! * row[i]! + unit[i + 1]! * row[i + 1]!;
        im += unit[i]! * row[i + 1]! - unit[i + 1]! * row[i]!;
      }
      for (let i = 0; i < row.length; i += 2) {
        row[i]! -= re * unit[i]! - im * unit[i + 1]!;
        row[i + 1]! -= re * unit[i + 1]! + im * unit[i]!;
      }
    }
  }
}

function norm(row: Float64Array): number {
  return Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
}
