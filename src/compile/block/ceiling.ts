/**
 * Gates for blocks that have more `cx` than any unitary of so many qubits takes. A template whose angles are as many as a
 * unitary's, (4^n - 3n - 1) / 4 `cx` (Shende, Markov and Bullock 2004, quant-ph/0308033), and on four qubits one more,
 * meets nearly any target at once, on whatever pairs connect the qubits: what would take hours to delete gate by gate.
 */
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { SynthesisTarget } from '../../native/addon.js';
import type { DeletionOptions, Instantiator } from './deletion.js';
import type { QubitPair } from './schmidtNeeds.js';
import { coldTemplate, templateGates } from './searchTemplates.js';
import { withParameters } from './template.js';

/** `cx` that a random unitary of so many qubits takes, by this search. */
const CEILINGS: Readonly<Record<number, number>> = { 2: 3, 3: 14, 4: 62 };

/** Blocks up to so many qubits have a ceiling. */
export const MOST_CEILING_QUBITS = 4;

/** Most `cx` of a block that has to be deleted gate by gate: with more, each start takes a tenth of a second. */
export const MANY_CX = 40;

/** Infinity above four qubits. */
export function ceilingOf(qubits: number): number {
  return CEILINGS[qubits] ?? (qubits < 2 ? 0 : Infinity);
}

/** Whether gates on so many qubits have more `cx` than any unitary takes. */
export function isAboveCeiling(qubits: number, gates: readonly Gate[]): boolean {
  return countTwoQubitGates(gates) > ceilingOf(qubits);
}

/**
 * `u3` and as many `cx` as the ceiling says that are the target, on these pairs; undefined where they do not connect all
 * qubits, or no start of any order of the pairs meets it.
 */
export async function gatesAtCeiling(
  target: SynthesisTarget,
  pairs: readonly QubitPair[],
  { threshold, multistarts }: Pick<DeletionOptions, 'threshold' | 'multistarts'>,
  instantiator: Pick<Instantiator, 'tryInOrder'>,
): Promise<readonly Gate[] | undefined> {
  const { qubits } = target;
  const size = ceilingOf(qubits);
  if (!Number.isFinite(size) || !connect(qubits, pairs)) return undefined;
  // Special targets may be out of reach of one order of the pairs, and not of another; steps get slow where many angles
  // do the same, so that what ends at the threshold stays there.
  for (const distTol of [Math.min(threshold, NEAR), threshold]) {
    for (const order of turnsOf(pairs)) {
      const places = Array.from({ length: size }, (_, i) => i % order.length);
      const gates = templateGates(qubits, places, order);
      // So close to the number of angles, first order creeps.
      const wanted = { multistarts, distTol, secondOrder: true } as const;
      const [result] = await instantiator.tryInOrder(target, [coldTemplate(qubits, gates)], wanted);
      if (result?.success === true && result.distance <= threshold)
        return withParameters(gates, result.parameters);
    }
    if (threshold <= NEAR) break;
  }
  return undefined;
}

/** Distance that is asked for first: what is left of it is rounding. */
const NEAR = 1e-13;

/** Pairs in turn, begun with each of them, and in the opposite order. */
function turnsOf(pairs: readonly QubitPair[]): QubitPair[][] {
  const begun = pairs.map((_, i) => [...pairs.slice(i), ...pairs.slice(0, i)]);
  return begun.toSpliced(1, 0, pairs.toReversed());
}

function connect(qubits: number, pairs: readonly QubitPair[]): boolean {
  const reached = new Set([0]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const pair of pairs) if (pair.some((q) => reached.has(q))) for (const q of pair) reached.add(q);
  }
  return reached.size === qubits;
}
