/** The answers that a run keeps in `results/`, as its page shows them. */
import { z } from 'zod';
import type { Run } from '../../run/directory/run.js';
import type { Estimate, OutcomeFact, TermFact, VerifyFact } from '../../report/run/facts.js';

const errors = {
  standardError: z.number().nullable().optional(),
  interval: z.tuple([z.number(), z.number()]).readonly().nullable().optional(),
};

export const topSchema = z.object({
  proven: z.boolean(),
  bound: z.number(),
  outcomes: z.array(z.object({ bits: z.string(), probability: z.number(), ...errors })),
});

export const expectSchema = z.object({
  value: z.number(),
  data: z.string(),
  ...errors,
  terms: z
    .array(z.object({ pauli: z.string(), coefficient: z.number(), value: z.number(), ...errors }))
    .readonly()
    .optional(),
});

const verifySchema = z.object({
  passed: z.boolean(),
  maxAbsError: z.number(),
  tolerance: z.number(),
  compared: z.string(),
  hellingerFidelity: z.number().optional(),
  recut: z.unknown().optional(),
  standardErrors: z.object({ largest: z.number() }).nullable().optional(),
});

/** The answer in `results/KEY.json`; undefined where there is none, or one that is not what a stage wrote. */
export async function heldAnswer<T>(
  run: Run,
  stage: 'reconstruct' | 'verify',
  key: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const name = `results/${key}.json`;
  if ((await run.finished(stage, name)) === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(await run.read(name)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** A value with its error, which is left out where the data are exact. */
function estimate(
  value: number,
  {
    standardError,
    interval,
  }: { standardError?: number | null | undefined; interval?: readonly [number, number] | null | undefined },
): Estimate {
  return standardError === undefined || standardError === 0
    ? { value }
    : { value, error: standardError, interval };
}

export function outcomesOf({ outcomes }: z.infer<typeof topSchema>): OutcomeFact[] {
  return outcomes.map(({ bits, probability, ...error }) => ({ bits, ...estimate(probability, error) }));
}

export function expectOf(
  answer: z.infer<typeof expectSchema>,
): Estimate & { readonly terms: readonly TermFact[] } {
  const terms = (answer.terms ?? []).map(({ pauli, coefficient, value, ...error }) => ({
    pauli,
    coefficient,
    ...estimate(value, error),
  }));
  return { ...estimate(answer.value, answer), terms };
}

export async function heldVerification(run: Run): Promise<VerifyFact | undefined> {
  const found = await heldAnswer(run, 'verify', 'verify', verifySchema);
  if (found === undefined) return undefined;
  const { passed, maxAbsError, tolerance, compared, hellingerFidelity, standardErrors, recut } = found;
  const against =
    compared === 'parts'
      ? 'independent checks of parts'
      : compared === 'answers' && recut !== null
        ? 'other cuts of the circuit'
        : 'the uncut simulation';
  return {
    passed,
    maxAbsError,
    tolerance,
    against,
    hellingerFidelity,
    largestInErrors: standardErrors?.largest,
  };
}
