/** Options of `slurm`. */
import type { OptionTable } from '../options/option.js';
import { byteCount, flag, text, wholeNumber, type Reader } from '../options/readers.js';
import { parseDuration } from './duration.js';

export interface SlurmOptions {
  /** File for the script; default: standard output. */
  readonly output?: string | undefined;
  readonly site?: string | undefined;
  readonly nodes?: number | undefined;
  readonly tasksPerNode?: number | undefined;
  readonly cpusPerTask?: number | undefined;
  readonly gpusPerNode?: number | undefined;
  /** Name of a quantum processor. */
  readonly qpu?: string | undefined;
  /** Shots for it, in all. */
  readonly shots?: number | undefined;
  /** Bytes of memory of a node. */
  readonly mem?: number | undefined;
  /** Seconds. */
  readonly time?: number | undefined;
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  readonly constraint?: string | undefined;
  readonly jobName?: string | undefined;
  /** Folder of what the job prints; default: the present one. */
  readonly logs?: string | undefined;
  /** Times that the job goes on by itself. */
  readonly requeue?: number | undefined;
  /** Seconds before the time limit at which the ranks are told to save and end. */
  readonly grace?: number | undefined;
  readonly submit?: boolean | undefined;
  /** Submits, and waits for the end. */
  readonly wait?: boolean | undefined;
}

/** Seconds of a time as Slurm writes it. */
const duration: Reader<number> = {
  needed: 'a number of seconds above 0 is needed',
  neededText: 'a time is needed as sbatch takes it: minutes, H:MM:SS or D-HH:MM:SS',
  read: parseDuration,
  fits: (value) => typeof value === 'number' && value > 0,
};

export const DEFAULT_REQUEUES = 10;
export const DEFAULT_GRACE = 60;

export const SLURM_OPTIONS = {
  output: {
    flags: '-o, --output <file>',
    help: 'write the script here (default: standard output)',
    reader: text('the name of a file'),
  },
  site: {
    flags: '--site <file>',
    help: 'what this cluster needs and has, as JSON; docs/cluster.md lists the keys',
    reader: text('the name of a site file'),
  },
  nodes: {
    flags: '--nodes <n>',
    help: "nodes (default: as few as are predicted to need less than an hour, to the site's maxNodes, or 1)",
    reader: wholeNumber(1),
  },
  tasksPerNode: {
    flags: '--tasks-per-node <n>',
    help: 'ranks on a node (default: one for each GPU, or 1)',
    reader: wholeNumber(1),
  },
  cpusPerTask: {
    flags: '--cpus-per-task <n>',
    help: 'CPUs of each rank (default: its share of those of a node)',
    reader: wholeNumber(1),
  },
  gpusPerNode: {
    flags: '--gpus-per-node <n>',
    help: "GPUs on a node (default: the site's)",
    reader: wholeNumber(0),
  },
  qpu: {
    flags: '--qpu <name>',
    help: 'for reconstruct: run the subexperiments on this quantum processor first; needs --shots',
    reader: text('the name of a quantum processor'),
  },
  shots: { flags: '--shots <n>', help: 'shots for --qpu, in all', reader: wholeNumber(1) },
  mem: {
    flags: '--mem <bytes>',
    help: 'memory of each node (default: what is predicted, with a margin)',
    reader: byteCount,
  },
  time: {
    flags: '--time <time>',
    help: 'time limit: minutes, H:MM:SS or D-HH:MM:SS (default: twice what is predicted, and five minutes)',
    reader: duration,
  },
  partition: {
    flags: '--partition <name>',
    help: "partition (default: the site's)",
    reader: text('a partition'),
  },
  account: { flags: '--account <name>', help: "account (default: the site's)", reader: text('an account') },
  qos: {
    flags: '--qos <name>',
    help: "quality of service (default: the site's)",
    reader: text('a quality of service'),
  },
  constraint: {
    flags: '--constraint <features>',
    help: "features of nodes (default: the site's)",
    reader: text('a feature'),
  },
  jobName: {
    flags: '--job-name <name>',
    help: 'name of the job (default: kroncut and the command)',
    reader: text('a name'),
  },
  logs: {
    flags: '--logs <dir>',
    help: 'folder for what the job prints, NAME-ID.out and NAME-ID.log (default: this one)',
    reader: text('the name of a folder'),
  },
  requeue: {
    flags: '--requeue <n>',
    help: 'times that the job goes on by itself after its time limit or a preemption (default: 10)',
    reader: wholeNumber(0),
  },
  grace: {
    flags: '--grace <s>',
    help: 'seconds before the time limit at which the ranks save and end (default: 60)',
    reader: wholeNumber(1, 65_535),
  },
  submit: { flags: '--submit', help: 'submit the job with sbatch, and print its number', reader: flag },
  wait: {
    flags: '--wait',
    help: 'submit, show progress until the job has ended, print what it printed, and end with its exit code',
    reader: flag,
  },
} satisfies OptionTable<SlurmOptions>;
