/** Answers to queries as text for people: one formatter for each query. */
import type { BondShrinking } from '../../reconstruct/network/bondShrinking.js';
import type { MomentsResult } from '../../reconstruct/queries/moments.js';
import { QUERIES, type Answers, type AnswerTypes } from '../../reconstruct/queries/registry.js';
import type { TopResult } from '../../reconstruct/queries/top.js';
import { balanced, bar, known, number, plural, shortened } from './output.js';

type Formatters = { readonly [Key in keyof AnswerTypes]: (answer: AnswerTypes[Key]) => string[] };

const FORMATTERS: Formatters = {
  full: ({ file, qubits, sum, min, max }) => [
    `Full distribution: ${file === '-' ? 'standard output' : file}, 2^${qubits} outcomes, sum ${known(sum)}, from ${number(min)} to ${number(max)}`,
  ],
  top: formatTop,
  moments: formatMoments,
  marginal: ({ qubits, probabilities }) => {
    // As an argument each, so many values would not fit.
    const largest = probabilities.reduce((most, p) => Math.max(most, p), 0);
    const rows = probabilities.map((p, index) =>
      `  ${index.toString(2).padStart(qubits.length, '0')}  ${number(p)}  ${bar(p, largest)}`.trimEnd(),
    );
    return [
      `Marginal of outcome bits ${qubits.toReversed().join(', ')} (left to right):`,
      ...shortened(rows),
    ];
  },
  probability: (probabilities) => [
    'Probabilities:',
    ...shortened(Object.entries(probabilities).map(([bits, p]) => `  ${bits}  ${known(p)}`)),
  ],
  bins: (bins) => [
    'Bins (bit 0 last, * is any value):',
    ...shortened(bins.map(({ spec, probability }) => `  ${spec}  ${number(probability)}`)),
  ],
  samples: ({ file, count, values = [] }) =>
    file === undefined
      ? ['Samples (bit 0 last):', ...shortened([...values].map((sample) => `  ${sample}`))]
      : [`Samples: ${file}, ${count} of them`],
  expect: ({ value, terms = [] }) => {
    const scale = terms.reduce((sum, { coefficient }) => sum + Math.abs(coefficient), 0);
    const rows = terms.map((term) => `  ${term.coefficient} * ${term.pauli}  ${balanced(term.value, 1)}`);
    return [`Expectation value: ${balanced(value, scale || 1)}`, ...shortened(rows)];
  },
};

/** All answers, in the order of the queries, after what is said of the bonds that they went over. */
export function formatAnswers(answers: Answers): string[] {
  const bonds = answers.full?.bonds ?? answers.top?.bonds ?? answers.moments?.bonds;
  return [
    ...(bonds === undefined ? [] : formatBonds(bonds)),
    ...QUERIES.flatMap(({ key }) => formatAnswer(key, answers[key])),
  ];
}

function formatAnswer<Key extends keyof AnswerTypes>(
  key: Key,
  answer: AnswerTypes[Key] | undefined,
): string[] {
  return answer === undefined ? [] : FORMATTERS[key](answer);
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

function formatTop(top: TopResult): string[] {
  const largest = top.outcomes[0]?.probability ?? 0;
  const certainty = top.proven ? '' : `, found but not proven: ${doubtOf(top)}`;
  const rows = top.outcomes.map(({ bits, probability: p }) =>
    `  ${bits}  ${number(p)}  ${bar(p, largest)}`.trimEnd(),
  );
  return [`Most likely outcomes (bit 0 last)${certainty}:`, ...shortened(rows)];
}

function doubtOf({ quasi, bound }: TopResult): string {
  if (quasi === true) return 'some values are below zero, so that these are quasi-probabilities';
  return `no other outcome has more than ${number(bound)}`;
}

function formatMoments(moments: MomentsResult): string[] {
  const { sum, min, max, entropy, collision, negatives, negativeSum } = moments;
  const { crossEntropy, crossEntropyMissing } = moments;
  const text = [
    `Moments: sum ${known(sum)}, from ${number(min)} to ${number(max)}`,
    `  entropy ${known(entropy)} nats, collision probability ${number(collision)}`,
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
  return text;
}
