/** Synthesis of blocks: where a search from scratch finds fewer `cx` than deletion has left. */
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { SynthesisTarget } from '../../native/addon.js';
import type { BlockOptions, Synthesis } from './block.js';
import { startWork } from './blockWork.js';
import type { QubitPair } from './schmidtNeeds.js';
import { deleteGates, type DeletionTask, type Instantiator } from './deletion.js';
import { coldTemplate, searchTemplates, templateGates } from './searchTemplates.js';
import { withParameters } from './template.js';

/** Blocks of so many qubits are searched for; the number of templates grows beyond use above. */
export const MOST_SEARCHED_QUBITS = 4;

interface Effort {
  readonly templates: number;
  readonly starts: number;
  /** Blocks with more `cx` than this are beyond so many templates. */
  readonly mostCx: number;
}

/**
 * What is tried for a block, by its qubits; for two, rewriting is the best there is (Cartan). Three qubits take about
 * 170 templates to rule out five `cx`, and rarely more than 400 to go from eight to six. A second start finds what a
 * first did not far less often than another template does.
 */
const EFFORT: Readonly<Record<Exclude<Synthesis, 'off'>, Readonly<Record<number, Effort>>>> = {
  auto: { 3: { templates: 400, starts: 1, mostCx: 9 }, 4: { templates: 300, starts: 1, mostCx: 9 } },
  always: { 3: { templates: 4000, starts: 4, mostCx: 20 }, 4: { templates: 3000, starts: 4, mostCx: 20 } },
};

/** What serves several blocks is worth so many times the templates, at most. */
const MOST_PATIENCE = 3;

/** Whether a block with these gates is searched for. */
export function isSearched(qubits: number, gates: readonly Gate[], synthesis: Synthesis): boolean {
  const effort = synthesis === 'off' ? undefined : EFFORT[synthesis][qubits];
  const cx = countTwoQubitGates(gates);
  return effort !== undefined && cx > 0 && cx <= effort.mostCx;
}

/** Whether a block with these gates is not searched for because it has too many. */
export function isBeyondSearch(qubits: number, gates: readonly Gate[], synthesis: Synthesis): boolean {
  const effort = synthesis === 'off' ? undefined : EFFORT[synthesis][qubits];
  return effort !== undefined && countTwoQubitGates(gates) > effort.mostCx;
}

export interface Search {
  /** Undefined where none are found. */
  readonly gates: readonly Gate[] | undefined;
  /** Whether there is nothing left to try; else the work that is allowed has ended it. */
  readonly isExhausted: boolean;
}

/**
 * Looks for gates with fewer `cx` than `gates`, on pairs of qubits that those act on, within the work that `synthesis` allows.
 * `blocks`: how many the result serves.
 */
export async function searchBelow(
  target: SynthesisTarget,
  gates: readonly Gate[],
  synthesis: Synthesis,
  { newPairs, ...options }: DeletionTask & Pick<BlockOptions, 'newPairs'>,
  instantiator: Instantiator,
  blocks = 1,
): Promise<Search> {
  const effort = synthesis === 'off' ? undefined : EFFORT[synthesis][target.qubits];
  if (effort === undefined || !isSearched(target.qubits, gates, synthesis))
    return { gates: undefined, isExhausted: true };
  const pairs = allowedPairs(target.qubits, gates, newPairs);
  const most = countTwoQubitGates(gates) - 1;
  const templates = effort.templates * Math.min(MOST_PATIENCE, blocks);
  const { gates: found, isExhausted } = await searchTemplates(
    target,
    { threshold: options.threshold, starts: effort.starts, most, templates, pairs },
    instantiator,
  );
  // What was found has a u3 wherever there may be one, and now and then a cx too many.
  const short = found && (await deleteGates(target, found, { ...options, pairs: false }, instantiator));
  return { gates: short, isExhausted };
}

/** Gates with `cx` on these pairs, in this order, that are the target; undefined where no angles are found. */
export async function takePlaces(
  target: SynthesisTarget,
  places: readonly QubitPair[],
  options: DeletionTask,
  instantiator: Instantiator,
): Promise<readonly Gate[] | undefined> {
  const gates = templateGates(target.qubits, [...places.keys()], places);
  const { threshold, multistarts } = options;
  const wanted = { multistarts, distTol: threshold };
  const [result] = await instantiator.tryInOrder(target, [coldTemplate(target.qubits, gates)], wanted);
  if (result?.success !== true || !(result.distance <= threshold)) return undefined;
  const found = withParameters(gates, result.parameters);
  return deleteGates(target, found, { ...options, pairs: false }, instantiator);
}

/** Share of the templates that entanglement and equal orders of time leave. */
const TRIED_SHARE = 0.5;

/** Predicted work of `searchBelow`, in the unit of a block's work. */
export function searchWork(
  { qubits, pairs, cx }: { readonly qubits: number; readonly pairs: number; readonly cx: number },
  synthesis: Synthesis,
): number {
  const effort = synthesis === 'off' ? undefined : EFFORT[synthesis][qubits];
  if (effort === undefined || cx > effort.mostCx) return 0;
  const templates = Math.min(effort.templates, TRIED_SHARE * pairs ** (cx - 1));
  return templates * effort.starts * startWork(qubits, cx - 1);
}

/** The pairs that gates for a block may be on: those that its own are on, or all. */
export function allowedPairs(
  qubits: number,
  gates: readonly Gate[],
  newPairs: BlockOptions['newPairs'],
): QubitPair[] {
  return newPairs === true ? allPairs(qubits) : usedPairs(gates);
}

export function allPairs(qubits: number): QubitPair[] {
  return Array.from({ length: qubits }, (_, a) =>
    Array.from({ length: qubits - 1 - a }, (_x, i): QubitPair => [a, a + 1 + i]),
  ).flat();
}

/** The pairs of qubits that gates act on, each once, the smaller qubit first. */
export function usedPairs(gates: readonly Gate[]): QubitPair[] {
  const pairs = new Map<string, QubitPair>();
  for (const { qubits } of gates) {
    const [a, b] = qubits;
    if (a === undefined || b === undefined) continue;
    const pair: QubitPair = a < b ? [a, b] : [b, a];
    pairs.set(pair.join(' '), pair);
  }
  return [...pairs.values()].sort(([a, b], [c, d]) => a - c || b - d);
}
