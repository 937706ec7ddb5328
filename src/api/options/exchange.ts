/** Options of `subexperiments`, `exportSubexperiments` and `importCounts`. */
import type { OptionTable } from '../../options/option.js';
import { choice, flag, namesOf, wholeNumber } from '../../options/readers.js';
import {
  CAPABILITIES,
  EXPORT_FORMATS,
  JOB_CIRCUITS,
  JOB_EXECUTIONS,
  type Capability,
  type ExportFormat,
} from '../../evaluate/exchange/formats.js';
import { SAMPLING_OPTIONS } from './sampling.js';
import { COMMON_OPTIONS, FOLDER, type CommonOptions } from './common.js';

export interface SubexperimentsOptions extends CommonOptions {
  /** Shots in all; default: how many each deserves is not said. */
  readonly shots?: number | undefined;
  /** What the device can do beside gates and measurements at the end; default: all. */
  readonly capabilities?: readonly Capability[] | undefined;
  /** A sum of Pauli strings: the subcircuits are read in the bases that it needs, too. */
  readonly forExpect?: string | undefined;
}

/** How experiments are ordered, and which there are: the same for what goes out and what comes back. */
interface OrderOptions {
  /** Seed of the order in which experiments are run; default: 0. */
  readonly seed?: number | undefined;
  /** Number of the round of shots, which orders them anew; default: 1. */
  readonly round?: number | undefined;
}

export interface ExportOptions extends SubexperimentsOptions, OrderOptions {
  readonly shots: number;
  readonly output: string;
  readonly format: ExportFormat;
  /** Limits of a job, for formats that have jobs; default: 300 circuits and 10 million executions. */
  readonly jobCircuits?: number | undefined;
  readonly jobExecutions?: number | undefined;
  /** Writes into a folder that holds something else. */
  readonly force?: boolean | undefined;
}

export interface ImportOptions extends CommonOptions, OrderOptions {
  /** A sum of Pauli strings: there are results in the bases that it needs, too. */
  readonly forExpect?: string | undefined;
  /** Takes the place of what the run was evaluated from before, earlier imports included. */
  readonly force?: boolean | undefined;
}

const OF_ALL = {
  capabilities: {
    flags: '--capabilities <list>',
    help: `what the device can do beside gates and final measurements: ${CAPABILITIES.join(',')}, or none (default: all)`,
    reader: namesOf(CAPABILITIES),
  },
  forExpect: {
    ...SAMPLING_OPTIONS.forExpect,
    help: "with the subexperiments in other bases that this sum of Pauli strings needs: 'XXI + 0.5*IZY', or @FILE",
  },
} as const;

export const SUBEXPERIMENTS_OPTIONS = {
  shots: {
    flags: '--shots <n>',
    help: 'say how many of so many shots in all each deserves',
    reader: wholeNumber(1),
  },
  ...OF_ALL,
  ...COMMON_OPTIONS,
} satisfies OptionTable<SubexperimentsOptions>;

const ORDER = {
  seed: {
    flags: '--seed <n>',
    help: 'of the order in which subexperiments are run (default: 0); import needs the same for results without names',
    reader: wholeNumber(0),
  },
  round: {
    flags: '--round <n>',
    help: 'number of this round of shots (default: 1), which orders them anew; rounds add up when they are imported',
    reader: wholeNumber(1),
  },
} as const;

export const IMPORT_OPTIONS = {
  forExpect: {
    ...OF_ALL.forExpect,
    help: 'with results in the other bases that this sum of Pauli strings needs, as in the export; or @FILE',
  },
  seed: { ...ORDER.seed, help: 'that of the export (default: 0), for results without names' },
  round: { ...ORDER.round, help: 'that of the export (default: 1), for results without names' },
  force: {
    flags: '--force',
    help: 'replace what the run was evaluated from before, earlier imports included',
    reader: flag,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<ImportOptions>;

export const EXPORT_OPTIONS = {
  output: { flags: '-o, --output <folder>', help: 'folder for the export', reader: FOLDER, required: true },
  format: {
    flags: '--format <name>',
    help: 'a file of OpenQASM a circuit, or jobs for SamplerV2, bare or for the runner of QRMI',
    reader: choice(EXPORT_FORMATS),
    required: true,
  },
  shots: {
    flags: '--shots <n>',
    help: 'shots in all',
    reader: wholeNumber(1),
    required: true,
  },
  ...OF_ALL,
  ...ORDER,
  jobCircuits: {
    flags: '--job-circuits <n>',
    help: `most circuits of a job (default: ${JOB_CIRCUITS})`,
    reader: wholeNumber(1),
  },
  jobExecutions: {
    flags: '--job-executions <n>',
    help: `most shots of all circuits of a job (default: ${JOB_EXECUTIONS})`,
    reader: wholeNumber(1),
  },
  force: {
    flags: '--force',
    help: "write into a folder that holds something else, and replace what has the names of an export's files",
    reader: flag,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<ExportOptions>;
