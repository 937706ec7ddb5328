/** Queries to the whole distribution, all answered while its values stream by once. */
import { sha256 } from '../../../run/files/fileHash.js';
import type { Context } from '../../../run/context.js';
import { contractNetwork, planQuery, shrinkingFits, type Consumers } from '../../engine/contractNetwork.js';
import { rankBytes } from '../../network/bondRanks.js';
import { keepQuery, withZeroBits } from '../../network/tensorNetwork.js';
import { allBits, liveBits } from '../outcomeBits.js';
import type { Inquiry, Pass, PassMember, QuerySource } from '../query.js';

/** A query of a pass and what it does there. */
export interface PassQuery {
  readonly key: string;
  readonly member: PassMember<object, unknown>;
}

/** Collective: answers the queries of a pass, each under its key. */
export async function answerPass(
  inquiry: Inquiry,
  queries: readonly PassQuery[],
  asked: object,
): Promise<Record<string, unknown>> {
  const { context, source, data, stream, output, onWork } = inquiry;
  const { cutCircuit, bondTolerance } = source;
  const whole = queries.some(({ member }) => member.needsZeros?.(asked) === true);
  const order = whole ? allBits(cutCircuit) : liveBits(cutCircuit);
  const network = whole ? withZeroBits(context.native, source.network, cutCircuit.zeroBits) : source.network;
  // The least value tells probabilities from quasi-probabilities.
  let consumers: Consumers = { moments: true };
  for (const { member } of queries) {
    consumers = { ...consumers, ...(await member.consumers?.(inquiry, asked)) };
  }
  const query = keepQuery(order, bondTolerance);
  const question = async (): Promise<string> =>
    questionKey(context, source, { network, query }, await identities(queries, asked));
  const pass: Pass = { network, query, consumers, question };
  const maker = queries.find(({ member }) => member.run !== undefined)?.member;
  const found =
    (await maker?.run?.(inquiry, asked, pass)) ??
    (await contractNetwork(context, network, query, consumers, onWork));
  return Object.fromEntries(
    queries.map(({ key, member }) => [
      key,
      member.result(found, { ...source, data, order, stream, output }, asked),
    ]),
  );
}

async function identities(queries: readonly PassQuery[], asked: object): Promise<unknown[]> {
  const named: unknown[] = [];
  for (const { key, member } of queries) named.push([key, await member.identity?.(asked)]);
  return named;
}

/** Names a question with all that the values of its answer, and what is found in them, depend on. */
function questionKey(
  { native, memory }: Context,
  { tensors, precision, bondTolerance }: QuerySource,
  { network, query }: Pick<Pass, 'network' | 'query'>,
  asked: readonly unknown[],
): string {
  const plan = planQuery(network, query, memory);
  const { simd, version } = native.buildInfo();
  const content = {
    tensors,
    precision,
    bondTolerance,
    order: query.order,
    asked,
    plan,
    shrinks: shrinkingFits(plan, memory),
    ranks: rankBytes(network) <= memory,
    simd,
    version,
  };
  return sha256(JSON.stringify(content));
}
