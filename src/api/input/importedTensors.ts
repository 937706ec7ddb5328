/** Tensors that a run has from measurements, and those that it lacks. */
import { KroncutError } from '../../error.js';
import type { NamedSubcircuit } from '../../evaluate/evaluator.js';
import { importedEvaluator } from '../../evaluate/imported.js';
import type { Precision } from '../../native/addon.js';
import { nextStep, optionName } from '../../options/optionName.js';
import type { OpenRun } from './openRun.js';

/** Names that a message lists. */
const MOST_NAMES = 5;

/**
 * Collective. Throws `input` where the run lacks what was measured for some of these tensors, with the command that exports it;
 * `forExpect` is the sum of Pauli strings that they are for.
 */
export async function requireImported(
  run: OpenRun,
  precision: Precision,
  named: readonly NamedSubcircuit[],
  forExpect: string | null,
): Promise<void> {
  await run.context.cluster.onRoot(async () => {
    const evaluator = importedEvaluator(run.cutCircuit, precision);
    const missing: string[] = [];
    for (const each of named) {
      if ((await run.tensors.find(each.name))?.key !== evaluator.key(each)) missing.push(each.name);
    }
    if (missing.length === 0) return;
    const listed = `${missing.slice(0, MOST_NAMES).join(', ')}${missing.length > MOST_NAMES ? ', ...' : ''}`;
    throw new KroncutError(
      'input',
      `${run.name} lacks measurements of ${listed}, or their files were changed; ` +
        `${exportCommand(run, forExpect)} writes what is to be run, and an import of the results with the same ` +
        `${optionName('forExpect')} adds them`,
    );
  });
}

function exportCommand({ path, name }: OpenRun, forExpect: string | null): string {
  if (path === undefined) return 'exportSubexperiments with forExpect';
  const bases = forExpect === null ? '' : ` --for-expect "${forExpect}"`;
  return nextStep(
    `'kroncut export ${name} -o FOLDER --format FORMAT --shots N${bases}'`,
    `exportSubexperiments('${name}', { output, format, shots${forExpect === null ? '' : ', forExpect'} })`,
  );
}
