/** What a cluster needs to be told, and what its nodes have: the site file. */
import { z } from 'zod';
import { KroncutError } from '../error.js';
import { parseJson } from '../json.js';
import { parseBytes } from '../options/readers.js';
import { parseDuration } from './duration.js';
import { fileError } from '../run/files/files.js';
import { readRegularSync } from '../run/files/inputs.js';
import { schemaFault } from '../run/files/schemaFault.js';

const BYTES = 'a number of bytes, such as 512MiB, 4GB or 2e9';
const count = z.number().int().positive();
const words = z.array(z.string());
const bytes = z.union([z.number(), z.string()], { error: BYTES }).transform((given, context) => {
  const value = typeof given === 'number' ? given : parseBytes(given);
  if (value !== undefined && value >= 1) return value;
  context.addIssue(`has to be ${BYTES}`);
  return z.NEVER;
});
const duration = z.string().transform((text, context) => {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  context.addIssue('has to be a time as Slurm writes it, such as 30, 12:00:00 or 2-00:00:00');
  return z.NEVER;
});

export const LAUNCHERS = ['srun', 'mpirun', 'none'] as const;
export type SiteLauncher = (typeof LAUNCHERS)[number];

const schema = z.strictObject({
  partition: z.string().optional(),
  account: z.string().optional(),
  qos: z.string().optional(),
  constraint: z.string().optional(),
  /** Further options of sbatch, word by word. */
  sbatch: words.optional(),
  modules: words.optional(),
  /** Lines of shell that prepare the job; the one thing here that a shell reads. */
  setup: words.optional(),
  environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'the name of a variable'), z.string()).optional(),
  /** As Slurm counts them: hardware threads, where it gives out those. */
  cpusPerNode: count.optional(),
  memoryPerNode: bytes.optional(),
  gpusPerNode: count.optional(),
  tasksPerNode: count.optional(),
  maxNodes: count.optional(),
  maxTime: duration.optional(),
  /** Jobs get whole nodes, so that sharing one saves nothing. */
  exclusive: z.boolean().optional(),
  /** Options of sbatch for GPUs, `{count}` of them a node, and for a quantum processor called `{name}`. */
  gpu: words.optional(),
  qpu: words.optional(),
  launcher: z.enum(LAUNCHERS).optional(),
  /** srun's `--mpi`; null: what the site has made the default. */
  mpi: z.string().nullable().optional(),
  launcherOptions: words.optional(),
  /** The Node.js of compute nodes, where it is another one. */
  node: z.string().optional(),
});
export type Site = z.infer<typeof schema>;

/** Reads a site file. Throws `input`, with the file and the key, for what is wrong in it. */
export function readSite(file: string): Site {
  let text: string;
  try {
    text = readRegularSync(file);
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  return parseSite(parseJson(text, file, 'a site is an object such as { "partition": "long" }'), file);
}

/** The same for what was read; `file` is its name in messages. */
export function parseSite(data: unknown, file: string): Site {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const isUnknown = parsed.error.issues[0]?.code === 'unrecognized_keys';
  const keys = isUnknown ? `; the keys are ${Object.keys(schema.shape).join(', ')}` : '';
  throw new KroncutError('input', `${file}: ${schemaFault(parsed.error, { whole: 'it' })}${keys}`);
}
