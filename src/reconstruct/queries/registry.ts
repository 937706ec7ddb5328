/**
 * The queries of `reconstruct`. Their order is that of answering, of predictions and of keys in JSON. What
 * can be asked and what is answered, the options of the command line, and predictions all follow from this list.
 */
import { KroncutError } from '../../error.js';
import type { OptionTable } from '../../options/option.js';
import { optionError, optionName } from '../../options/optionName.js';
import { choice, share } from '../../options/readers.js';
import { bins } from './bins.js';
import { expectation } from './expectation.js';
import { full } from './full.js';
import { marginal } from './marginal.js';
import { moments } from './moments.js';
import type { CutFacts } from './outcomeBits.js';
import { probability } from './probability.js';
import type { QueryDefinition, QueryOption } from './query.js';
import { checkRepair } from './repair.js';
import { REPAIRS, type Repair } from '../network/repair.js';
import { samples } from './samples.js';
import { top } from './top.js';

export const QUERIES = [full, top, moments, marginal, probability, bins, samples, expectation] as const;

/** Definitions of whatever queries. */
export type Registry = readonly QueryDefinition[];

type Definition = (typeof QUERIES)[number];
type AskedOf<D> = D extends QueryDefinition<string, infer Asked> ? Asked : never;
type ResultOf<D> = D extends QueryDefinition<string, infer _, infer Result> ? Result : never;
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** What is asked of a run; several questions may be asked at once. The properties are those of all `...Query`. */
export interface Queries extends Intersection<AskedOf<Definition>> {
  /**
   * How far bonds may shrink to their rank: each time that they do, no value changes by more than this share of the
   * largest value that the tensors could give. Default 1e-13, which is rounding (and, between tensors in single
   * precision, what these are rounded by); 0 turns it off.
   */
  readonly bondTolerance?: number | undefined;
  /** What is done about values that no circuit has, in answers from estimates; default: nothing, they stand as they are. */
  readonly repair?: Repair | undefined;
}

/** The answer to each query by its key. */
export type AnswerTypes = { readonly [D in Definition as D['key']]: ResultOf<D> };
/** Those of the queries that were asked. */
export type Answers = Partial<AnswerTypes>;

const { checkpointBytes, ...optionsOfFull } = full.options;

/** The options of all queries, and those that are not of one alone, in the order of `--help`. */
export const QUERY_OPTIONS = {
  ...optionsOfFull,
  ...top.options,
  ...moments.options,
  ...marginal.options,
  ...probability.options,
  ...expectation.options,
  ...bins.options,
  ...samples.options,
  checkpointBytes,
  bondTolerance: {
    flags: '--bond-tolerance <share>',
    help: 'what values may be off, as a share of the largest possible one, where bonds shrink to their rank (default: 1e-13; 0: no shrinking)',
    reader: share,
  },
  repair: {
    flags: '--repair <way>',
    help: 'of estimates: give the nearest distribution (--full, --marginal, --bins), or make tensors what subcircuits can have (mlft)',
    reader: choice(REPAIRS),
  },
} satisfies OptionTable<Queries>;

/** The value of an option, whatever it is. */
function valueOf(queries: object, option: string): unknown {
  return new Map<string, unknown>(Object.entries(queries)).get(option);
}

function isGiven(queries: object, option: string): boolean {
  const value = valueOf(queries, option);
  return value !== undefined && value !== false;
}

/** The queries that are asked. */
export function askedQueries(queries: object, registry: Registry = QUERIES): QueryDefinition[] {
  return registry.filter(({ key }) => isGiven(queries, key));
}

/** True where no query is asked; options of queries alone are none. */
export function asksNothing(queries: object, registry: Registry = QUERIES): boolean {
  return askedQueries(queries, registry).length === 0;
}

/** Throws `usage` where no query is named. */
export function requireQuery(queries: object, registry: Registry = QUERIES): void {
  if (!asksNothing(queries, registry)) return;
  const names = registry.map(({ key }) => optionName(key));
  throw new KroncutError('usage', `no query: name one or more of ${names.join(', ')}`);
}

/** Throws `usage`, before anything is computed, for a query that this circuit cannot be asked. */
export function checkQueries(cut: CutFacts, queries: Queries, registry: Registry = QUERIES): void {
  for (const definition of registry) {
    if (isGiven(queries, definition.key)) definition.check?.(cut, queries);
    else requireNoneOf(definition, queries);
  }
  if (queries.repair === undefined) return;
  const asked = askedQueries(queries, registry).map(({ key }) => key);
  checkRepair(queries.repair, asked, cut);
}

/** Throws `usage` for options that make no sense without their query. */
function requireNoneOf(definition: QueryDefinition, queries: object): void {
  for (const [name, option] of optionsOf(definition)) {
    if (option.belongs === undefined || !isGiven(queries, name)) continue;
    throw optionError(name, ` ${option.belongs} ${optionName(definition.key)}; give that too`);
  }
}

function optionsOf({ options }: QueryDefinition): [string, QueryOption][] {
  return Object.entries<QueryOption>(options);
}
