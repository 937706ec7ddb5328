/** In which steps queries are answered: one by one, or together in one pass over the distribution. */
import { KroncutError } from '../../error.js';
import type { CutFacts } from './outcomeBits.js';
import type { CostLedger, PassPart, QueryDefinition } from './query.js';
import { askedQueries, QUERIES, type Registry } from './registry.js';

/** A query and its part in a pass. */
export interface PassEntry {
  readonly key: string;
  readonly part: PassPart<object, unknown>;
}

/** `name` is what the step is called in timings and predictions. */
export type Step =
  | { readonly name: string; readonly pass: readonly PassEntry[] }
  | {
      readonly name: string;
      readonly pass?: undefined;
      readonly alone: NonNullable<QueryDefinition['alone']>;
    };

/** The steps that answer what is asked; the pass, if there is one, in the place of its first query. */
export function stepsOf(cut: CutFacts, queries: object, registry: Registry = QUERIES): Step[] {
  const asked = askedQueries(queries, registry);
  const entries = asked.flatMap(({ key, pass: part }) => (part === undefined ? [] : [{ key, part }]));
  const streams = entries.some(({ part }) => part.streams?.(cut) ?? true);
  const steps: Step[] = [];
  for (const { key, alone, pass } of asked) {
    if (streams && pass !== undefined) {
      if (entries[0]?.key === key) steps.push({ name: leadOf(entries).key, pass: entries });
    } else if (alone !== undefined) {
      steps.push({ name: key, alone });
    } else {
      throw new KroncutError('internal', `nothing answers the query ${key}`);
    }
  }
  return steps;
}

/** What a pass takes. */
export function passCost(ledger: CostLedger, pass: readonly PassEntry[], queries: object): void {
  const { key: query, part } = leadOf(pass);
  const uses = pass.map((entry) => entry.part.use(queries));
  ledger.contraction({
    query,
    what: part.what,
    ...part.bits(ledger.cut),
    times: 1,
    use: {
      sliceBytes: part.use(queries).sliceBytes,
      bytes: uses.reduce((sum, { bytes }) => sum + bytes, 0),
      entropies: uses.some(({ entropies }) => entropies === true),
    },
  });
  for (const entry of pass) entry.part.cost?.(ledger, queries);
}

function leadOf(pass: readonly PassEntry[]): PassEntry {
  return pass.reduce((lead, entry) => (entry.part.weight > lead.part.weight ? entry : lead));
}
