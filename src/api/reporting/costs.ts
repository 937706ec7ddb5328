/** What each stage of a run was predicted to take, and what it took. */
import { z } from 'zod';
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import { KroncutError } from '../../error.js';
import { predictReconstruct } from '../../predict/predictReconstruct.js';
import type { Prediction } from '../../predict/predictStages.js';
import type { Queries } from '../../reconstruct/queries/registry.js';
import type { CostRow } from '../../report/run/facts.js';
import type { Context } from '../../run/context.js';
import type { Manifest } from '../../run/directory/manifest.js';
import type { Run } from '../../run/directory/run.js';
import { heldAnswer, topSchema } from './results.js';

const marginalSchema = z.object({ outcomeBits: z.array(z.number()) });
const STEP = /^reconstruct (\w+)$/;

/** For use on the root. `evaluate` is what evaluating was predicted to take. */
export async function costRows(
  context: Context,
  run: Run,
  cut: CutCircuit,
  evaluate: Prediction,
): Promise<CostRow[]> {
  const { stages, options } = run.manifest;
  const timings = await run.timings();
  const rows: CostRow[] = [];
  const measured = (stage: keyof Manifest['stages']): Pick<CostRow, 'seconds' | 'memoryBytes'> => {
    const state = stages[stage]?.status === 'done' ? stages[stage] : undefined;
    return { seconds: state?.seconds, memoryBytes: state?.worker?.peakBytes };
  };
  rows.push({ stage: 'cut', predicted: null, ...measured('cut'), diskBytes: undefined });
  const files = Object.entries(stages.evaluate?.files ?? {});
  const bytes = files.reduce((sum, [name, { size }]) => sum + (name.endsWith('.npy') ? size : 0), 0);
  rows.push({
    stage: 'evaluate',
    predicted: evaluate,
    ...measured('evaluate'),
    diskBytes: files.length === 0 ? undefined : bytes,
  });
  const ranks = stages.reconstruct?.worker?.ranks ?? context.cluster.size;
  for (const [key, seconds] of Object.entries(timings)) {
    const query = STEP.exec(key)?.[1];
    if (query === undefined) continue;
    const asked = await askedAgain(run, query);
    const precision = options.precision ?? 'double';
    const predicted =
      asked === undefined
        ? null
        : fitting(() =>
            predictReconstruct(context, cut, precision, asked, {
              ranks,
              questions: stages.evaluate?.reduced,
            }),
          );
    const { memoryBytes } = measured('reconstruct');
    const file = stages.reconstruct?.files[`results/${query}.npy`];
    rows.push({ stage: `reconstruct ${query}`, predicted, seconds, memoryBytes, diskBytes: file?.size });
  }
  return rows;
}

/** Undefined where the answer does not tell the question. */
async function askedAgain(run: Run, query: string): Promise<Queries | undefined> {
  if (query === 'full') return { full: true };
  if (query === 'moments') return { moments: true };
  if (query === 'top') {
    const held = await heldAnswer(run, 'reconstruct', 'top', topSchema);
    return held === undefined ? undefined : { top: Math.max(1, held.outcomes.length) };
  }
  if (query === 'marginal') {
    const held = await heldAnswer(run, 'reconstruct', 'marginal', marginalSchema);
    return held === undefined ? undefined : { marginal: held.outcomeBits };
  }
  return undefined;
}

/** Null where it does not fit the memory here, or cannot be asked. */
export function fitting<T>(predict: () => T): T | null {
  try {
    return predict();
  } catch (error) {
    if (error instanceof KroncutError && (error.code === 'memory' || error.code === 'usage')) return null;
    throw error;
  }
}
