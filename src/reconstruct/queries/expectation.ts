/** `expect`: the expectation value of a sum of Pauli strings. */
import type { Circuit } from '../../circuit/circuit.js';
import { flag, text } from '../../options/readers.js';
import type { ErrorEstimate } from '../errors/estimate.js';
import type { AnswerError } from '../network/tensorNetwork.js';
import { planObservable } from './observables.js';
import { parsePauliSum } from './pauliSum.js';
import type { QueryDefinition } from './query.js';
import { nextStep } from '../../options/optionName.js';

/** The expectation value of a sum of Pauli strings. */
export interface ExpectQuery {
  /** Expectation value of a sum of Pauli strings, as `parsePauliSum` reads it; it speaks of qubits. */
  readonly expect?: string | undefined;
  /** Gives the value of every term of `expect` too. */
  readonly terms?: boolean | undefined;
}

/**
 * An expectation value, with its error where the data are sampled: `standardError` is 0 for exact data, and null
 * where no shots are known.
 */
export interface ExpectResult extends AnswerError {
  readonly value: number;
  /** Value of each string without its coefficient, where asked for. */
  readonly terms?: readonly ({
    readonly pauli: string;
    readonly coefficient: number;
    readonly value: number;
  } & Partial<ErrorEstimate>)[];
}

/** The outcome bits that read the qubits of a sum of Pauli strings; undefined where some qubit is not read. */
function observedBits(
  { outcomes, qubits }: Pick<Circuit, 'outcomes' | 'qubits'>,
  sum: string,
): number[] | undefined {
  const observed = new Set(
    parsePauliSum(sum, qubits).flatMap(({ paulis }) => paulis.map(({ qubit }) => qubit)),
  );
  const bits = [...observed].map((qubit) => outcomes.indexOf(qubit));
  return bits.includes(-1) ? undefined : bits;
}

export const expectation: QueryDefinition<'expect', ExpectQuery, ExpectResult> = {
  key: 'expect',
  options: {
    expect: {
      flags: '--expect <sum>',
      help: 'expectation value of Pauli strings, qubit 0 last: "ZZI + 0.5*XIX", "0.5*X0 Z57", or @FILE (text or JSON)',
      reader: text('a sum of Pauli strings'),
      file: true,
    },
    terms: {
      flags: '--terms',
      help: 'with --expect: the value of every term too',
      reader: flag,
      belongs: 'lists the terms of',
    },
  },
  local: {
    bits: async ({ expect: sum }, circuit) => observedBits(await circuit(), sum),
    restate: ({ expect: sum }) => nextStep(`--expect '${sum}'`, `expect: '${sum}'`),
    question: ({ expect: sum }) => ({ expect: sum }),
  },
  check({ qubits }, { expect: sum }) {
    parsePauliSum(sum, qubits);
  },
  alone: {
    cost(ledger, { expect: sum }) {
      const terms = parsePauliSum(sum, ledger.cut.qubits);
      const what = 'one term of the expectation value';
      ledger.contraction({ query: 'expect', what, order: [], times: terms.length });
      ledger.evaluation(planObservable(ledger.cut, terms).variants);
    },
    answer: () => import('./answers/expectationAnswer.js'),
  },
  errors: () => import('./answers/expectationErrors.js'),
};
