/** Queries that depend on a part of the circuit alone: the light cone of the outcome bits that they look at. */
import type { LocalQuery } from './query.js';
import { askedQueries, QUERIES, type Registry } from './registry.js';

type CircuitSource = Parameters<LocalQuery<object>['bits']>[1];

/** The bits in whose light cone all that is asked lies; undefined where that is the whole circuit, or nothing is asked. */
export async function lightConeOf(
  queries: object,
  circuit: CircuitSource,
  registry: Registry = QUERIES,
): Promise<readonly number[] | undefined> {
  const asked = askedQueries(queries, registry);
  const parts: (readonly number[])[] = [];
  for (const { local } of asked) if (local === undefined) return undefined;
  for (const { local } of asked) {
    const bits = await local?.bits(queries, circuit);
    if (bits === undefined) return undefined;
    parts.push(bits);
  }
  return parts.length > 1 ? [...new Set(parts.flat())] : parts[0];
}

/** A query that is asked and looks beyond the light cone of some bits, as on a command line; undefined: none does. */
export async function queryBeyond(
  lightCone: readonly number[],
  queries: object,
  circuit: CircuitSource,
  registry: Registry = QUERIES,
): Promise<string | undefined> {
  const asked = askedQueries(queries, registry);
  if (asked.some(({ local }) => local === undefined)) return '--top 10';
  for (const { local } of asked.toReversed()) {
    const bits = await local?.bits(queries, circuit);
    if (bits?.every((bit) => lightCone.includes(bit)) !== true) return local?.restate(queries);
  }
  return undefined;
}
