/** What is asked of a run for its page alone: the probability of 1 of each outcome bit, and terms of expectation values. */
import type { ExpectResult } from '../../reconstruct/queries/expectation.js';
import type { BitFact, Estimate, RunFacts } from '../../report/run/facts.js';
import type { ReadFacts } from './readFacts.js';
import { expectOf } from './results.js';

export interface PageQuestion {
  readonly about: 'ones' | 'expect';
  /** A sum of Pauli strings, whose terms are wanted. */
  readonly expect: string;
  /** Of `ones`: the outcome bits, and the term that tells of each; null where it is always 0. */
  readonly bits: readonly { readonly bit: number; readonly term: number | null }[];
}

/** Outcome bits that are asked about at most. */
const MOST_BITS = 256;

export function askedForPage(_: string, { facts, wanted }: ReadFacts): PageQuestion[] {
  const questions: PageQuestion[] = [];
  if (wanted.expect !== null) questions.push({ about: 'expect', expect: wanted.expect, bits: [] });
  if (wanted.ones) {
    const ones = onesQuestion(facts);
    if (ones !== undefined) questions.push(ones);
  }
  return questions;
}

/** P(1) = (1 - <Z>) / 2. */
function onesQuestion({ circuit, cutCircuit, manifest }: RunFacts): PageQuestion | undefined {
  const terms: number[] = [];
  const zero = new Set(cutCircuit.zeroBits);
  const bits = (manifest.options.lightCone ?? circuit.outcomes.map((__, bit) => bit))
    .slice(0, MOST_BITS)
    .map((bit) => {
      const qubit = circuit.outcomes[bit] ?? -1;
      if (zero.has(bit) || qubit < 0) return { bit, term: null };
      const known = terms.indexOf(qubit);
      return { bit, term: known >= 0 ? known : terms.push(qubit) - 1 };
    });
  if (terms.length === 0) return undefined;
  return { about: 'ones', expect: terms.map((qubit) => `Z${qubit}`).join(' + '), bits };
}

/** The facts with an answer to a question; as they are where there is none. */
export function withAnswer(
  facts: RunFacts,
  question: PageQuestion,
  answer: ExpectResult | undefined,
): RunFacts {
  if (answer?.terms === undefined) return facts;
  const found = expectOf(answer);
  if (question.about === 'expect') return { ...facts, expect: { held: found } };
  const ones = question.bits.map(({ bit, term }): BitFact => {
    const z = term === null ? undefined : found.terms[term];
    return z === undefined ? { bit, value: 0 } : { bit, ...probabilityOfOne(z) };
  });
  return { ...facts, ones: { held: ones } };
}

function probabilityOfOne({ value, error, interval }: Estimate): Estimate {
  return {
    value: (1 - value) / 2,
    error: typeof error === 'number' ? error / 2 : error,
    interval:
      interval === undefined || interval === null ? interval : [(1 - interval[1]) / 2, (1 - interval[0]) / 2],
  };
}
