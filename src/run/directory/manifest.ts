/** `manifest.json`: what a run directory is the run of, how far it is, and which of its files to believe. */
import { z } from 'zod';
import { schemaFault } from '../files/schemaFault.js';
import { KroncutError } from '../../error.js';
import { LEAST_BLOCK } from '../files/fileHash.js';
import { optionName, otherValue } from '../../options/optionName.js';

/** Version of the layout of the run directory. */
export const MANIFEST_VERSION = 1;
export const MANIFEST_FILE = 'manifest.json';

/** See `FileRecord`. */
export const fileRecord = z.object({
  size: z.number().int().nonnegative(),
  sha256: z.string(),
  blocks: z
    .object({
      head: z.number().int().nonnegative().max(65_536),
      bytes: z
        .number()
        .int()
        .min(LEAST_BLOCK)
        .max(2 ** 30),
    })
    .optional(),
});

/** A question whose answer a run keeps what is needed for; one of the three. */
const keptQuestion = {
  marginal: z.array(z.number().int().nonnegative()).readonly().optional(),
  expect: z.string().optional(),
  probability: z.array(z.string()).readonly().optional(),
};

/** The job that finished a stage. */
const worker = z.object({
  /** When the stage ended, as ISO 8601 writes it. */
  ended: z.string(),
  node: z.string(),
  /** Of the first rank. */
  host: z.string(),
  device: z.string(),
  ranks: z.number().int().positive(),
  /** Of each rank. */
  threads: z.number().int().positive(),
  /** Most memory that the process of the first rank had had by then, in bytes. */
  peakBytes: z.number().nonnegative(),
});

const stage = z.object({
  status: z.enum(['running', 'done']),
  seconds: z.number().nonnegative(),
  /** For people alone; left out by earlier versions. */
  worker: worker.optional(),
  /** Files of this stage that are finished, by name relative to the run directory. */
  files: z.record(z.string(), fileRecord),
  /**
   * Of `evaluate`: the questions that its tensors answer, where they keep no outcomes for others; left out where they
   * answer all.
   */
  reduced: z.array(z.object(keptQuestion)).optional(),
  /** Questions that were answered from tensors which were not kept. */
  passing: z.array(z.object(keptQuestion)).optional(),
});

/** Where tensors are no exact ones: with which noise they were made, how they were drawn, or that they were measured elsewhere. */
const sampling = z.object({
  data: z.enum(['exact', 'sampled', 'imported']),
  shots: z.number().nullable(),
  shotsEach: z.number().nullable(),
  /** The standard error of the observable that as many shots were drawn for as it takes. */
  standardError: z.number().nullable().default(null),
  allocation: z.enum(['even', 'weight', 'query']),
  seed: z.number(),
  /** The observable whose bases are measured, too. */
  forExpect: z.string().nullable(),
  /** The noise model, as JSON. */
  noise: z.string().optional(),
  /** What of the noise is undone. */
  mitigate: z.literal('readout').optional(),
});

const option = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Options by their properties, also of a run from the time when manifests named flags. */
function byProperty<T>(options: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/^--/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

const schema = z.object({
  schemaVersion: z.literal(MANIFEST_VERSION),
  kroncut: z.string(),
  created: z.string(),
  circuit: z.object({
    /** Name of the source as given. */
    source: z.string(),
    /** Hash of the circuit with its angles, and of its structure without them. */
    hash: z.string(),
    structure: z.string(),
    qubits: z.number().int().nonnegative(),
    gates: z.number().int().nonnegative(),
    outcomeBits: z.number().int().nonnegative(),
  }),
  options: z.object({
    /** What decides the cuts; null stands for an option that was left out. */
    cut: z.record(z.string(), option).transform(byProperty),
    parameters: z.record(z.string(), z.number()),
    precision: z.enum(['single', 'double']).nullable(),
    /** Null for exact evaluation. */
    sampling: sampling.nullable().default(null),
    /** The outcome bits that the run can answer for, where only their light cone was kept; null for all. */
    lightCone: z.array(z.number().int().nonnegative()).nullable(),
  }),
  stages: z.object({
    cut: stage.optional(),
    evaluate: stage.optional(),
    reconstruct: stage.optional(),
    verify: stage.optional(),
  }),
});

export type Manifest = z.infer<typeof schema>;
export type KeptQuestion = NonNullable<StageState['reduced']>[number];
export type Sampling = z.infer<typeof sampling>;
export type StageName = keyof Manifest['stages'];
export type StageState = z.infer<typeof stage>;
export type StageWorker = z.infer<typeof worker>;

/** Reads the text of a manifest. Throws `input` with the place in it that is wrong. */
export function parseManifest(text: string, file: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new KroncutError('input', `${file}: not JSON, so this is not a run directory of kroncut`, {
      cause,
    });
  }
  const version = z.object({ schemaVersion: z.number() }).safeParse(data);
  if (version.success && version.data.schemaVersion !== MANIFEST_VERSION) {
    throw new KroncutError(
      'input',
      `${file}: layout version ${version.data.schemaVersion}, but this version of kroncut reads version ` +
        `${MANIFEST_VERSION}; use the version that wrote it, or start again with ${optionName('force')}`,
    );
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const fault = schemaFault(parsed.error);
  throw new KroncutError('input', `${file}: ${fault}; start again with ${optionName('force')}`);
}

/** What a run is the run of: two runs with the same identity go on from one another's files. */
export interface RunIdentity {
  readonly circuit: Manifest['circuit'];
  readonly cut: Manifest['options']['cut'];
  readonly parameters: Manifest['options']['parameters'];
  readonly lightCone: Manifest['options']['lightCone'];
}

/** The first difference between the run in a folder and the run asked for, in words; undefined if none. */
export function identityDifference(there: Manifest, asked: RunIdentity): string | undefined {
  const before = there.options.lightCone?.join(',');
  const now = asked.lightCone?.join(',');
  if (before !== now) {
    return before === undefined ? 'a run for all outcome bits' : `a run for the outcome bits ${before} alone`;
  }
  if (there.circuit.structure !== asked.circuit.structure) {
    return (
      `the run of another circuit (${there.circuit.source}: ${there.circuit.qubits} qubits, ` +
      `${there.circuit.gates} gates)`
    );
  }
  // The same circuit with other values of its parameters keeps the cuts and evaluates again.
  const parameters = [...Object.keys(there.options.parameters), ...Object.keys(asked.parameters)];
  if (there.circuit.hash !== asked.circuit.hash && parameters.length === 0) {
    return `the run of a circuit with other angles (${there.circuit.source})`;
  }
  const names = new Set([...Object.keys(there.options.cut), ...Object.keys(asked.cut)]);
  for (const name of names) {
    const before = there.options.cut[name] ?? null;
    const now = asked.cut[name] ?? null;
    if (before !== now) {
      // Samples alone have a seed that does not decide what the run is.
      const samples = name === 'seed' ? ' (reconstruct draws its samples with any seed)' : '';
      return `a run ${otherValue(optionName(name), before, now)}${samples}`;
    }
  }
  return undefined;
}
