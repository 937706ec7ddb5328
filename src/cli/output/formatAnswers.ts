/** Answers to queries as text for people: one formatter for each query. */
import type { BondShrinking } from '../../reconstruct/network/bondShrinking.js';
import type { MomentsResult } from '../../reconstruct/queries/moments.js';
import type { EstimatedDistribution } from '../../reconstruct/queries/totalVariation.js';
import { QUERIES, type Answers, type AnswerTypes } from '../../reconstruct/queries/registry.js';
import type { TopResult } from '../../reconstruct/queries/top.js';
import { balanced, bar, known, number, plural, shortened } from './output.js';

/** `first`: samples from the beginning of their file. */
type Formatters = {
  readonly [Key in keyof AnswerTypes]: (answer: AnswerTypes[Key], first: readonly string[]) => string[];
};

const FORMATTERS: Formatters = {
  full: ({ file, outcomeBits, sum, min, max, expectedTotalVariation }) => [
    `Full distribution: ${file === '-' ? 'standard output' : file}, 2^${outcomeBits} outcomes, sum ${known(sum)}, from ${number(min)} to ${number(max)}`,
    ...distanceLines(expectedTotalVariation),
  ],
  top: formatTop,
  moments: formatMoments,
  marginal: ({ outcomeBits, probabilities, standardError, errorMethod }) => {
    // As an argument each, so many values would not fit.
    const largest = probabilities.reduce((most, p) => Math.max(most, p), 0);
    const rows = probabilities.map((p, index) =>
      `  ${index.toString(2).padStart(outcomeBits.length, '0')}  ${withError(number(p), p, {
        standardError: standardError?.[index],
        errorMethod: errorMethod?.[index],
      })}  ${bar(p, largest)}`.trimEnd(),
    );
    return [
      `Marginal of outcome bits ${outcomeBits.toReversed().join(', ')} (left to right):`,
      ...shortened(rows),
    ];
  },
  probability: (probabilities) => {
    const { standardError, errorMethod } = probabilities;
    const rows = Object.entries(probabilities).flatMap(([bits, p]) =>
      typeof p === 'number'
        ? [
            `  ${bits}  ${withError(known(p), p, { standardError: at(standardError, bits), errorMethod: at(errorMethod, bits) })}`,
          ]
        : [],
    );
    return ['Probabilities:', ...shortened(rows)];
  },
  bins: (bins) => [
    'Bins (bit 0 last, * is any value):',
    ...shortened(
      bins.map(({ spec, probability: p, ...error }) => `  ${spec}  ${withError(number(p), p, error)}`),
    ),
  ],
  samples: ({ file, count, values = [], expectedTotalVariation }, first) => [
    ...(file === undefined
      ? ['Samples (bit 0 last):', ...shortened([...values].map((sample) => `  ${sample}`))]
      : [`Samples: ${file}, ${count} of them${first.length === 0 ? '' : ', the first ones (bit 0 last):'}`]),
    ...first.map((sample) => `  ${sample}`),
    ...distanceLines(expectedTotalVariation),
  ],
  expect: ({ value, terms = [], ...error }) => {
    const scale = terms.reduce((sum, { coefficient }) => sum + Math.abs(coefficient), 0);
    const rows = terms.map(
      (term) =>
        `  ${term.coefficient} * ${term.pauli}  ${withError(balanced(term.value, 1), term.value, term)}`,
    );
    const shown =
      error.data === 'exact' ? balanced(value, scale || 1) : withError(number(value), value, error);
    return [`Expectation value: ${shown}`, ...shortened(rows)];
  },
};

/** An entry of what a probability says beside its numbers. */
function at(entries: unknown, bits: string): unknown {
  return typeof entries === 'object' && entries !== null ? Reflect.get(entries, bits) : undefined;
}

/** An estimate to the digits that its error leaves it; `exact` where nothing is said of an error. */
function withError(
  exact: string,
  value: number,
  { standardError, errorMethod }: { readonly standardError?: unknown; readonly errorMethod?: unknown },
): string {
  if (standardError === null) return `${exact} (error not known)`;
  if (typeof standardError !== 'number') return exact;
  const digits = standardError > 0 ? Math.min(15, Math.max(0, 1 - Math.floor(Math.log10(standardError)))) : 6;
  const range = `${value.toFixed(digits)} +- ${standardError.toFixed(digits)}`;
  return errorMethod === 'conservative' ? `${range} (conservative)` : range;
}

/** All answers, in the order of the queries, after what is said of the bonds that they went over. */
export function formatAnswers(answers: Answers, first: readonly string[] = []): string[] {
  const bonds = answers.full?.bonds ?? answers.top?.bonds ?? answers.moments?.bonds;
  return [
    ...(bonds === undefined ? [] : formatBonds(bonds)),
    ...repairLines(answers),
    ...QUERIES.flatMap(({ key }) => formatAnswer(key, answers[key], first)),
  ];
}

function formatAnswer<Key extends keyof AnswerTypes>(
  key: Key,
  answer: AnswerTypes[Key] | undefined,
  first: readonly string[],
): string[] {
  return answer === undefined ? [] : FORMATTERS[key](answer, first);
}

function repairLines(answers: Answers): string[] {
  const all: unknown[] = Object.values(answers).flat();
  const [repair] = all.flatMap((answer): unknown[] => Reflect.get(Object(answer), 'repair') ?? []);
  return typeof repair === 'string' ? [`Repaired (${repair}); errors are those of the estimates before`] : [];
}

/** Bonds that are listed. */
const MOST_BONDS = 8;

function formatBonds({ planned, used, errorBound, inner }: BondShrinking): string[] {
  const text: string[] = [];
  if (errorBound > 0) {
    text.push(
      `Bonds shrank from ${planned} to ${used} components; no value is off by more than ` +
        `${errorBound.toExponential(1)} because of that`,
    );
  }
  if (inner !== undefined) {
    const shrunk = inner.bonds.map(
      ({ between, before, after }) => `${between.join(' - ')} ${before} to ${after}`,
    );
    text.push(
      `Bonds between tensors shrank to their rank: ${shrunk.slice(0, MOST_BONDS).join(', ')}${shrunk.length > MOST_BONDS ? ', ...' : ''}`,
    );
  }
  return text;
}

/** Share of the largest probability below which exact ones are not told from rounding. */
const ROUNDING = 1e-13;

function formatTop(top: TopResult): string[] {
  const largest = top.outcomes[0]?.probability ?? 0;
  const isNoise = (p: number): boolean => top.data === 'exact' && largest > 0 && p <= ROUNDING * largest;
  const noise = top.outcomes.filter(({ probability }) => isNoise(probability));
  const certainty = top.proven ? '' : `, found but not proven: ${doubtOf(top)}`;
  const rows = top.outcomes
    .filter(({ probability }) => !isNoise(probability))
    .map(({ bits, probability: p, ...error }) =>
      `  ${bits}  ${withError(number(p), p, error)}  ${bar(p, largest)}`.trimEnd(),
    );
  const most = number(noise[0]?.probability ?? 0);
  const rest =
    noise.length === 0 ? [] : [`  and ${noise.length} that are 0 within rounding (at most ${most})`];
  const fewer =
    top.fewer === undefined ? [] : [`  no more than ${top.outcomes.length} are listed: ${top.fewer}`];
  return [`Most likely outcomes (bit 0 last)${certainty}:`, ...shortened(rows), ...rest, ...fewer];
}

function doubtOf({ quasi, bound, data }: TopResult): string {
  if (data !== 'exact') return 'these are estimates';
  if (quasi === true) return 'some values are below zero, so that these are quasi-probabilities';
  return `no other outcome has more than ${number(bound)}`;
}

function formatMoments(moments: MomentsResult): string[] {
  const { sum, min, max, entropy, collision, negatives, negativeSum } = moments;
  const { crossEntropy, crossEntropyMissing } = moments;
  const text = [
    `Moments: sum ${known(sum)}, from ${number(min)} to ${number(max)}`,
    `  entropy ${momentWithError(moments, 'entropy', known(entropy))} nats, collision probability ${momentWithError(moments, 'collision', number(collision))}`,
  ];
  if (negatives > 0) {
    const outcomes = plural(negatives, 'value');
    text.push(`  ${outcomes} below zero (together ${number(negativeSum)}) left out of the entropy`);
  }
  if (crossEntropy !== undefined && crossEntropyMissing !== undefined) {
    const { count, weight } = crossEntropyMissing;
    const left = count === 0 ? '' : ` (${plural(count, 'outcome')} of weight ${number(weight)} left out)`;
    text.push(`  cross entropy ${crossEntropy === null ? 'infinite' : `${known(crossEntropy)} nats`}${left}`);
  }
  return [...text, ...distanceLines(moments.expectedTotalVariation)];
}

function momentWithError(moments: MomentsResult, key: 'entropy' | 'collision', exact: string): string {
  const { standardError, errorMethod } = moments;
  return withError(exact, moments[key], {
    standardError: standardError?.[key],
    errorMethod: errorMethod?.[key],
  });
}

/** How far a distribution is off that follows from estimates. */
function distanceLines(off: EstimatedDistribution['expectedTotalVariation']): string[] {
  if (off === undefined || off === null) return [];
  const error = off.standardError > 0 ? ` +- ${number(off.standardError)}` : '';
  return [`  expected total variation distance from the true one: ${number(off.value)}${error}`];
}
