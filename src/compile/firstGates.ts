/** What the rounds begin with: a circuit rewritten as a whole, or as it is. */
import type { Circuit } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { localBlock } from './block/core.js';
import { Breath } from './gates/breath.js';
import { cancelInverses } from './gates/cancel.js';
import type { Merged } from './gates/merge.js';
import { gains, objectiveOf, type ObjectiveChoice } from './gates/objective.js';
import { identityOf } from './gates/permutation.js';
import type { Relabelled } from './gates/relabel.js';
import { toU3Cx } from './gates/rewrite.js';
import { RegionMemory } from './pauli/regionMemory.js';
import { rewriteWhole, type WholeOptions } from './rewriteWhole.js';
import { blockSizes, roundBlocks, type RoundChoices } from './rounds.js';

/** Which orders of qubits and which pairs of them may be. */
export interface OrderChoices extends ObjectiveChoice {
  readonly newPairs?: boolean | undefined;
  readonly permuteOutput?: true;
}

/** On which places gates may be, and whether qubits may end on others. */
export function relabelOptions(
  { gates }: Pick<Circuit, 'gates'>,
  { newPairs, permuteOutput, ...choices }: OrderChoices,
  signal?: AbortSignal,
): WholeOptions {
  const isFree = permuteOutput === true;
  const breath = new Breath(signal);
  const memory = new RegionMemory(breath);
  const objective = objectiveOf(choices);
  const same = { isFree, breath, memory, objective, costOn: objective.costOn };
  if (newPairs === true) return { ...same, mayShare: () => true };
  const used = new Set<number>();
  for (const { qubits } of gates) {
    const [a, b] = qubits;
    if (a !== undefined && b !== undefined) used.add(pairNumber(a, b));
  }
  return { ...same, mayShare: (a, b) => used.has(pairNumber(a, b)) };
}

/** Circuits have fewer qubits than this. */
const MOST_QUBITS = 2 ** 24;

function pairNumber(a: number, b: number): number {
  return MOST_QUBITS * Math.min(a, b) + Math.max(a, b);
}

/**
 * What the first round begins with: the circuit rewritten as a whole, where that is better than to cancel what undoes
 * itself. Elsewhere gates stay as they are: what repeats itself in them is then one block.
 */
export async function firstGates(
  circuit: Circuit,
  options: Pick<RoundChoices, 'blockSize'>,
  relabel: WholeOptions,
  hasRegions: boolean,
): Promise<Relabelled> {
  const rewritten = await rewriteWhole(circuit, hasRegions ? relabel : { ...relabel, memory: undefined });
  const cancelled = toU3Cx(cancelInverses(circuit.gates).gates);
  return gains(relabel.objective, circuit.qubits, rewritten, { gates: cancelled })
    ? rewritten
    : { ...withoutTornPairs(circuit, options), permutation: identityOf(circuit.qubits) };
}

/**
 * A circuit without its pairs of gates that undo one another, if the blocks of the first round would tear some of them
 * apart: what is done in one block and undone in the next stays. Blocks find the others themselves.
 */
function withoutTornPairs(circuit: Circuit, options: Pick<RoundChoices, 'blockSize'>): Merged {
  const asItIs: Merged = { gates: [...circuit.gates], angle: 0 };
  const whole = cancelInverses(circuit.gates);
  if (whole.gates.length === circuit.gates.length) return asItIs;
  const [blockSize] = blockSizes(options);
  const left = roundBlocks(circuit, { blockSize, number: 0 }).reduce((sum, block) => {
    const inside = cancelInverses(localBlock(circuit, block).gates);
    return sum + countTwoQubitGates(inside.gates);
  }, 0);
  return countTwoQubitGates(whole.gates) < left ? whole : asItIs;
}
