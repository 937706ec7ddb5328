/** Options of `serve`, `submit` and `jobs`. */
import type { OptionSpec, OptionTable } from '../../options/option.js';
import { flag, numberFrom, text, wholeNumber, type Reader } from '../../options/readers.js';
import type { DeviceChoice } from '../../api/session/sessionOptions.js';
import { SESSION_OPTIONS } from '../../api/session/sessionOptions.js';
import { CLIENT_NAME, CLIENT_NAME_FORM, JOB_ID, JOB_ID_FORM, parseListen } from '../protocol/listen.js';

/** Options of `serve`. */
export interface ServeOptions {
  /** Folder of the pool; default: `~/.kroncut/pool`. */
  readonly pool?: string | undefined;
  /** Jobs that run side by side; default: the nodes of the allocation. */
  readonly teams?: number | undefined;
  /** Ranks of each team; default: the tasks of the allocation divided by the teams, or 1. */
  readonly ranks?: number | undefined;
  /** Ranks that share each GPU, in all teams together; `auto`: by `blockSize` and free memory. Default: `ranks` says. */
  readonly workersPerGpu?: number | 'auto' | undefined;
  /** Qubits of the blocks that will be compiled, for `workersPerGpu: 'auto'`; default: 3. */
  readonly blockSize?: number | undefined;
  /** Ranks share GPUs by NVIDIA's Multi-Process Service, which is started on each node for the pool. */
  readonly mps?: boolean | undefined;
  /** Seconds without job or client after which the server ends; default: 600 in an allocation, else never. */
  readonly idleTimeout?: number | undefined;
  /** `HOST:PORT`, for clients on other machines. */
  readonly listen?: string | undefined;
  /** Deaths of its team that end a job; default: 3. */
  readonly maxCrashes?: number | undefined;
  /** Serves on a login node, too. */
  readonly force?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly device?: DeviceChoice | undefined;
}

const place = 'a host and a port are needed, such as node7:4700';
const hostAndPort: Reader<string> = {
  needed: place,
  read: (given) => (parseListen(given) === undefined ? undefined : given),
  fits: (value) => typeof value === 'string' && parseListen(value) !== undefined,
};

const workers: Reader<number | 'auto'> = {
  needed: 'a whole number, 1 or more, or auto is needed',
  read: (given) => (given === 'auto' ? given : wholeNumber(1).read?.(given)),
  fits: (value) => value === 'auto' || wholeNumber(1).fits(value),
};

export const POOL = {
  flags: '--pool <dir>',
  help: 'folder of the pool (default: ~/.kroncut/pool)',
  reader: text('the name of a folder'),
} satisfies OptionSpec;

export const SERVE_OPTIONS = {
  pool: POOL,
  teams: {
    flags: '--teams <n>',
    help: 'jobs that run side by side, each on a team of ranks (default: the nodes of the allocation, or 1)',
    reader: wholeNumber(1),
  },
  ranks: {
    flags: '--ranks <n>',
    help: 'ranks of each team (default: the tasks of the allocation by the teams, or 1); several are started by srun or mpirun',
    reader: wholeNumber(1),
  },
  workersPerGpu: {
    flags: '--workers-per-gpu <n>',
    help: 'ranks for each GPU, in all teams together: a number, or auto, which goes by --block-size and free memory',
    reader: workers,
    conflicts: 'ranks',
  },
  blockSize: {
    flags: '--block-size <n>',
    help: 'with --workers-per-gpu auto: qubits of the blocks that will be compiled (default: 3)',
    reader: wholeNumber(1),
  },
  mps: {
    flags: '--mps',
    help: "share GPUs by NVIDIA's Multi-Process Service, which is started on each node and ended with the pool",
    reader: flag,
  },
  idleTimeout: {
    flags: '--idle-timeout <s>',
    help: 'seconds without job or client after which the pool ends (default: 600 in an allocation, else never)',
    reader: numberFrom(1),
  },
  listen: {
    flags: '--listen <host:port>',
    help: "also for clients on other machines, by TLS with the key in the pool's folder",
    reader: hostAndPort,
  },
  maxCrashes: {
    flags: '--max-crashes <n>',
    help: 'deaths of its team that end a job (default: 3)',
    reader: wholeNumber(1),
  },
  force: { flags: '--force', help: 'serve on a login node, too', reader: flag },
  threads: { ...SESSION_OPTIONS.threads, help: 'threads of each rank (default: its share of the CPUs)' },
  device: SESSION_OPTIONS.device,
} satisfies OptionTable<ServeOptions>;

function nameLike(form: string, pattern: RegExp): Reader<string> {
  return {
    needed: `${form}, is needed`,
    read: (given) => (pattern.test(given) ? given : undefined),
    fits: (value) => typeof value === 'string' && pattern.test(value),
  };
}

const clientName = nameLike(CLIENT_NAME_FORM, CLIENT_NAME);
/** Name of a job. */
export const JOB_NAME = nameLike(JOB_ID_FORM, JOB_ID);

export interface SubmitOptions {
  readonly pool?: string | undefined;
  /** Chosen by the client: submitting twice with one id is one job. */
  readonly id?: string | undefined;
  /** Whose turns the job takes; default: the terminal or batch job that asks. */
  readonly client?: string | undefined;
  /** Waits for the end, and prints what the command prints. */
  readonly wait?: boolean | undefined;
}

export const SUBMIT_OPTIONS = {
  pool: POOL,
  id: {
    flags: '--id <id>',
    help: 'name of the job; a second job with the name and command of an earlier one is that one',
    reader: JOB_NAME,
  },
  client: {
    flags: '--client <name>',
    help: 'whose job it is: clients take turns (default: this terminal or batch job)',
    reader: clientName,
  },
  wait: {
    flags: '--wait',
    help: 'wait for the end, print what the command prints, and end with its exit code',
    reader: flag,
  },
} satisfies OptionTable<SubmitOptions>;

export interface JobsOptions {
  readonly pool?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly cancel?: boolean | undefined;
  readonly explain?: boolean | undefined;
  readonly result?: boolean | undefined;
}

export const JOBS_OPTIONS = {
  pool: POOL,
  follow: { flags: '--follow', help: 'show what becomes of the job until it has ended', reader: flag },
  cancel: { flags: '--cancel', help: 'cancel the job', reader: flag },
  explain: { flags: '--explain', help: 'say why the job waits, was moved, or failed', reader: flag },
  result: {
    flags: '--result',
    help: 'print what the command printed, and end with its exit code',
    reader: flag,
  },
} satisfies OptionTable<JobsOptions>;
