/** One block: rewritten, shortened, and checked against what it was. */
import { sha256 } from '../../run/files/fileHash.js';
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import { KroncutError } from '../../error.js';
import type { InstantiateResult, SynthesisTarget, Template } from '../../native/addon.js';
import { gateMatrix } from '../../circuit/gates.js';
import type { BlockContext, BlockOptions, CompiledBlock, LocalBlock } from './block.js';
import { withoutPlaceholders } from './core.js';
import { MOST_EXACT_QUBITS, withExactAngles } from './exactAngles.js';
import { ceilingOf, gatesAtCeiling, isAboveCeiling, MANY_CX } from './ceiling.js';
import { schmidtNeeds } from './schmidtNeeds.js';
import { allowedPairs } from './synthesis.js';
import { templateOf, withParameters } from './template.js';
import { deleteGates, SIDE_BY_SIDE, type Instantiator, type SideBySide, type Wanted } from './deletion.js';
import { consolidatePairs, toU3Cx } from '../gates/rewrite.js';
import { denseUnitary, LEAST_THRESHOLD, MAX_DENSE_QUBITS, unitaryDistance } from '../gates/unitary.js';

/** Starts in one call that fill a CUDA device; see docs/compile.md. */
export const DEVICE_STARTS = 512;

const POLISH_STEPS = 100;

/** Blocks whose Schmidt ranks take less time than they save. */
const MOST_RANKED_QUBITS = 5;

/** Hash of all that a compiled block depends on. */
export function blockKey(block: LocalBlock, options: BlockOptions, version: string): string {
  const gates = block.gates.map(({ name, qubits, params }) => [name, qubits, params]);
  const { method, multistarts, newPairs, pairs, scan, seed, stage, synthesis, threshold } = options;
  const content = JSON.stringify([
    version,
    method,
    multistarts,
    pairs,
    scan,
    seed,
    stage,
    synthesis,
    threshold,
    block.qubits,
    gates,
    ...(newPairs === true ? ['new pairs'] : []),
  ]);
  return sha256(content);
}

/**
 * Compiles a block. What comes out is at most `threshold` away from the block, by a dense computation that shares
 * nothing with the optimiser; where deletion fails that check, the rewritten block as it was comes out.
 */
export async function shortenBlock(
  context: BlockContext,
  block: LocalBlock,
  options: BlockOptions,
  seed: number,
): Promise<CompiledBlock> {
  const plain = toU3Cx(block.gates);
  const pairs = consolidatePairs(plain);
  const start = countTwoQubitGates(pairs) < countTwoQubitGates(plain) ? pairs : plain;
  const unitary = blockUnitary(context.native, block);
  const checked = (gates: readonly Gate[]): CompiledBlock =>
    checkedBlock(context.native, block, gates, unitary);
  const gates = await shortened(context, { block, start, unitary }, options, seed);
  if (gates !== undefined && (isShorter(gates, start) || options.stage === 'tidy')) {
    const shorter = checked(exactly(block, gates));
    if (shorter.distance <= options.threshold) return shorter;
  }
  const result = checked(start);
  if (!(result.distance <= options.threshold)) {
    throw new KroncutError(
      'internal',
      `a block of ${block.qubits} qubits and ${block.gates.length} gates came out ${result.distance} away from what it was`,
    );
  }
  return result;
}

interface Rewritten {
  readonly block: LocalBlock;
  /** The block in `u3` and `cx`. */
  readonly start: readonly Gate[];
  readonly unitary: Float64Array;
}

/** Gates that may be the block; they are not checked. Undefined where there is nothing to do. */
async function shortened(
  context: BlockContext,
  { block, start, unitary }: Rewritten,
  options: BlockOptions,
  seed: number,
): Promise<readonly Gate[] | undefined> {
  if (countTwoQubitGates(start) === 0) return undefined;
  // What is as long as any unitary takes is as a rule what an earlier round has made of a longer block.
  const hasMost = countTwoQubitGates(start) === ceilingOf(block.qubits);
  if (hasMost && ceilingOf(block.qubits) > MANY_CX) return undefined;
  const target: SynthesisTarget = { qubits: block.qubits, kind: 'unitary', values: unitary };
  const finder = instantiator(context, options, seed);
  if (options.stage === 'tidy') return deleteGates(target, start, { ...options, only: 'u3' }, finder);
  const needs = block.qubits <= MOST_RANKED_QUBITS ? schmidtNeeds(target, options.threshold) : undefined;
  const task = { ...options, needs };
  if (!isAboveCeiling(block.qubits, start)) return deleteGates(target, start, task, finder);
  const pairs = allowedPairs(block.qubits, start, options.newPairs);
  const any = await gatesAtCeiling(target, pairs, options, finder);
  if (ceilingOf(block.qubits) <= MANY_CX) return deleteGates(target, any ?? start, task, finder);
  if (any === undefined) return undefined;
  const { distance, parameters } = await finder.polish(target, templateOf(block.qubits, any));
  return distance <= options.threshold ? withParameters(any, parameters) : any;
}

/** Gates with their distance from a block, computed densely. */
function checkedBlock(
  native: BlockContext['native'],
  { qubits }: LocalBlock,
  gates: readonly Gate[],
  unitary: Float64Array,
): CompiledBlock {
  return { gates, distance: unitaryDistance(blockUnitary(native, { qubits, gates }), unitary) };
}

/** Gates for a block with simple angles where it has them; at its ends, where they are without placeholders. */
function exactly(block: LocalBlock, gates: readonly Gate[]): readonly Gate[] {
  if (block.qubits > MOST_EXACT_QUBITS) return gates;
  const { bare, padded } = withoutPlaceholders(block);
  const inside = bare(gates);
  const exact = withExactAngles(block.qubits, inside, denseUnitary(block.qubits, bare(block.gates)));
  return exact === inside ? gates : padded(exact);
}

/** What was found for a block, with simple angles where it has them, and its distance from the block. */
export function foundForBlock(
  native: BlockContext['native'],
  block: LocalBlock,
  gates: readonly Gate[],
): CompiledBlock {
  const unitary = blockUnitary(native, block);
  return checkedBlock(native, block, exactly(block, gates), unitary);
}

function isShorter(a: readonly Gate[], b: readonly Gate[]): boolean {
  const difference = countTwoQubitGates(a) - countTwoQubitGates(b);
  return difference < 0 || (difference === 0 && a.length < b.length);
}

/** The matrix of a block: by this module up to ten qubits, natively above, where it takes gigabytes. */
function blockUnitary(native: BlockContext['native'], { qubits, gates }: LocalBlock): Float64Array {
  if (qubits <= MAX_DENSE_QUBITS) return denseUnitary(qubits, gates);
  return native.compositeUnitary({
    qubits,
    gates: gates.map((gate) => ({ kind: 'constant', qubits: gate.qubits, matrix: gateMatrix(gate) })),
  });
}

/** Templates that are tried together on a device, so that the method does not depend on how calls are divided. */
export function deviceSideBySide(device: string | undefined, multistarts: number): SideBySide {
  const cx = device?.startsWith('cuda') === true ? Math.ceil(DEVICE_STARTS / multistarts) : SIDE_BY_SIDE;
  return { cx, other: SIDE_BY_SIDE };
}

/** One native call for templates in order, up to the first that succeeds. */
export function tryTemplates(
  { native, call }: Pick<BlockContext, 'native' | 'call'>,
  target: SynthesisTarget,
  templates: readonly Template[],
  { secondOrder, ...wanted }: Wanted,
  { method, seed }: Pick<BlockOptions, 'method' | 'seed'>,
): Promise<(InstantiateResult | null)[]> {
  return call((options) =>
    native.instantiateMany(target, templates, {
      ...options,
      ...wanted,
      method: method === 'auto' && secondOrder === true ? 'lm' : method,
      seed,
      polish: false,
      firstSuccess: true,
    }),
  );
}

/** What the templates for a block are to become. */
export function blockTarget(native: BlockContext['native'], block: LocalBlock): SynthesisTarget {
  return { qubits: block.qubits, kind: 'unitary', values: blockUnitary(native, block) };
}

/** The optimiser of the addon. */
export function instantiator(
  context: BlockContext,
  { method, threshold, multistarts }: Pick<BlockOptions, 'method' | 'threshold' | 'multistarts'>,
  seed: number,
): Instantiator {
  const { native, call, device } = context;
  return {
    sideBySide: context.sideBySide ?? deviceSideBySide(device, multistarts),
    onStep: context.onStep,
    tryInOrder:
      context.tryInOrder ??
      ((target, templates, wanted) => tryTemplates(context, target, templates, wanted, { method, seed })),
    polish: (target: SynthesisTarget, template: Template): Promise<InstantiateResult> =>
      call((options) => {
        const { polishes } = native.instantiationMemory(template, { kind: target.kind, threads: 1 });
        return native.instantiate(target, template, {
          ...options,
          seed,
          ...(polishes
            ? { method: 'lm', distTol: threshold, polish: true }
            : // Second order would take gigabytes: as far as some steps of first order on few states lead.
              { method: 'qfactor-sample', distTol: LEAST_THRESHOLD, maxIters: POLISH_STEPS, device: 'cpu' }),
        });
      }),
  };
}
