/** Answers queries, each in its step. */
import { dataOf } from '../../network/tensorNetwork.js';
import { answerPass, type PassQuery } from './distributionPass.js';
import type { Inquiry } from '../query.js';
import { askedQueries, QUERIES, type Registry } from '../registry.js';
import { stepsOf, type PassEntry } from '../steps.js';

export interface FoundAnswers {
  /** By the key of the query. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Seconds by the name of the step. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** Collective. The queries have been checked. */
export async function answerQueries(
  inquiry: Omit<Inquiry, 'data' | 'onWork'>,
  queries: object,
  onWork: (done: number, total: number) => void,
  registry: Registry = QUERIES,
): Promise<FoundAnswers> {
  const steps = stepsOf(inquiry.source.cutCircuit, queries, registry);
  const data = dataOf(inquiry.source.network.members);
  const answers: Record<string, unknown> = {};
  const seconds: Record<string, number> = {};
  onWork(0, steps.length);
  for (const [finished, step] of steps.entries()) {
    const begin = performance.now();
    const report = (fraction: number): void => onWork(finished + fraction, steps.length);
    const own = { ...inquiry, data, onWork: report };
    if (step.pass !== undefined) {
      Object.assign(answers, await answerPass(own, await membersOf(step.pass), queries));
    } else {
      const module = await step.alone.answer();
      answers[step.name] = await module.answer(own, queries);
    }
    seconds[step.name] = (performance.now() - begin) / 1000;
  }
  if (data === 'exact') return { answers, seconds };
  const { repair } = inquiry;
  for (const { key, errors } of askedQueries(queries, registry)) {
    if (errors === undefined) continue;
    const begin = performance.now();
    const module = await errors();
    answers[key] = await module.withErrors({ ...inquiry, data }, queries, answers[key]);
    seconds[`${key} errors`] = (performance.now() - begin) / 1000;
    const answer = answers[key];
    // Bins are a list, whose entries say so.
    if (repair !== undefined) {
      answers[key] = Array.isArray(answer)
        ? answer.map((entry: unknown) => ({ ...Object(entry), repair }))
        : { ...Object(answer), repair };
    }
  }
  return { answers, seconds };
}

function membersOf(pass: readonly PassEntry[]): Promise<PassQuery[]> {
  return Promise.all(pass.map(async ({ key, part }) => ({ key, ...(await part.member()) })));
}
