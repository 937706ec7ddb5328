/** Queries that depend on a part of the circuit alone: the light cone of the outcome bits that they look at. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { KeptQuestion } from '../../run/directory/manifest.js';
import type { LocalQuery } from './query.js';
import { areWorthKeepingAlone, isReduced, questionTensors } from './reduced.js';
import { askedQueries, QUERIES, type Registry } from './registry.js';
import { nextStep } from '../../options/optionName.js';

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

/** The questions that all that is asked comes down to; undefined where some of it needs the outcomes of the whole run. */
export function localQuestions(
  queries: object,
  registry: Registry = QUERIES,
): readonly KeptQuestion[] | undefined {
  const asked = askedQueries(queries, registry);
  const questions = asked.flatMap(({ local }) => local?.question(queries) ?? []);
  return questions.length < asked.length ? undefined : questions;
}

/**
 * The questions that all that is asked comes down to, where tensors without other outcomes answer it; none where those of
 * all outcomes are needed, or are no larger.
 */
export function reducedQuestions(
  cut: CutCircuit,
  queries: object,
  registry: Registry = QUERIES,
): readonly KeptQuestion[] {
  const questions = localQuestions(queries, registry) ?? [];
  // A marginal of all outcome bits needs the tensors that answer everything else.
  const gains = ({ marginal, probability }: KeptQuestion): boolean =>
    (marginal === undefined || isReduced(questionTensors(cut, { marginal }))) &&
    (probability === undefined || areWorthKeepingAlone(cut, probability));
  return questions.every(gains) ? questions : [];
}

/** A query that is asked and looks beyond the light cone of some bits, as it is asked for; undefined: none does. */
export async function queryBeyond(
  lightCone: readonly number[],
  queries: object,
  circuit: CircuitSource,
  registry: Registry = QUERIES,
): Promise<string | undefined> {
  const asked = askedQueries(queries, registry);
  if (asked.some(({ local }) => local === undefined)) return nextStep('--top 10', 'top: 10');
  for (const { local } of asked.toReversed()) {
    const bits = await local?.bits(queries, circuit);
    if (bits?.every((bit) => lightCone.includes(bit)) !== true) return local?.restate(queries);
  }
  return undefined;
}
