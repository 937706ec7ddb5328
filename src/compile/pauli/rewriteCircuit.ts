/** A whole circuit rewritten: turns merged, and what undoes itself taken out, until neither gains. */
import type { Circuit } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { Merged } from '../gates/merge.js';
import { toU3Cx } from '../gates/rewrite.js';
import { gatesOf, sequenceOf } from './gateSequence.js';
import { mergeTurns, type Where } from './mergeTurns.js';
import { countPairs, rebuild, type Sequence } from './sequence.js';

/**
 * `u3` and `cx` on pairs of qubits that the circuit uses; a `cx` for each controlled Pauli of what is left. Where that is more
 * than gate by gate, as for `rxx` beside a `cx` that undoes one of its own, the gates stay as they are.
 */
export function rewriteCircuit({ qubits, gates }: Pick<Circuit, 'qubits' | 'gates'>): Merged {
  const start = sequenceOf(qubits, gates);
  const ways = (['first', 'last'] as const).map((where) => reduce(start, where));
  const best = ways.reduce((a, b) => (isShorter(b, a) ? b : a));
  const written = gatesOf(best);
  const plain = toU3Cx(gates);
  if (countTwoQubitGates(plain) < countTwoQubitGates(written.gates)) return { gates: plain, angle: 0 };
  return { gates: written.gates, angle: best.angle + written.angle };
}

function reduce(start: Sequence, where: Where): Sequence {
  let now = start;
  for (;;) {
    const next = rebuild(mergeTurns(now, where));
    if (!isShorter(next, now)) return now;
    now = next;
  }
}

/** Fewer controlled Paulis, or as many and fewer turns. */
function isShorter(a: Sequence, b: Sequence): boolean {
  const difference = countPairs(a.operations) - countPairs(b.operations);
  return difference < 0 || (difference === 0 && a.operations.length < b.operations.length);
}
