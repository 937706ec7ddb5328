/**
 * How many intervals of 95% hold the exact answer: over questions and seeds, for a circuit with cuts, and where bits are read
 * wrong and that is undone.
 */
import { Random } from '../../src/circuit/random.js';
import type { CutCircuit, Subcircuit } from '../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../src/cut/solution/buildCutCircuit.js';
import { required } from '../../src/error.js';
import { drawCounts } from '../../src/evaluate/draw.js';
import type { BitAction } from '../../src/native/addon.js';
import { shotDeviations } from '../../src/reconstruct/errors/deviations.js';
import { environments } from '../../src/reconstruct/errors/environments.js';
import { estimateError, type ErrorMethod } from '../../src/reconstruct/errors/estimate.js';
import type { ClosedTerm } from '../../src/reconstruct/errors/gradients.js';
import { reducedBy, SampledMember } from '../../src/reconstruct/errors/sampledMember.js';
import { addCounts, makeCounts, type Counts, type Readout } from '../../src/run/tensors/counts.js';
import {
  allocate,
  allocateMore,
  allocationWeights,
  pilotShots,
  type Allocation,
} from '../../src/subexperiments/allocation.js';
import type { NoiseModel } from '../../src/subexperiments/noise/noiseModel.js';
import { bitsOf, confuse, readoutOf } from '../../src/subexperiments/noise/readout.js';
import { subexperimentCircuit } from '../../src/subexperiments/subexperimentCircuit.js';
import {
  cutEndsOf,
  subexperimentCount,
  type CutEndSettings,
} from '../../src/subexperiments/subexperiments.js';
import { type CutCase } from './cutCases.js';
import { subexperimentFrequencies } from './subexperimentReference.js';

interface Piece {
  readonly subcircuit: Subcircuit;
  readonly bonds: readonly number[];
  readonly frequencies: readonly Float64Array[];
  /** How bits are read, which the inverse undoes. */
  readonly readout?: Readout;
}

function pieceOf(cut: CutCircuit, subcircuit: Subcircuit, noise: NoiseModel | undefined): Piece {
  const ends = cutEndsOf(cut, subcircuit);
  const bonds = ends.flatMap((end) => cut.cuts[end.cut]?.bonds ?? []);
  const frequencies = Array.from({ length: subexperimentCount(ends) }, (_, i) =>
    subexperimentFrequencies(subexperimentCircuit(subcircuit, ends, i)),
  );
  if (noise === undefined) return { subcircuit, bonds, frequencies };
  return { subcircuit, bonds, frequencies, readout: readoutOf(noise, subcircuit, ends) };
}

/** What is read of a subexperiment's outcomes. */
function readFrequencies({ frequencies, readout }: Piece, ends: readonly CutEndSettings[]): Float64Array[] {
  return frequencies.map((each, i) => {
    const read = Float64Array.from(each);
    if (readout !== undefined) confuse(read, bitsOf(readout, ends, i));
    return read;
  });
}

/** Probabilities, marginals and strings, by the action that each outcome bit gets. */
const QUESTIONS: readonly ((bit: number) => BitAction)[] = [
  (bit) => (bit === 1 || bit === 2 ? 'fix1' : 'fix0'),
  () => 'fix0',
  (bit) => (bit === 2 ? 'fix1' : 'sum'),
  (bit) => (bit === 0 ? 'fix0' : bit === 3 ? 'fix1' : 'sum'),
  () => 'weigh',
  (bit) => (bit === 1 || bit === 2 ? 'weigh' : 'sum'),
];

/** A sum of several strings, whose errors are correlated: they are read from the same shots. */
const SUM = [
  { coefficient: 1, weighed: [0, 1] },
  { coefficient: -0.5, weighed: [1, 2] },
  { coefficient: 0.7, weighed: [0, 1, 2, 3] },
];

/** Intervals that hold the exact answer, and all of them. */
export interface Tally {
  inside: number;
  all: number;
}

export function coverageOf(
  { circuit, parts, joint = false }: CutCase,
  shots: number,
  seeds: number,
  rule: Allocation,
  noise?: NoiseModel,
): Readonly<Record<ErrorMethod, Tally>> {
  const cut = buildCutCircuit(circuit, parts, { joint });
  const pieces = cut.subcircuits.map((one) => pieceOf(cut, one, noise));
  const ends = pieces.map(({ subcircuit }) => cutEndsOf(cut, subcircuit));
  const byRule = rule === 'query' ? 'even' : rule;
  const plan = allocate(
    ends.map((one) => allocationWeights(one, byRule)),
    rule === 'query'
      ? pilotShots(
          ends.reduce((sum, one) => sum + subexperimentCount(one), 0),
          shots,
        )
      : shots,
  );
  const joins = pieces.length === 2 ? [0, 1] : [];
  const questions = [
    ...QUESTIONS.map((actionOf) => ({ terms: [{ coefficient: 1, actionOf }] })),
    {
      terms: SUM.map(({ coefficient, weighed }) => ({
        coefficient,
        actionOf: (bit: number): BitAction => (weighed.includes(bit) ? 'weigh' : 'sum'),
      })),
    },
  ];
  const membersOf = (counts: (piece: Piece, index: number) => Counts): SampledMember[] =>
    pieces.map((piece, i) => {
      const { bonds, subcircuit } = piece;
      return new SampledMember(required(ends[i], 'ends'), bonds, subcircuit.outcomes.length, {
        ...counts(piece, i),
        readout: piece.readout,
      });
    });
  const valueOf = (members: readonly SampledMember[], terms: (typeof questions)[number]['terms']): number =>
    terms.reduce((sum, { coefficient, actionOf }) => {
      const leaves = members.map((member, i) => member.reduced(reducedBy(outcomesOf(i).map(actionOf))).leaf);
      return sum + coefficient * environments(leaves, joins).value;
    }, 0);
  const termsOf = (
    members: readonly SampledMember[],
    terms: (typeof questions)[number]['terms'],
  ): ClosedTerm[] =>
    terms.map(({ coefficient, actionOf }) => ({
      coefficient,
      members,
      joins,
      actionOf: (i) => outcomesOf(i).map(actionOf),
    }));
  const outcomesOf = (i: number): number[] =>
    required(pieces[i], 'a piece').subcircuit.outcomes.map(({ bit }) => bit);
  // Frequencies in place of counts: the exact answer.
  const read = pieces.map((piece, i) => readFrequencies(piece, required(ends[i], 'ends')));
  const exactMembers = membersOf((_, i) =>
    makeCounts(required(read[i], 'frequencies').map((each) => new Map(each.entries()))),
  );
  const exact = questions.map(({ terms }) => valueOf(exactMembers, terms));
  const result = { gradient: { inside: 0, all: 0 }, conservative: { inside: 0, all: 0 } };
  for (let seed = 0; seed < seeds; seed += 1) {
    const draw =
      (round: string, shotsOf: readonly Float64Array[]) =>
      (_: Piece, piece: number): Counts =>
        makeCounts(
          required(read[piece], 'frequencies').map((each, i) =>
            drawCounts(
              each,
              required(shotsOf[piece]?.[i], 'shots'),
              new Random(seed, `${round}${piece} ${i}`),
            ),
          ),
        );
    let members = membersOf(draw('', plan));
    if (rule === 'query') {
      const last = required(questions.at(-1), 'a sum');
      const deviations = shotDeviations(termsOf(members, last.terms), members);
      const more = draw('rest ', allocateMore(deviations, plan, shots));
      const before = members.map(({ counts }) => counts);
      members = membersOf((piece, i) => addCounts(required(before[i], 'counts'), more(piece, i)));
    }
    for (const [q, { terms }] of questions.entries()) {
      const { interval, errorMethod } = estimateError(valueOf(members, terms), termsOf(members, terms));
      if (errorMethod === null || interval === null) throw new Error('all shots are known');
      const tally = result[errorMethod];
      const value = required(exact[q], 'an answer');
      tally.all += 1;
      if (interval[0] <= value && value <= interval[1]) tally.inside += 1;
    }
  }
  return result;
}
