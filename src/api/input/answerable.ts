/** What a run can be asked: where it keeps less than all, a wider question is refused in words that say what answers it. */
import { KroncutError } from '../../error.js';
import { longFlag } from '../../options/option.js';
import { CUT_CHOICES } from '../../predict/cutChoices.js';
import { localQuestions, queryBeyond } from '../../reconstruct/queries/localQueries.js';
import { QUERIES, type Queries, type Registry } from '../../reconstruct/queries/registry.js';
import type { Manifest } from '../../run/directory/manifest.js';
import { runCircuit, type OpenRun } from './openRun.js';
import { nextStep } from '../../options/optionName.js';

/**
 * Throws `usage` for a query beyond the light cone that the run was made for, and for one that needs outcomes where the run
 * keeps none; for use on the root.
 */
export async function requireAnswerable(
  run: OpenRun,
  queries: Queries,
  registry: Registry = QUERIES,
): Promise<void> {
  const { lightCone } = run.directory().manifest.options;
  if (lightCone !== null) {
    const query = await queryBeyond(lightCone, queries, () => runCircuit(run), registry);
    if (query !== undefined) {
      throw new KroncutError(
        'usage',
        `${run.name} was made for the outcome bits ${lightCone.join(',')} alone, and holds only their light cone; ` +
          `${runCommand(run, query)} answers more`,
      );
    }
  }
  if (run.directory().stage('evaluate')?.reduced === undefined) return;
  if (localQuestions(queries, registry) !== undefined) return;
  throw new KroncutError(
    'usage',
    `${run.name} keeps no outcomes, and answers marginals, expectation values and bit strings alone; ${evaluateCommand(run)} makes ` +
      'tensors that answer more',
  );
}

function runCommand(run: OpenRun, query: string): string {
  if (run.path === undefined) return `a run that is asked for ${query}`;
  const { options, circuit } = run.directory().manifest;
  return nextStep(
    `'kroncut run ${circuit.source} -o ${run.name} ${sameOptions(options)}--force ${query}'`,
    `run('${circuit.source}', { directory: '${run.name}', force: true, ${query} }) with the limits of its cuts`,
  );
}

/** What makes the tensors of all outcomes, in words for who asks. */
export function evaluateCommand({ path, name }: OpenRun): string {
  return path === undefined
    ? 'evaluate with that run'
    : nextStep(`'kroncut evaluate ${name}'`, `evaluate('${name}')`);
}

/** The options that decided the cuts and angles of a run, as on a command line. */
function sameOptions({ cut, parameters }: Manifest['options']): string {
  const given = Object.entries(CUT_CHOICES).flatMap(([key, spec]) => {
    const value = cut[key] ?? null;
    const name = longFlag(spec);
    if (value === null || value === false) return [];
    if (value === true) return [`${name} `];
    // Of manual cuts in a file only the hash is known.
    return [`${name} ${key === 'cuts' ? 'FILE' : value} `];
  });
  const values = Object.entries(parameters).map(([name, value]) => `--param ${name}=${value} `);
  return [...given, ...values].join('');
}
