/** Repair of what shots did to tensors, where a query asks for it. */
import { evaluateSubcircuits } from '../../evaluate/evaluate.js';
import type { NamedSubcircuit } from '../../evaluate/evaluator.js';
import { repairedEvaluator, repairedName } from '../../evaluate/repaired.js';
import { KroncutError } from '../../error.js';
import type { Precision } from '../../native/addon.js';
import { optionName } from '../../options/optionName.js';
import type { Repair } from '../../reconstruct/network/repair.js';
import type { Context } from '../../run/context.js';
import type { OpenRun } from '../input/openRun.js';

/** Throws `usage` where there is nothing to repair; for use on the root. */
export function requireEstimates(run: Pick<OpenRun, 'directory' | 'name'>, repair: Repair): void {
  const { sampling } = run.directory().manifest.options;
  if (sampling !== null && sampling.data !== 'exact') return;
  throw new KroncutError(
    'usage',
    `${optionName('repair')} ${repair} mends what the chance of shots does, and the tensors of ${run.name} are exact; leave it out`,
  );
}

/** Collective: makes the repaired tensors of these, unless they are there. */
export async function repairTensors(
  context: Context,
  { cutCircuit, tensors: store }: Pick<OpenRun, 'cutCircuit' | 'tensors'>,
  precision: Precision,
  named: readonly NamedSubcircuit[],
): Promise<void> {
  const { cluster } = context;
  const repaired = named.map((one) => ({ ...one, name: repairedName(one.name) }));
  const counts = await cluster.agree(async () => {
    const each = named.map(async ({ name }) => [repairedName(name), await store.counts(name)] as const);
    return new Map(await Promise.all(each));
  });
  const evaluator = repairedEvaluator(cutCircuit, precision, counts);
  await evaluateSubcircuits(context, { store, evaluator, named: repaired });
}
