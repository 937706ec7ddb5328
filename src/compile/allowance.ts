/**
 * What blocks may be off, and which of them are: `threshold` is what one block may lose, `maxError` what the whole circuit may.
 * Errors add as angles. Where blocks may lose more than hides in rounding, each is compiled exactly and approximately, and
 * the bound for the circuit is spent on those blocks where a gate less costs least.
 */
import type { CompiledBlock } from './block/block.js';
import { isBetter } from './gates/figures.js';
import { boundFromAngle, distanceAngle, LEAST_THRESHOLD } from './gates/unitary.js';
import { required, valueAt } from '../error.js';

export interface Allowed {
  /** Largest distance 1 - |Tr| / 2^n of one block. */
  readonly threshold: number;
  /** Largest bound on the distance of the whole circuit. */
  readonly maxError: number;
}

/** Blocks that may lose more are compiled more than once: what is deleted below it is deleted exactly, as a rule. */
const EXACT_THRESHOLD = 1e-8;
/** From one threshold of a block to the next. */
const STEP = 100;

/**
 * What an exact block of a round may be off: the threshold for a block, or less where all blocks together could pass half of
 * what the rounds before have left of the bound for the circuit, as angles: so no number of rounds passes it. Errors add
 * as angles, so a block's share falls with the square of the number of blocks.
 */
export function blockThreshold({ threshold, maxError }: Allowed, blocks: number, spent: number): number {
  const share = boundFromAngle(roundAllowance({ maxError }, spent) / Math.max(1, blocks));
  return Math.min(threshold, EXACT_THRESHOLD, Math.max(LEAST_THRESHOLD, share));
}

/** What a round may use up, as an angle. */
function roundAllowance({ maxError }: Pick<Allowed, 'maxError'>, spent: number): number {
  return Math.max(0, distanceAngle(maxError) - spent) / 2;
}

/** Thresholds with which blocks are compiled approximately, the largest first. */
export function looseThresholds({ threshold, maxError }: Allowed, spent: number): number[] {
  const most = Math.min(threshold, boundFromAngle(roundAllowance({ maxError }, spent)));
  const levels = [most, most / STEP];
  return levels.filter((level) => level > EXACT_THRESHOLD);
}

/** A block in several versions, the exact one first, and by which figures each is judged where the block stands. */
export interface Offer {
  readonly versions: readonly CompiledBlock[];
  readonly figures: readonly (readonly number[])[];
}

export interface Granted {
  /** The version of each block. */
  readonly blocks: readonly CompiledBlock[];
  /** Blocks that would be better for an error that did not fit in. */
  readonly withheld: number;
}

function angleOf({ distance }: CompiledBlock): number {
  return distanceAngle(distance);
}

/**
 * Takes the exact version of each block, and then others in the order of what a gate less costs, while `allowance` lasts (for the last
 * of the figures: that is what gates count for).
 */
export function grant(offers: readonly Offer[], { maxError }: Allowed, spent: number): Granted {
  const taken = offers.map(() => 0);
  const wishes = offers.flatMap(({ versions, figures }, block) =>
    versions.flatMap((version, number) => {
      const [exact, own] = [required(figures[0], 'figures'), valueAt(figures, number)];
      if (number === 0 || !isBetter(own, exact)) return [];
      const [costly, cheap] = [required(exact.at(-1), 'a figure'), required(own.at(-1), 'a figure')];
      const angle = angleOf(version) - angleOf(valueAt(versions, 0));
      return costly > cheap ? [{ block, number, price: angle / (costly - cheap) }] : [];
    }),
  );
  wishes.sort((a, b) => a.price - b.price || a.block - b.block || a.number - b.number);
  let left = roundAllowance({ maxError }, spent);
  for (const { versions } of offers) left -= angleOf(valueAt(versions, 0));
  for (const { block, number } of wishes) {
    const { versions, figures } = valueAt(offers, block);
    const before = valueAt(taken, block);
    const angle = angleOf(valueAt(versions, number)) - angleOf(valueAt(versions, before));
    if (angle > left || !isBetter(valueAt(figures, number), valueAt(figures, before))) continue;
    taken[block] = number;
    left -= angle;
  }
  const best = wishes.filter(({ block, number }) =>
    isBetter(
      valueAt(valueAt(offers, block).figures, number),
      valueAt(valueAt(offers, block).figures, valueAt(taken, block)),
    ),
  );
  return {
    blocks: offers.map(({ versions }, block) => valueAt(versions, valueAt(taken, block))),
    withheld: new Set(best.map(({ block }) => block)).size,
  };
}
