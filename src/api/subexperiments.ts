/** `subexperiments`: what a device would run. */
import { CAPABILITIES } from '../evaluate/exchange/formats.js';
import { listExperiments } from '../evaluate/exchange/experiments.js';
import { subexperimentFacts, type SubexperimentFacts } from '../evaluate/exchange/facts.js';
import { measuredTensors } from './input/measuredTensors.js';
import { askRun } from './askRun.js';
import type { RunSource } from './input/openRun.js';
import { checkCall, checkRun } from './input/source.js';
import { SUBEXPERIMENTS_OPTIONS, type SubexperimentsOptions } from './options/exchange.js';

/**
 * Collective: the subexperiments of all subcircuits of a run, by subcircuit and number. Those of one subcircuit that come to
 * the same circuit are listed once. Throws `usage` where the shots are fewer than there are subexperiments, `memory` where
 * these are too many to list.
 *
 * @example
 * ```js
 * import { cut, subexperiments } from 'kroncut';
 *
 * const list = await subexperiments(await cut('circuit.qasm', { maxWidth: 8 }), { shots: 1e6 });
 * console.log(list.length, list[0]);
 * ```
 */
export async function subexperiments(
  source: RunSource,
  options: SubexperimentsOptions = {},
): Promise<readonly SubexperimentFacts[]> {
  await checkCall(SUBEXPERIMENTS_OPTIONS, options, () => checkRun(source));
  const { capabilities = CAPABILITIES, forExpect = null, shots } = options;
  return askRun(options, source, ({ cutCircuit }) => {
    const listed = listExperiments(cutCircuit, measuredTensors(cutCircuit, forExpect));
    return subexperimentFacts(listed, new Set(capabilities), shots);
  });
}
