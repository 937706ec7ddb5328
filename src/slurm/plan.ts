/** From a command to the batch script for it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../installation.js';
import { KroncutError } from '../error.js';
import { makeFolder } from '../run/files/files.js';
import { nodeFacts } from './facts.js';
import type { SlurmOptions } from './options.js';
import { predictor } from './predict.js';
import { batchScript, predictionLines } from './script.js';
import { shapeOf, type Shape } from './shape.js';
import { readSite } from './site.js';

export interface JobWish {
  /** A command line of this program without its name. */
  readonly argv: readonly string[];
  /** What it asks for; undefined for a command that starts its ranks itself. */
  readonly request: { readonly command: string; readonly directory?: unknown } | undefined;
  /** Of each rank, where the command says. */
  readonly threads: number | undefined;
  readonly options: SlurmOptions;
  readonly signal: AbortSignal;
}

export interface PlannedJob {
  readonly script: string;
  readonly shape: Shape;
  readonly name: string;
  /** Folder of what it prints. */
  readonly logs: string;
  /** What is worth knowing of the plan. */
  readonly remarks: readonly string[];
}

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));
const QUANTUM = fileURLToPath(new URL('../../slurm/subexperiments.sh', import.meta.url));

/** Predicts, and writes the script; the folder for what the job prints is made. */
export async function planJob({ argv, request, threads, options, signal }: JobWish): Promise<PlannedJob> {
  const site = options.site === undefined ? {} : readSite(options.site);
  const [command = ''] = argv;
  const name = options.jobName ?? `kroncut-${command}`;
  if (name.includes('/')) {
    throw new KroncutError(
      'usage',
      `--job-name ${name}: a name without a slash is needed, for it names files`,
    );
  }
  const node = await nodeFacts(site, options.partition ?? site.partition);
  const alone = request === undefined;
  const predict = alone ? async () => Promise.resolve(undefined) : predictor(request, signal);
  const shape = await shapeOf(options, site, node, predict, { threads, alone });
  const folder = process.cwd();
  const logs = resolve(options.logs ?? '.');
  const script = batchScript({
    options,
    site,
    shape,
    argv,
    folder,
    logs,
    name,
    program: PROGRAM,
    node: site.node ?? process.execPath,
    version: version(),
    alone,
    quantum: quantumOf(options, request),
  });
  await makeFolder(logs);
  return { script, shape, name, logs, remarks: remarksOn(shape, options) };
}

function quantumOf(
  { qpu }: SlurmOptions,
  request: JobWish['request'],
): { directory: string; script: string } | undefined {
  if (qpu === undefined || typeof request?.directory !== 'string') return undefined;
  return { directory: request.directory, script: QUANTUM };
}

function remarksOn(shape: Shape, { mem, time }: SlurmOptions): string[] {
  const { predicted, time: limit } = shape;
  if (predicted === undefined) {
    return mem === undefined && shape.memory === undefined
      ? ['memory is not predicted; --mem asks for some']
      : [];
  }
  const late = predicted.seconds > limit && time === undefined;
  return [
    ...predictionLines(shape),
    ...(late ? ['That is longer than the site lets a job run; it goes on from job to job.'] : []),
  ];
}
