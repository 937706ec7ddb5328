/** Options of evaluating with noise. */
import type { OptionTable } from '../../options/option.js';
import { choice, probabilities, text } from '../../options/readers.js';

export interface NoiseOptions {
  /** File of a noise model (see docs/noise.md): subexperiments are simulated with it. */
  readonly noise?: string | undefined;
  /** In place of a file: depolarizing parameters after each one-qubit gate, and after each two-qubit gate. */
  readonly depolarizing?: readonly number[] | undefined;
  /** In place of a file: the chance that a bit reads wrong, or those that 0 reads 1 and that 1 reads 0. */
  readonly readoutError?: readonly number[] | undefined;
  /** Undoes what of the noise is known: how bits read wrong. */
  readonly mitigate?: 'readout' | undefined;
}

export const NOISE_OPTIONS = {
  noise: {
    flags: '--noise <file>',
    help: 'simulate the subexperiments with the noise model in this file (docs/noise.md)',
    reader: text('the name of a noise file'),
  },
  depolarizing: {
    flags: '--depolarizing <p1,p2>',
    help: 'in place of a file: depolarizing noise after each one-qubit and after each two-qubit gate',
    reader: probabilities(2, 2, '0.001,0.01'),
    conflicts: 'noise',
  },
  readoutError: {
    flags: '--readout-error <p>',
    help: 'in place of a file: the chance that a measured bit reads wrong; two: that 0 reads 1, that 1 reads 0',
    reader: probabilities(1, 2, '0.01,0.03'),
    conflicts: 'noise',
  },
  mitigate: {
    flags: '--mitigate <what>',
    help: 'undo a part of the noise: readout (the inverse of how bits read wrong)',
    reader: choice(['readout']),
  },
} satisfies OptionTable<NoiseOptions>;
