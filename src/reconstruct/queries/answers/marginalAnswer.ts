import type { Context } from '../../../run/context.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import { keepQuery } from '../../network/tensorNetwork.js';
import type { MarginalQuery, MarginalResult } from '../marginal.js';
import { marginalTensors, placeMarginal } from '../reduced.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import { nearestDistribution } from './nearest.js';

export async function answer(
  { context, source: whole, data, onWork, memberOf, reduced, repair }: Inquiry,
  { marginal: qubits }: Given<'marginal', MarginalQuery>,
): Promise<MarginalResult> {
  let source = whole;
  if (reduced !== undefined) {
    const bits = placeMarginal(reduced.kept, qubits) ?? [];
    const members = marginalTensors(whole.cutCircuit, bits).map(memberOf);
    source = { ...whole, network: { ...whole.network, members } };
  }
  const found = await marginalDistribution(context, source, qubits, onWork);
  if (repair !== 'nearest') return { ...found, data };
  const probabilities = [...found.probabilities];
  const { zeroBits } = source.cutCircuit;
  const zeros = qubits.reduce((mask, bit, i) => (zeroBits.includes(bit) ? mask | (1 << i) : mask), 0);
  nearestDistribution(probabilities, (index) => (index & zeros) === 0);
  return { ...found, probabilities, data };
}

/** Collective: the distribution of some outcome bits, bit 0 of the index being the first named. */
export async function marginalDistribution(
  context: Context,
  source: QuerySource,
  qubits: readonly number[],
  onWork?: Report,
): Promise<Omit<MarginalResult, 'data'>> {
  const { zeroBits } = source.cutCircuit;
  const live = qubits.filter((bit) => !zeroBits.includes(bit));
  const { values } = await contractNetwork(
    context,
    source.network,
    keepQuery(live, source.bondTolerance),
    { values: true },
    onWork,
  );
  const probabilities = Array.from({ length: 2 ** qubits.length }, () => 0);
  for (const [index, value] of values.entries()) {
    let target = 0;
    for (const [i, bit] of live.entries()) if ((index >> i) & 1) target += 2 ** qubits.indexOf(bit);
    probabilities[target] = value;
  }
  return { outcomeBits: qubits, qubits, probabilities };
}
