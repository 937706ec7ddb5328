/**
 * What a request for a job looks like as data. The options of a command are checked where all its callers' are, by the
 * function of the library that it asks for.
 */
import { z } from 'zod';
import { KroncutError } from '../error.js';
import { schemaFault } from '../run/files/schemaFault.js';
import type { JobRequest } from './jobs.js';

const text = z.strictObject({ text: z.string(), name: z.string().optional() });
const circuit = z.union(
  [
    z.string(),
    text,
    // What `readQasm` gives.
    z.looseObject({ qubits: z.number(), gates: z.array(z.looseObject({})), outcomes: z.array(z.number()) }),
  ],
  { error: 'the name of an OpenQASM file, { text: OpenQASM }, or what readQasm gives' },
);
const plain = z.json({ error: 'what JSON can say' });
const options = z.record(z.string(), plain.optional());
const common = { options, dryRun: z.boolean().optional() };

const schema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('run'), circuit, ...common }),
  z.strictObject({ command: z.literal('cut'), circuit, ...common }),
  z.strictObject({ command: z.literal('evaluate'), directory: z.string(), ...common }),
  z.strictObject({ command: z.literal('subexperiments'), directory: z.string(), ...common }),
  z.strictObject({ command: z.literal('export'), directory: z.string(), ...common }),
  z.strictObject({
    command: z.literal('import'),
    directory: z.string(),
    files: z.array(z.union([z.string(), text], { error: 'the name of a file, or { text }' })),
    ...common,
  }),
  z.strictObject({
    command: z.literal('reconstruct'),
    directory: z.string(),
    stdout: z.boolean().optional(),
    ...common,
  }),
  z.strictObject({ command: z.literal('plan'), directory: z.string(), ...common }),
  z.strictObject({ command: z.literal('report'), directory: z.string(), ...common }),
  z.strictObject({ command: z.literal('verify'), directory: z.string(), ...common }),
  z.strictObject({ command: z.literal('compile'), circuit, cut: options.optional(), ...common }),
  z.strictObject({ command: z.literal('synthesize'), target: circuit, ...common }),
  z.strictObject({
    command: z.literal('generate'),
    family: z.string(),
    output: z.string().optional(),
    ...common,
  }),
  z.strictObject({ command: z.literal('info'), ...common }),
]);

/** Throws `usage` with the place in a request that is wrong. */
export function readJobRequest(data: unknown): JobRequest {
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    throw new KroncutError('usage', `request: ${schemaFault(parsed.error, { whole: 'it' })}`);
  }
  const request: unknown = parsed.data;
  if (!isRequest(request)) throw new KroncutError('internal', 'a request was read as what it is not');
  return request;
}

/** The schema vouches for all but the options, which the function of the library checks. */
function isRequest(request: unknown): request is JobRequest {
  return typeof request === 'object' && request !== null;
}
