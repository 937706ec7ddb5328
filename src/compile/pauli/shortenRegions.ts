/** A circuit with its regions written anew, until none gains. */
import type { Circuit } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { Merged } from '../gates/merge.js';
import { gatesOf, sequenceOf } from './gateSequence.js';
import { mergeTurns } from './mergeTurns.js';
import { rewriteRegions, type RegionOptions } from './regions.js';
import { countPairs, rebuild, type Sequence } from './sequence.js';

type Pass = Pick<RegionOptions, 'qubits' | 'lengths' | 'beam'>;

/** Wide regions first: what they gain is most, and small ones gain again behind them. */
const PASSES: readonly Pass[] = [
  { qubits: 16, lengths: [Infinity, 40, 20, 10, 6], beam: 5 },
  { qubits: 5, lengths: [Infinity, 20, 10], beam: 5 },
];

const MOST_ROUNDS = 6;

/** `u3` and `cx`; undefined where regions gain nothing. */
export function shortenRegions(
  { qubits, gates }: Pick<Circuit, 'qubits' | 'gates'>,
  mayShare: RegionOptions['mayShare'],
): Merged | undefined {
  const start = sequenceOf(qubits, gates);
  const spent = new Set<string>();
  let now = start;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = now;
    for (const pass of PASSES)
      now = shortened(now, { ...pass, mayShare, spent }, round % 2 === 0 ? 'last' : 'first');
    if (now === before) break;
  }
  if (now === start) return undefined;
  const written = gatesOf(now);
  if (countTwoQubitGates(written.gates) >= countTwoQubitGates(gates)) return undefined;
  return { gates: written.gates, angle: now.angle + written.angle };
}

function shortened(sequence: Sequence, options: RegionOptions, where: 'first' | 'last'): Sequence {
  const made = rewriteRegions(sequence, options);
  if (made === sequence) return sequence;
  const merged = rebuild(mergeTurns(made, where));
  return countPairs(merged.operations) < countPairs(sequence.operations) ? merged : sequence;
}
