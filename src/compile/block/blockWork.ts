/** Predicted work of blocks, by which they are ordered and shared out, and times predicted. */
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { BlockOptions, LocalBlock } from './block.js';
import { ceilingOf, MANY_CX } from './ceiling.js';
import { toU3Cx } from '../gates/rewrite.js';

/** Units of work in a second on one thread, as measured with blocks of two to five qubits. */
export const WORK_PER_SECOND = 4e8;
/** What a block takes beside its starts, and a start beside its steps. */
const BLOCK_WORK = 2e5;
const OWN_START_WORK = 4e4;
/** A warm start for a deletion takes so much of what a random one does. */
const WARM_SHARE = 0.45;

/** Predicted work of a random start of a template with so many `cx`: some steps, each squaring its Jacobian. */
export function startWork(qubits: number, cx: number): number {
  // Directions that move the circuit: three for each qubit, and four that each cx adds.
  const directions = 3 * qubits + 4 * cx;
  return OWN_START_WORK + (4 ** qubits * directions ** 2) / 2;
}

/** Predicted work of a block, as if nothing could be deleted and its entanglement ruled out nothing. */
export function blockWork(
  { qubits, gates }: LocalBlock,
  { multistarts, pairs, stage }: Pick<BlockOptions, 'multistarts' | 'pairs' | 'stage'>,
): number {
  if (countTwoQubitGates(gates) === 0) return 1;
  const short = toU3Cx(gates);
  const all = countTwoQubitGates(short);
  const cx = Math.min(all, ceilingOf(qubits));
  // Found at once, and not deleted gate by gate.
  if (cx < all && cx > MANY_CX) return BLOCK_WORK + multistarts * startWork(qubits, cx);
  const warm = short.length - all + (pairs ? cx : 0);
  const starts = WARM_SHARE * warm + (stage === 'tidy' ? 0 : multistarts * cx);
  return BLOCK_WORK + starts * startWork(qubits, cx);
}
