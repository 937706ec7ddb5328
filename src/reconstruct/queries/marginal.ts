/** `marginal`: the distribution of some outcome bits. */
import { bitList } from '../../options/readers.js';
import type { ErrorMethod } from '../errors/estimate.js';
import type { AnswerData } from '../network/tensorNetwork.js';
import { NUMBER_BYTES, type QueryDefinition } from './query.js';
import { optionError, optionName, nextStep } from '../../options/optionName.js';

/** The distribution of some outcome bits. */
export interface MarginalQuery {
  /** The distribution of these outcome bits; bit 0 of the index is the first named. */
  readonly marginal?: readonly number[] | undefined;
}

/** Probabilities of some outcome bits, of length 2^k: bit 0 of the index is the first bit named. */
export interface MarginalResult extends AnswerData {
  readonly outcomeBits: readonly number[];
  /** `outcomeBits` under its old name. */
  readonly qubits: readonly number[];
  /** Index bit i is outcome bit `outcomeBits[i]`. */
  readonly probabilities: readonly number[];
  /** Of each probability, where they are estimates (see `ErrorEstimate`). */
  readonly standardError?: readonly (number | null)[];
  readonly interval?: readonly (readonly [number, number] | null)[];
  readonly errorMethod?: readonly (ErrorMethod | null)[];
}

/** Marginals go into JSON; larger ones are a job for `--full`. */
const MAX_MARGINAL_BITS = 20;

/** Throws `usage`, about the option `key`, for outcome bits that a circuit does not have, and for one that is named twice. */
export function checkBits(key: string, bits: readonly number[], outcomeBits: number): void {
  for (const [i, bit] of bits.entries()) {
    if (!Number.isInteger(bit) || bit < 0 || bit >= outcomeBits) {
      throw optionError(
        key,
        `: there is no outcome bit ${bit}; the circuit has outcome bits 0 to ${outcomeBits - 1}`,
      );
    }
    if (bits.indexOf(bit) !== i) throw optionError(key, `: bit ${bit} is named twice`);
  }
}

/** Throws `usage` for a marginal that a circuit does not have, or that is too large to be listed. */
function checkMarginal(qubits: readonly number[], outcomeBits: number): void {
  checkBits('marginal', qubits, outcomeBits);
  if (qubits.length > MAX_MARGINAL_BITS) {
    throw optionError(
      'marginal',
      ` names ${qubits.length} bits, and at most ${MAX_MARGINAL_BITS} are listed; use ${optionName('full')} for more`,
    );
  }
}

/** Of a probability in a list, in the text of its file and in what is printed. Measured: some 200. */
const LISTED_BYTES = 224;

export const marginal: QueryDefinition<'marginal', MarginalQuery, MarginalResult> = {
  key: 'marginal',
  options: {
    marginal: {
      flags: '--marginal <bits>',
      help: 'distribution of these outcome bits, 20 at most: 0,1,5 or @FILE',
      reader: bitList,
      file: true,
    },
  },
  local: {
    bits: async ({ marginal: qubits }) => qubits,
    restate: ({ marginal: qubits }) =>
      nextStep(`--marginal ${qubits.join(',')}`, `marginal: [${qubits.join(', ')}]`),
    question: ({ marginal: qubits }) => ({ marginal: qubits }),
  },
  check: ({ outcomeBits }, { marginal: qubits }) => checkMarginal(qubits, outcomeBits),
  alone: {
    cost(ledger, { marginal: qubits }) {
      const order = qubits.filter((bit) => !ledger.cut.zeroBits.includes(bit));
      const bytes = (NUMBER_BYTES * 2 ** order.length) / ledger.ranks;
      const use = { sliceBytes: 0, bytes };
      ledger.contraction({ query: 'marginal', what: 'marginal', order, times: 1, use });
      ledger.work(0, LISTED_BYTES * 2 ** qubits.length);
    },
    answer: () => import('./answers/marginalAnswer.js'),
  },
  errors: () => import('./answers/marginalErrors.js'),
};
