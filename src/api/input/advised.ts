/** Adds what would work to an error that says that a run does not fit. */
import type { CutChoices } from '../../predict/cutChoices.js';
import { CUT_CHOICES } from '../../predict/cutChoices.js';
import { isUnfit, withRemedy } from '../../predict/whatFits.js';
import type { Queries } from '../../reconstruct/queries/registry.js';
import type { AnyTable } from '../../options/option.js';
import type { Manifest } from '../../run/directory/manifest.js';
import { runCircuit, type OpenRun } from './openRun.js';

/** Collective: what `body` throws on all ranks for want of memory says what would work instead. */
export async function advised<T>(
  run: OpenRun,
  queries: Queries | undefined,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!isUnfit(error)) throw error;
    return run.context.cluster.onRoot(async (): Promise<never> => {
      const { options } = run.directory().manifest;
      const job = { circuit: await runCircuit(run), choices: choicesOf(options.cut), queries };
      throw await withRemedy(run.context, error, { ...job, precision: options.precision ?? 'double' });
    });
  }
}

/** The choices that a run was cut by. */
function choicesOf(noted: Manifest['options']['cut']): CutChoices {
  const rows: AnyTable = CUT_CHOICES;
  return Object.fromEntries(
    Object.entries(noted).filter(([key, value]) => value !== null && rows[key]?.reader.fits(value) === true),
  );
}
