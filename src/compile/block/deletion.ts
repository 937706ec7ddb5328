/**
 * Gate deletion: a gate is taken out of a block, and the angles of the rest are found anew so that the block stays what
 * it was; where that works, the gate was not needed. (The scan is BQSKit's; instantiation is QFactor, Kukliansky et
 * al. 2023, arXiv:2306.08152, or Levenberg-Marquardt.)
 *
 * A `u3` goes, as a rule, by a small change of the others, so that the angles in hand are the best start. A `cx` does
 * not: the block without it lies in another basin, and random starts find it.
 */
import type { Gate } from '../../circuit/circuit.js';
import type { Scan } from './scan.js';
import { reaches, type CutNeed } from './schmidtNeeds.js';
import type { InstantiateResult, SynthesisTarget, Template } from '../../native/addon.js';
import {
  templateOf,
  withoutGate,
  withoutGates,
  withoutPair,
  withParameters,
  type Shortened,
} from './template.js';
import { required } from '../../error.js';

export interface DeletionOptions {
  /** Largest distance of a block, 1 - |Tr| / 2^n, with which a deletion is kept. */
  readonly threshold: number;
  /** Starts for a deleted `cx`, the angles in hand being the first. */
  readonly multistarts: number;
  readonly scan: Scan;
  /** Whether pairs of `cx` are tried before single ones. */
  readonly pairs: boolean;
}

/** What is deleted, and what is known of the target. */
export interface DeletionTask extends DeletionOptions {
  /** Only a pass through the `u3`; default: all passes of the scan. */
  readonly only?: 'u3' | undefined;
  /** What any circuit for the target takes across cuts; what has less is not tried. Default: nothing is known. */
  readonly needs?: readonly CutNeed[] | undefined;
}

/** What is asked of every template of a call. */
export interface Wanted {
  readonly multistarts: number;
  readonly distTol: number;
  /** Second order where the method is left open, whatever each of its steps takes. */
  readonly secondOrder?: true;
}

/** What became of a template; parameters where it succeeded. */
export type Tried = Pick<InstantiateResult, 'success' | 'distance' | 'parameters'>;

/** How the optimiser is called, for one target. */
export interface Instantiator {
  /** Templates in order, up to the first that succeeds; entries behind it are null. */
  tryInOrder(
    target: SynthesisTarget,
    templates: readonly Template[],
    options: Wanted,
  ): Promise<readonly (Tried | null)[]>;
  /** One template from its own parameters, as near as rounding allows. */
  polish(target: SynthesisTarget, template: Template): Promise<InstantiateResult>;
  /** Deletions that are tried in one call; default 4 of either kind. */
  readonly sideBySide?: SideBySide | undefined;
  /** Hears how far the deletions of a block have come. */
  readonly onStep?: ((step: DeletionStep) => void) | undefined;
}

export interface DeletionStep {
  /** Share of the gates, over all passes, that were tried. */
  readonly share: number;
  /** Gates that are gone. */
  readonly removed: number;
}

/** Of a `cx` from several starts, and of what takes one start each. */
export interface SideBySide {
  readonly cx: number;
  readonly other: number;
}

/** What one pass through a block tries to delete: a `cx` with the next one on its qubits, a `cx`, a `u3`, any gate. */
type Kind = 'pair' | 'cx' | 'u3' | 'any';

interface Pass {
  readonly kind: Kind;
  /** Along the circuit or against it. */
  readonly step: 1 | -1;
  /** Neighbours whose groups are tried, the largest first; default: each gate by itself. */
  readonly together?: number;
}

/**
 * Two `cx` that belong together often go only together (what is done and undone, around something that commutes with
 * it), so pairs are tried before single ones.
 */
const PASSES: Readonly<Record<Scan, readonly Pass[]>> = {
  weight: [
    { kind: 'pair', step: 1 },
    { kind: 'cx', step: 1 },
    { kind: 'u3', step: 1 },
  ],
  left: [
    { kind: 'pair', step: 1 },
    { kind: 'any', step: 1 },
  ],
  right: [
    { kind: 'pair', step: -1 },
    { kind: 'any', step: -1 },
  ],
  tree: [
    { kind: 'pair', step: 1 },
    { kind: 'cx', step: 1, together: 3 },
    { kind: 'u3', step: 1, together: 3 },
  ],
};

/** Deletions tried side by side. The answer does not depend on it: the first that works in the scan's order counts. */
export const SIDE_BY_SIDE = 4;

/** Deletes what is not needed from gates `u3` and `cx` on a block's own qubits, which are the target to begin with. */
export async function deleteGates(
  target: SynthesisTarget,
  gates: readonly Gate[],
  options: DeletionTask,
  instantiator: Instantiator,
): Promise<Gate[]> {
  let current: readonly Gate[] = gates;
  const passes = passesOf(options);
  // A cx takes as many starts, the rest one each.
  const weights = passes.map(({ kind }) => (kind === 'cx' || kind === 'any' ? options.multistarts : 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  for (const [number, pass] of passes.entries()) {
    const { kind } = pass;
    const weight = required(weights[number], 'the weight of a pass');
    const begun = before;
    before += weight;
    const onPlace = (share: number, left: number): void =>
      instantiator.onStep?.({ share: (begun + weight * share) / whole, removed: gates.length - left });
    for (;;) {
      const length = current.length;
      current = await scanOnce(target, current, pass, options, instantiator, onPlace);
      // What was done inside something that was done and undone goes first; then the outer pair can go.
      if (kind !== 'pair' || current.length === length) break;
    }
  }
  if (current === gates || !current.some(({ name }) => name === 'u3')) return [...current];
  const polished = await instantiator.polish(target, templateOf(target.qubits, current));
  return polished.distance <= options.threshold ? withParameters(current, polished.parameters) : [...current];
}

function passesOf({ scan, only, pairs }: DeletionTask): readonly Pass[] {
  if (only === 'u3') return [{ kind: 'u3', step: scan === 'right' ? -1 : 1 }];
  return PASSES[scan].filter(({ kind }) => pairs || kind !== 'pair');
}

async function scanOnce(
  target: SynthesisTarget,
  gates: readonly Gate[],
  pass: Pass,
  task: DeletionTask,
  instantiator: Instantiator,
  onPlace: (share: number, left: number) => void,
): Promise<readonly Gate[]> {
  const { step } = pass;
  let current = gates;
  let place = step === 1 ? 0 : gates.length - 1;
  while (place >= 0 && place < current.length) {
    onPlace((step === 1 ? place : current.length - 1 - place) / current.length, current.length);
    const { indices, next } = triedTogether(current, place, pass, instantiator.sideBySide);
    const shorter = await firstThatWorks(target, current, indices, pass, task, instantiator);
    if (shorter === undefined) {
      place = next;
    } else {
      current = shorter.gates;
      place = step === 1 ? shorter.place : shorter.place - 1;
    }
  }
  return current;
}

/** The gates from a place on whose deletions are tried in one call, and where the scan goes on if none works. */
function triedTogether(
  gates: readonly Gate[],
  place: number,
  { kind, step, together }: Pass,
  sideBySide: SideBySide | undefined,
): { readonly indices: readonly number[]; readonly next: number } {
  const indices: number[] = [];
  let next = place;
  let most = together ?? sideBySide?.other ?? SIDE_BY_SIDE;
  for (; next >= 0 && next < gates.length && indices.length < most; next += step) {
    const name = gates[next]?.name;
    if (kind !== 'any' && name !== (kind === 'pair' ? 'cx' : kind)) continue;
    if (kind !== 'pair' && name === 'cx') most = together ?? sideBySide?.cx ?? SIDE_BY_SIDE;
    // A cx and a u3 are tried with different numbers of starts, so not in one call.
    const [first] = indices;
    if (first !== undefined && gates[first]?.name !== name) break;
    indices.push(next);
  }
  return { indices, next };
}

/** What is left after the first deletion that works, with its angles; undefined where none does. */
async function firstThatWorks(
  target: SynthesisTarget,
  gates: readonly Gate[],
  indices: readonly number[],
  { kind, together }: Pass,
  { threshold, multistarts, needs = [] }: DeletionTask,
  instantiator: Instantiator,
): Promise<Shortened | undefined> {
  const candidates = shortenedBy(gates, indices, kind, together !== undefined)
    // What has no angle left cannot be adjusted.
    .filter((candidate) => candidate.gates.some(({ name }) => name === 'u3'))
    .filter((candidate) => reaches(candidate.gates, needs));
  const [first] = indices;
  if (first === undefined || candidates.length === 0) return undefined;
  const results = await instantiator.tryInOrder(
    target,
    candidates.map((candidate) => templateOf(target.qubits, candidate.gates)),
    { multistarts: kind !== 'pair' && gates[first]?.name === 'cx' ? multistarts : 1, distTol: threshold },
  );
  const found = results.findIndex((result) => result?.success === true && result.distance <= threshold);
  const candidate = candidates[found];
  const result = results[found];
  if (candidate === undefined || result === undefined || result === null) return undefined;
  return { gates: withParameters(candidate.gates, result.parameters), place: candidate.place };
}

/** What is left without each of some gates (or pairs); without each group of them, where `groups`, the largest first. */
function shortenedBy(
  gates: readonly Gate[],
  indices: readonly number[],
  kind: Kind,
  groups: boolean,
): Shortened[] {
  if (kind === 'pair') {
    return indices.map((index) => withoutPair(gates, index)).filter((candidate) => candidate !== undefined);
  }
  if (!groups) return indices.map((index) => withoutGate(gates, index));
  return groupsOf(indices).map((group) => withoutGates(gates, group));
}

/** All groups of some numbers but the empty one, the largest first. */
function groupsOf(numbers: readonly number[]): number[][] {
  const groups = Array.from({ length: 2 ** numbers.length - 1 }, (_, i) =>
    numbers.filter((_number, bit) => (((i + 1) >> bit) & 1) === 1),
  );
  return groups.sort((a, b) => b.length - a.length);
}
