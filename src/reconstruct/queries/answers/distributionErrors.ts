/**
 * How far the whole distribution may be off where it follows from estimates: the expected total variation distance
 * between what was found and the truth, half the sum over all outcomes of E|found - true|. To first order an outcome
 * with standard error s is off by s sqrt(2 / pi) on average (the mean of a half-normal distribution).
 */
import { Random } from '../../../circuit/random.js';
import { bitString } from '../bitString.js';
import type { EstimatedDistribution, TotalVariation } from '../totalVariation.js';
import { liveBits } from '../outcomeBits.js';
import type { Inquiry } from '../query.js';
import { bitsOf, patternErrors } from './closedErrors.js';
import { bitStringProbabilities } from './probabilityAnswer.js';
import { sampledStrings } from './samplesAnswer.js';

/** Outcomes that are all looked at. */
export const MOST_OUTCOMES = 256;
/** Samples of the distribution, whose outcomes are looked at one by one. */
const LIKELY = 128;
/** Outcomes that stand for all others. */
const OTHERS = 128;
/** Draws of them: what was met already is drawn again, and where little else is left, fewer are found. */
const MOST_DRAWS = 16 * OTHERS;

const HALF_NORMAL_MEAN = Math.sqrt(2 / Math.PI);

/** Collective. */
export async function withErrors<Result extends EstimatedDistribution>(
  inquiry: Inquiry,
  _: unknown,
  result: Result,
): Promise<Result> {
  return { ...result, expectedTotalVariation: await totalVariation(inquiry) };
}

/** Collective; `null` where no number of shots is known. */
async function totalVariation(inquiry: Inquiry): Promise<TotalVariation | null> {
  const { context, source } = inquiry;
  const { outcomeBits } = source.cutCircuit;
  const live = liveBits(source.cutCircuit);
  const all = 2 ** live.length;
  const few = all <= MOST_OUTCOMES;
  const likely = few
    ? Array.from({ length: all }, (_, index) => outcomeOf(index, live, outcomeBits))
    : [...new Set(await sampledStrings(context, source, LIKELY, 0))];
  const others = few ? [] : drawnOutcomes(live, outcomeBits, new Set(likely));
  const strings = [...likely, ...others];
  const probabilities = await bitStringProbabilities(context, source, strings);
  const errors = await patternErrors(
    inquiry,
    strings.map((bits) => ({ probability: probabilities[bits] ?? 0, bits: bitsOf(bits) })),
  );
  const deviations: number[] = [];
  for (const { standardError } of errors) {
    if (standardError === null) return null;
    deviations.push(standardError);
  }
  const known = sum(deviations.slice(0, likely.length));
  const drawn = deviations.slice(likely.length);
  const rest = few ? { sum: 0, standardError: 0 } : restOf(drawn, all - likely.length);
  const scale = HALF_NORMAL_MEAN / 2;
  return { value: scale * (known + rest.sum), standardError: scale * rest.standardError };
}

/** Different outcomes that are as likely to be drawn as each other, none of them of those that are known. */
function drawnOutcomes(live: readonly number[], outcomeBits: number, known: ReadonlySet<string>): string[] {
  const random = new Random(0, 'total variation');
  const found = new Set<string>();
  for (let draw = 0; draw < MOST_DRAWS && found.size < OTHERS; draw += 1) {
    const ones = new Set(live.filter(() => random.next() < 0.5));
    const bits = bitString(outcomeBits, (bit) => ones.has(bit));
    if (!known.has(bits)) found.add(bits);
  }
  return [...found];
}

/** The sum over `count` outcomes of what some of them, drawn evenly, say; and how far that may be off. */
function restOf(drawn: readonly number[], count: number): { sum: number; standardError: number } {
  const mean = sum(drawn) / drawn.length;
  const squares = sum(drawn.map((value) => (value - mean) ** 2));
  const variance = squares / Math.max(1, drawn.length - 1) / drawn.length;
  return { sum: count * mean, standardError: count * Math.sqrt(variance) };
}

/** The outcome whose live bits are those of a number. */
function outcomeOf(index: number, live: readonly number[], outcomeBits: number): string {
  const ones = new Set(live.filter((_, i) => ((index >> i) & 1) === 1));
  return bitString(outcomeBits, (bit) => ones.has(bit));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
