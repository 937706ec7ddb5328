/** A circuit with its regions written anew, until none gains. */
import type { Circuit } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { Merged } from '../gates/merge.js';
import { gatesOf, sequenceOf } from './gateSequence.js';
import { mergeTurns } from './mergeTurns.js';
import { rewriteRegions, type RegionOptions } from './regions.js';
import { countPairs, rebuild, type Sequence } from './sequence.js';

type Pass = Pick<RegionOptions, 'qubits' | 'lengths' | 'beam'>;

/** Most qubits of a region. */
const MOST_QUBITS = 24;

/**
 * Orders in which regions are gone through, each from the start. Small ones first are quick, and what they leave is what
 * wide ones have to see; where that ends too early, wide ones first come out elsewhere.
 */
const SCHEDULES: readonly (readonly Pass[])[] = [
  [
    { qubits: 4, lengths: [Infinity, 20, 10], beam: 5 },
    { qubits: 6, lengths: [Infinity, 20, 10], beam: 5 },
    { qubits: 10, lengths: [Infinity, 40, 20, 10], beam: 5 },
    { qubits: MOST_QUBITS, lengths: [Infinity, 40, 20, 10, 6], beam: 5 },
  ],
  [
    { qubits: MOST_QUBITS, lengths: [Infinity, 40, 20, 10, 6], beam: 5 },
    { qubits: 5, lengths: [Infinity, 20, 10], beam: 5 },
  ],
  [
    { qubits: MOST_QUBITS, lengths: [60, 30, 15, 8], beam: 5 },
    { qubits: 6, lengths: [30, 15, 8], beam: 5 },
  ],
];

/** With more controlled Paulis there is time for the first order alone. */
const MOST_SCHEDULED = 400;
const MOST_ROUNDS = 6;

/** `u3` and `cx`; undefined where regions gain nothing. */
export async function shortenRegions(
  { qubits, gates }: Pick<Circuit, 'qubits' | 'gates'>,
  options: Pick<RegionOptions, 'mayShare' | 'memory'>,
): Promise<Merged | undefined> {
  const start = sequenceOf(qubits, gates);
  const isLong = countPairs(start.operations) > MOST_SCHEDULED;
  const schedules = isLong ? SCHEDULES.slice(0, 1) : SCHEDULES;
  const found: Sequence[] = [];
  for (const schedule of schedules) found.push(await scheduled(start, schedule, options));
  const best = found.reduce((a, b) => (countPairs(b.operations) < countPairs(a.operations) ? b : a));
  if (best === start) return undefined;
  const written = gatesOf(best);
  if (countTwoQubitGates(written.gates) >= countTwoQubitGates(gates)) return undefined;
  return { gates: written.gates, angle: best.angle + written.angle };
}

async function scheduled(
  start: Sequence,
  schedule: readonly Pass[],
  options: Pick<RegionOptions, 'mayShare' | 'memory'>,
): Promise<Sequence> {
  let now = start;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = now;
    for (const pass of schedule)
      now = await shortened(now, { ...pass, ...options }, round % 2 === 0 ? 'last' : 'first');
    if (now === before) break;
  }
  return now;
}

async function shortened(
  sequence: Sequence,
  options: RegionOptions,
  where: 'first' | 'last',
): Promise<Sequence> {
  const made = await rewriteRegions(sequence, options);
  if (made === sequence) return sequence;
  const merged = rebuild(mergeTurns(made, where));
  return countPairs(merged.operations) < countPairs(sequence.operations) ? merged : sequence;
}
