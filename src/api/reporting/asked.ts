/** The questions that the answers of a run tell of, as `reconstruct` takes them. */
import { z } from 'zod';
import { shellWord } from '../../report/words.js';
import type { Run } from '../../run/directory/run.js';
import { expectSchema, heldAnswer, topSchema } from './results.js';

const marginalSchema = z.object({ outcomeBits: z.array(z.number()) });
const samplesSchema = z.object({ count: z.number() });

/** Bit strings that a command names; more come from a file. */
const MOST_STRINGS = 8;

/** Flags in the order of the queries; words in capitals stand for what no answer tells. */
export async function askedFlags(run: Run): Promise<string[]> {
  const held = <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    heldAnswer(run, 'reconstruct', key, schema);
  const top = await held('top', topSchema);
  const marginal = await held('marginal', marginalSchema);
  const probability = await held('probability', z.record(z.string(), z.unknown()));
  const expect = await held('expect', expectSchema);
  const samples = await held('samples', samplesSchema);
  const there = async (key: string): Promise<boolean> => (await held(key, z.unknown())) !== undefined;
  const strings = Object.keys(probability ?? {}).filter((key) => /^[01]+$/.test(key));
  return [
    ...((await there('full')) ? ['--full'] : []),
    ...(top === undefined ? [] : [`--top ${Math.max(1, top.outcomes.length)}`]),
    ...((await there('moments')) ? ['--moments'] : []),
    ...(marginal === undefined ? [] : [`--marginal ${marginal.outcomeBits.join(',')}`]),
    ...(strings.length === 0
      ? []
      : [`--probability ${strings.length > MOST_STRINGS ? '@FILE' : strings.join(',')}`]),
    ...(expect === undefined ? [] : [`--expect ${shellWord(sumOf(expect.terms))}`]),
    ...(expect?.terms === undefined ? [] : ['--terms']),
    ...((await there('bins')) ? ['--bins N --depth D'] : []),
    ...(samples === undefined ? [] : [`--samples ${samples.count}`]),
  ];
}

/** The sum of the terms, where they were listed. */
function sumOf(terms: z.infer<typeof expectSchema>['terms']): string {
  if (terms === undefined || terms.length === 0) return 'SUM';
  return terms
    .map(({ coefficient, pauli }) => (coefficient === 1 ? pauli : `${coefficient}*${pauli}`))
    .join(' + ')
    .replaceAll('+ -', '- ');
}
