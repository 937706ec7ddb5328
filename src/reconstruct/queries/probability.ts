/** `probability`: the probabilities of given bit strings. */
import { bitStrings } from '../../options/readers.js';
import type { DataKind } from '../../run/tensors/tensorStore.js';
import type { QueryDefinition } from './query.js';
import { nextStep, optionError } from '../../options/optionName.js';

/** Probabilities of single outcomes. */
export interface ProbabilityQuery {
  /** Probabilities of these bit strings, bit 0 last. */
  readonly probability?: readonly string[] | undefined;
}

/**
 * Probability by bit string, bit 0 last; of estimates beside them, under names that are no bit strings, their standard
 * errors, intervals and what gave these (see `ErrorEstimate`), by bit string too.
 */
export type ProbabilityResult = Readonly<Record<string, ProbabilityEntry>>;

/** A probability; under `data` what it comes from, and under `standardError` and the like those of each string. */
export type ProbabilityEntry =
  number | DataKind | Readonly<Record<string, number | null | string | readonly [number, number]>>;

export const probability: QueryDefinition<'probability', ProbabilityQuery, ProbabilityResult> = {
  key: 'probability',
  options: {
    probability: {
      flags: '--probability <strings>',
      help: 'probabilities of bit strings, bit 0 last: 0101,0011 or @FILE',
      reader: bitStrings,
      file: true,
    },
  },
  check({ outcomeBits }, { probability: strings }) {
    for (const bits of strings) {
      if (bits.length !== outcomeBits || /[^01]/.test(bits)) {
        throw optionError(
          'probability',
          ` ${bits === '' ? "''" : bits}: a string of ${outcomeBits} characters 0 and 1 is needed, bit 0 last`,
        );
      }
    }
  },
  local: {
    // Of all of the circuit.
    bits: async () => Promise.resolve(undefined),
    restate: ({ probability: strings }) =>
      nextStep(
        `--probability ${strings.join(',')}`,
        `probability: [${strings.map((bits) => `'${bits}'`).join(', ')}]`,
      ),
    question: ({ probability: strings }) => ({ probability: strings }),
  },
  alone: {
    cost(ledger, { probability: strings }) {
      const what = 'probability of one outcome';
      ledger.contraction({ query: 'probability', what, order: [], times: strings.length });
    },
    answer: () => import('./answers/probabilityAnswer.js'),
  },
  errors: () => import('./answers/probabilityErrors.js'),
};
