/** Queries asked of a network alone, without a run. */
import { answerQueries } from '../../src/reconstruct/queries/answers/answerQueries.js';
import type { QuerySource } from '../../src/reconstruct/queries/query.js';
import type { Answers, Queries } from '../../src/reconstruct/queries/registry.js';
import type { Context } from '../../src/run/context.js';

function refuse(): never {
  throw new Error('this query needs a run');
}

/** The answers to queries that need no other tensors than those of the network. */
export async function answersOf(context: Context, source: QuerySource, queries: Queries): Promise<Answers> {
  const inquiry = { context, source, evaluate: refuse, memberOf: refuse, forget: refuse, recorded: refuse };
  const { answers } = await answerQueries(inquiry, queries, () => {});
  return answers;
}
