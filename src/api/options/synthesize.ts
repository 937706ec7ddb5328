/** Options of `synthesize`, of reading its target, and of `instantiate`. */
import type { QubitPair } from '../../compile/block/schmidtNeeds.js';
import type { GateSet } from '../../compile/gates/gateSets.js';
import type { InstantiateMethod, InstantiateOptions } from '../../native/addon.js';
import type { OptionSpec, OptionTable } from '../../options/option.js';
import { choice, flag, numberFrom, positiveNumber, qubitPairs, wholeNumber } from '../../options/readers.js';
import { PARAMETER_CHOICES, type ParameterChoices } from '../../predict/parameters.js';
import { COMMON_OPTIONS, FILE, type CommonOptions } from './common.js';
import { GATE_SET, METHOD, SEED_OF_STARTS, type DeviceGatesFile } from './compile.js';

/** How a target is read. */
export interface TargetOptions extends ParameterChoices {
  /** What a circuit stands for: its unitary (default), or the state that it makes of |0...0>. */
  readonly kind?: 'unitary' | 'state' | undefined;
}

export const TARGET_OPTIONS = {
  kind: {
    flags: '--state',
    help: 'of a circuit: the state that it makes of |0...0> (of a .npy file: refuse a unitary)',
    reader: choice(['unitary', 'state']),
    means: 'state',
  },
  ...PARAMETER_CHOICES,
} satisfies OptionTable<TargetOptions>;

export interface SynthesizeOptions extends CommonOptions, TargetOptions {
  /** File for the result; left out, nothing is written. */
  readonly output?: string | undefined;
  /** Pairs of qubits that a gate may be on; default: all. They must connect the qubits. */
  readonly pairs?: readonly QubitPair[] | undefined;
  /** Largest distance 1 - |Tr| / 2^n, of a state 1 - |<t|C|0>|; default 1e-8. */
  readonly threshold?: number | undefined;
  /** Starts of each template; default 4. */
  readonly multistarts?: number | undefined;
  /** Most templates of the search for few `cx`; default 500. */
  readonly templates?: number | undefined;
  readonly method?: InstantiateMethod | undefined;
  /** Gates of the result, by name, or the name of a JSON file that says what a device has (docs/compile.md). */
  readonly gateSet?: GateSet | DeviceGatesFile | undefined;
  readonly seed?: number | undefined;
}

export const SYNTHESIZE_OPTIONS = {
  output: { flags: '-o, --output <file>', help: 'the circuit', reader: FILE },
  kind: TARGET_OPTIONS.kind,
  pairs: {
    flags: '--pairs <list>',
    help: 'pairs of qubits that a gate may be on, as 0-1,1-2 (default: all)',
    reader: qubitPairs,
  },
  threshold: {
    flags: '--threshold <e>',
    help: 'largest distance from the target (default: 1e-8)',
    reader: positiveNumber,
  },
  multistarts: {
    flags: '--multistarts <m>',
    help: 'starts of each template (default: 4)',
    reader: wholeNumber(1),
  },
  templates: {
    flags: '--templates <n>',
    help: 'most templates of the search for few gates (default: 500)',
    reader: wholeNumber(1),
  },
  method: METHOD,
  gateSet: GATE_SET,
  seed: SEED_OF_STARTS,
  ...PARAMETER_CHOICES,
  ...COMMON_OPTIONS,
} satisfies OptionTable<SynthesizeOptions>;

export interface LibraryInstantiateOptions
  extends CommonOptions, TargetOptions, Omit<InstantiateOptions, 'threads' | 'control' | 'device'> {}

const count = (help: string): OptionSpec<number> => ({ help, reader: wholeNumber(1) });
const amount = (help: string): OptionSpec<number> => ({ help, reader: numberFrom(0) });

/** `native/synthesize.ts` says more about what is of the library alone. */
export const INSTANTIATE_OPTIONS = {
  ...TARGET_OPTIONS,
  method: METHOD,
  multistarts: count('starts, the warm one included (default: 1)'),
  seed: SEED_OF_STARTS,
  distTol: amount('largest distance that is a success (default: 1e-10)'),
  polish: { help: 'further steps after success, down to rounding (default: true)', reader: flag },
  maxIters: count('iterations of one start (default: 100000)'),
  minIters: { help: 'no plateau before so many iterations (default: 10)', reader: wholeNumber(0) },
  diffTolA: amount('plateau: largest change, absolute (default: 1e-12)'),
  diffTolR: amount('plateau: largest change, relative (default: 1e-6)'),
  diffTolStepR: amount('plateau: least share gained over diffTolStep iterations (default: 0.1)'),
  diffTolStep: count('iterations of that plateau (default: 200)'),
  resetIter: count('iterations after which QFactor builds its matrix anew (default: 40)'),
  beta: amount('regularisation of QFactor, below 1 (default: 0)'),
  trainingStates: count('QFactor-Sample: training states at first'),
  validationStates: count('QFactor-Sample: validation states (default: 2)'),
  overtrainRatio: amount(
    'QFactor-Sample: excess of validation at which training states double (default: 0.1)',
  ),
  deviceShare: count("calls that share the device's free memory at a time (default: 1)"),
  ...COMMON_OPTIONS,
} satisfies OptionTable<LibraryInstantiateOptions>;
