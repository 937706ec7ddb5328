/** Tensors of what was measured elsewhere: nothing here gives them their values but the counts that are imported. */
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { KroncutError, numberAt } from '../error.js';
import type { Precision } from '../native/addon.js';
import { sha256 } from '../run/files/fileHash.js';
import { addCounts, type Counts } from '../run/tensors/counts.js';
import type { CountSource, TensorStore } from '../run/tensors/tensorStore.js';
import { countedTensor } from './countedTensor.js';
import type { Evaluator, NamedSubcircuit } from './evaluator.js';
import { NO_WEIGHT, type CollectedCounts } from './exchange/collectCounts.js';
import { isRun, type TensorExperiments } from './exchange/experiments.js';
import { bindSubcircuit, evaluateTasks, tensorKey } from './tasks.js';

/** Finds what was imported. */
export function importedEvaluator(cut: CutCircuit, precision: Precision): Evaluator {
  return {
    key: ({ subcircuit }) =>
      sha256(JSON.stringify(['imported', tensorKey(bindSubcircuit(cut, subcircuit), precision)])),
    tasks: (named) => evaluateTasks(cut, precision, 1, named),
    evaluate: (_, { name }) => {
      throw new KroncutError(
        'internal',
        `tensor ${name} was measured elsewhere, and cannot be evaluated here`,
      );
    },
  };
}

/** A tensor with counts that came in. */
export interface ImportedTensor {
  readonly named: NamedSubcircuit;
  /** All of it, with what was imported before. */
  readonly counts: Counts;
  readonly sources: readonly CountSource[];
}

/** What a store holds of a tensor from earlier imports. */
export interface HeldCounts {
  readonly counts: Counts;
  readonly sources: readonly CountSource[];
}

/** What goes into `mergeImports`. */
export interface ImportInput {
  readonly run: string;
  readonly tensors: readonly TensorExperiments[];
  readonly collected: ReadonlyMap<string, CollectedCounts>;
  readonly held: ReadonlyMap<string, HeldCounts>;
  /** Now, as ISO 8601 writes it. */
  readonly time: string;
}

/**
 * What came in with what was there: rounds add up. Gives the tensors that change. Throws `input` where a subexperiment has no
 * results, where a file is there already, and for quasi-probabilities beside other results.
 */
export function mergeImports(input: ImportInput, files: readonly string[]): ImportedTensor[] {
  const missing: string[] = [];
  const merged: ImportedTensor[] = [];
  for (const { name, subcircuit, experiments } of input.tensors) {
    const [found, held] = [input.collected.get(name), input.held.get(name)];
    if (held === undefined)
      missing.push(...(found?.missing ?? experiments.filter(isRun).map(({ id }) => id)));
    // Where nothing is measured there is nothing to add.
    if (found === undefined || (held !== undefined && found.results.length === 0)) continue;
    const sources = [...found.shots].map(([{ file, sha256: hash, backend }, shots]): CountSource => {
      requireNew(file, hash, held?.sources ?? []);
      return {
        file,
        sha256: hash,
        imported: input.time,
        shots,
        ...(backend === undefined ? {} : { backend }),
      };
    });
    if (held !== undefined) requireWeights(found, held.counts);
    merged.push({
      named: { name, subcircuit },
      counts: held === undefined ? found.counts : addCounts(held.counts, found.counts),
      sources: [...(held?.sources ?? []), ...sources],
    });
  }
  if (missing.length > 0) throw missingResults(input.run, files, missing);
  return merged;
}

function requireNew(file: string, hash: string, before: readonly CountSource[]): void {
  const same = before.find(({ sha256: other }) => other === hash);
  if (same === undefined) return;
  throw new KroncutError(
    'input',
    `${file}: these results were imported already, ${same.imported}, as ${same.file}; the same shots do not count twice; nothing was imported`,
  );
}

function requireWeights({ results }: CollectedCounts, held: Counts): void {
  for (const { experiment, shots, refuse } of results) {
    const known = experiment.numbers.every((number) => numberAt(held.shots, number) > 0);
    if (shots === 0 || !known) throw refuse(NO_WEIGHT);
  }
}

/** Names that a message lists. */
const MOST_NAMES = 5;

function missingResults(run: string, files: readonly string[], missing: readonly string[]): KroncutError {
  const listed = missing.slice(0, MOST_NAMES).join(', ');
  const which =
    missing.length === 1
      ? `subexperiment ${listed}`
      : `${missing.length} subexperiments: ${listed}${missing.length > MOST_NAMES ? ', ...' : ''}`;
  return new KroncutError(
    'input',
    `${files.join(', ')}: there are no results of ${which}; the first import into ${run} needs all, in one file or in ` +
      'several together; nothing was imported',
  );
}

/** Puts the tensors into a store. For use on the root. */
export async function storeImports(
  store: TensorStore,
  cut: CutCircuit,
  precision: Precision,
  tensors: readonly ImportedTensor[],
): Promise<void> {
  const evaluator = importedEvaluator(cut, precision);
  for (const { named, counts, sources } of tensors) {
    await store.put(named.name, evaluator.key(named), async (file) => {
      const begin = performance.now();
      const tensor = await countedTensor(cut, named.subcircuit, counts, precision, file);
      const seconds = (performance.now() - begin) / 1000;
      return { ...tensor, seconds, uncertainty: { data: 'imported' }, sources };
    });
  }
}
