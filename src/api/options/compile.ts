/** Options of `compile`, and of cutting what was compiled. */
import { SYNTHESES, type Synthesis } from '../../compile/block/block.js';
import { SCANS, type Scan } from '../../compile/block/scan.js';
import { GATE_SETS, type GateSet } from '../../compile/gates/gateSets.js';
import { OBJECTIVES, type ObjectiveName } from '../../compile/gates/objective.js';
import type { InstantiateMethod } from '../../native/addon.js';
import type { OptionSpec, OptionTable } from '../../options/option.js';
import { choice, flag, positiveNumber, wholeNumber, type Reader } from '../../options/readers.js';
import { CUT_CHOICES } from '../../predict/cutChoices.js';
import { PARAMETER_CHOICES, type ParameterChoices } from '../../predict/parameters.js';
import { COMMON_OPTIONS, FILE, FOLDER, type CommonOptions } from './common.js';
import type { CutOptions } from './cut.js';

export const COMPILE_FORMATS = ['qasm2', 'qasm3'] as const;
export type CompileFormat = (typeof COMPILE_FORMATS)[number];

export interface CompileOptions extends CommonOptions, ParameterChoices {
  /** File for the result; left out, nothing is written unless `work` is given. */
  readonly output?: string | undefined;
  /** Folder for finished blocks, from which a killed job goes on; default: `output` with `.work` appended. */
  readonly work?: string | undefined;
  /** Replaces the work of another circuit, or with other options, in that folder. */
  readonly force?: boolean | undefined;
  /** Most qubits of a block, 2 to 12; default 3. */
  readonly blockSize?: number | undefined;
  /** Seconds for blocks of 3 qubits, 4, and so on to 6, of which the shortest circuit is taken; in place of `blockSize`. */
  readonly budget?: number | undefined;
  /** How angles are found; default `auto`. */
  readonly method?: InstantiateMethod | undefined;
  /** Starts for each deleted `cx`; default 8. */
  readonly multistarts?: number | undefined;
  /**
   * Largest distance 1 - |Tr| / 2^n of a block with which a deletion is kept; default 1e-8, or `maxError` where that is more
   * than 1e-6.
   */
  readonly threshold?: number | undefined;
  /** Largest bound on the distance of the whole circuit, spent where a gate less costs least. Default 1e-6. */
  readonly maxError?: number | undefined;
  /** Order in which gates are tried; default `weight`. */
  readonly scan?: Scan | undefined;
  /** Whether blocks to four qubits are also searched for from scratch: a little (`auto`, the default), not, or long. */
  readonly synthesis?: Synthesis | undefined;
  /** Most rounds of partition and deletion; default 2. */
  readonly rounds?: number | undefined;
  /** Gates of the result, by name, or the name of a JSON file that says what a device has (docs/compile.md). */
  readonly gateSet?: GateSet | DeviceGatesFile | undefined;
  /**
   * What circuits are compared by: gates on two qubits (default), first how many of them stand one after another, or the
   * fidelity that is expected of gates whose errors `gateSet` says.
   */
  readonly objective?: ObjectiveName | undefined;
  /** How the result is written, which decides what of a circuit that is not fixed can be kept; default `qasm2`. */
  readonly format?: CompileFormat | undefined;
  /** Leaves the barriers of the circuit out; otherwise nothing is compiled across one. */
  readonly ignoreBarriers?: boolean | undefined;
  /** Lets qubits end on places of one another: see `permutation` of the result. Measurements follow. */
  readonly permuteOutput?: boolean | undefined;
  /** Allows gates on pairs of qubits that the circuit has none on. */
  readonly newPairs?: boolean | undefined;
  readonly seed?: number | undefined;
  /** File of a page about what became of gates and blocks; default: none. */
  readonly report?: string | undefined;
}

export const METHOD = {
  flags: '--method <name>',
  help: 'how angles are found (default: auto)',
  reader: choice(['auto', 'qfactor', 'lm', 'qfactor-sample']),
} satisfies OptionSpec;

/** The name of a file. */
export type DeviceGatesFile = `${string}.json`;

export function isDeviceGatesFile(name: unknown): name is DeviceGatesFile {
  return typeof name === 'string' && name.endsWith('.json');
}

const GATE_SET_READER: Reader<GateSet | DeviceGatesFile> = {
  needed: `one of ${GATE_SETS.join(', ')}, or the name of a .json file, is needed`,
  read: (given) => (isDeviceGatesFile(given) ? given : GATE_SETS.find((name) => name === given)),
  fits: (given) => isDeviceGatesFile(given) || GATE_SETS.some((name) => name === given),
};

export const GATE_SET = {
  flags: '--gate-set <names>',
  help: `gates of the result: ${GATE_SETS.join(', ')}, or a file FILE.json of gates with errors and times (default: u3-cx)`,
  reader: GATE_SET_READER,
} satisfies OptionSpec;

export const SEED_OF_STARTS = {
  flags: '--seed <n>',
  help: 'seed of the random starts',
  reader: wholeNumber(0),
} satisfies OptionSpec;

export const COMPILE_OPTIONS = {
  output: { flags: '-o, --output <file>', help: 'the compiled circuit', reader: FILE },
  blockSize: {
    flags: '-b, --block-size <qubits>',
    help: 'most qubits of a block, 2 to 12 (default: 3)',
    reader: wholeNumber(0),
  },
  budget: {
    flags: '--budget <seconds>',
    help: 'try larger and larger blocks, from 3 qubits to 6, for about so long, and take the shortest circuit',
    reader: positiveNumber,
    conflicts: 'blockSize',
  },
  method: METHOD,
  multistarts: {
    flags: '--multistarts <m>',
    help: 'starts for each deleted cx (default: 8)',
    reader: wholeNumber(1),
  },
  threshold: {
    flags: '--threshold <e>',
    help: 'largest distance 1 - |Tr| / 2^n of one block from what it was (default: 1e-8, or --max-error if above 1e-6)',
    reader: positiveNumber,
  },
  maxError: {
    flags: '--max-error <e>',
    help: 'largest bound for the whole circuit (default: 1e-6), spent on blocks where a gate less costs least',
    reader: positiveNumber,
  },
  scan: {
    flags: '--scan <order>',
    help: 'gates tried along the circuit, against it, cx first, or so in groups (default: weight)',
    reader: choice(SCANS),
  },
  synthesis: {
    flags: '--synthesis <how>',
    help: 'also search blocks to 4 qubits from scratch: a little, not at all, or long (default: auto)',
    reader: choice(SYNTHESES),
  },
  rounds: {
    flags: '--rounds <n>',
    help: 'most rounds of partition and deletion (default: 2)',
    reader: wholeNumber(1),
  },
  gateSet: GATE_SET,
  objective: {
    flags: '--objective <what>',
    help: 'fewest two-qubit gates, least two-qubit depth, or best fidelity by a --gate-set FILE.json (default: two-qubit)',
    reader: choice(OBJECTIVES),
  },
  format: {
    flags: '--format <name>',
    help: 'OpenQASM 2, or 3 for what version 2 cannot say: free parameters, conditions (default: qasm2)',
    reader: choice(COMPILE_FORMATS),
  },
  ignoreBarriers: {
    flags: '--ignore-barriers',
    help: 'leave barriers out, and compile across them',
    reader: flag,
  },
  permuteOutput: {
    flags: '--permute-output',
    help: 'let qubits end in another order, which the answer says and measurements follow',
    reader: flag,
  },
  newPairs: {
    flags: '--new-pairs',
    help: 'allow gates on pairs of qubits that the circuit has none on',
    reader: flag,
  },
  seed: SEED_OF_STARTS,
  work: { flags: '--work <dir>', help: 'folder for finished blocks (default: FILE.work)', reader: FOLDER },
  report: {
    flags: '--report <file>',
    help: 'write a page about what became of gates and blocks',
    reader: FILE,
  },
  ...PARAMETER_CHOICES,
  force: { flags: '--force', help: 'replace other work in that folder', reader: flag },
  ...COMMON_OPTIONS,
} satisfies OptionTable<CompileOptions>;

/** How `compile --then cut` cuts; the flags are those of `cut`. */
export type CompileThenCutChoices = Pick<
  CutOptions,
  'directory' | 'maxWidth' | 'objective' | 'timeLimit' | 'force'
>;

export const THEN_CUT_OPTIONS = {
  directory: {
    flags: '--run <dir>',
    help: 'for --then cut: the run directory (default: FILE.run)',
    reader: FOLDER,
  },
  maxWidth: {
    flags: '--max-width <qubits>',
    help: 'for --then cut: widest subcircuit',
    reader: CUT_CHOICES.maxWidth.reader,
  },
  objective: {
    flags: '--cut-objective <what>',
    help: 'for --then cut: what its cuts cost least in (default: cost)',
    reader: CUT_CHOICES.objective.reader,
  },
  timeLimit: {
    flags: '--time-limit <s>',
    help: 'for --then cut: seconds for the search (default: 30)',
    reader: CUT_CHOICES.timeLimit.reader,
  },
  force: COMPILE_OPTIONS.force,
} satisfies OptionTable<CompileThenCutChoices>;
