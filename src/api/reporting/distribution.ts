/** One look at every outcome of `results/full.npy`, for the page of a run: a block at a time, whatever its size. */
import { KroncutError } from '../../error.js';
import type { DistributionFact, OutcomeFact, SpreadBin } from '../../report/run/facts.js';
import { throwIfAborted } from '../../run/context.js';
import { openRegular } from '../../run/files/inputs.js';
import { readNpyLayout } from '../../run/files/readNpy.js';

/** Largest file that is looked at: about a second a gigabyte. */
export const MOST_FILE_BYTES = 2 ** 30 + 4096;
/** Values of a block, which are those of the low outcome bits; a power of two. */
const BLOCK_BITS = 16;
/** Distributions to this many bits are shown whole. */
const SHOWN_BITS = 5;
/** Groups of outcomes, two to a power of ten, from 1 downward; the last one has all others. */
const GROUPS = 48;
/** Share of the outcomes, and of the probability, that a group of its own has at least. */
const FEW = 0.002;
const HEADER = 128;

export interface LookedAt {
  readonly fact: DistributionFact;
  /** Probability that each outcome bit is 1. */
  readonly ones: readonly number[];
  readonly top: readonly OutcomeFact[];
}

/** Throws `input` where the file is not the distribution of so many bits. */
export async function lookAtDistribution(
  file: string,
  outcomeBits: number,
  count: number,
  signal?: AbortSignal,
): Promise<LookedAt> {
  const handle = await openRegular(file);
  try {
    const head = Buffer.alloc(HEADER);
    const { bytesRead } = await handle.read(head, 0, HEADER, 0);
    const refuse = (what: string): KroncutError => new KroncutError('input', `${file}: ${what}`);
    const { type, shape, begin } = readNpyLayout(head.subarray(0, bytesRead), refuse);
    const double = type === '<f8';
    if ((!double && type !== '<f4') || shape.length !== 1 || shape[0] !== 2 ** outcomeBits) {
      throw refuse(`is not the distribution of ${outcomeBits} outcome bits`);
    }
    const bits = Math.min(BLOCK_BITS, outcomeBits);
    const look = new Look(outcomeBits, bits, count);
    const block = new ArrayBuffer(2 ** bits * (double ? 8 : 4));
    const values = double ? new Float64Array(block) : new Float32Array(block);
    for (let i = 0; i < 2 ** (outcomeBits - bits); i += 1) {
      throwIfAborted(signal);
      const { bytesRead: got } = await handle.read(
        new Uint8Array(block),
        0,
        block.byteLength,
        begin + i * block.byteLength,
      );
      if (got !== block.byteLength) throw refuse('ends before its last value');
      look.add(values, i);
    }
    return look.found();
  } finally {
    await handle.close();
  }
}

/** What is kept of the values that were seen. */
class Look {
  private sum = 0;
  private min = Infinity;
  private max = -Infinity;
  private entropy = 0;
  /** Sums over the blocks of the values at each place, and over the places of each block. */
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly outcomes = new Float64Array(GROUPS + 1);
  private readonly probability = new Float64Array(GROUPS + 1);
  private readonly best: { index: number; value: number }[] = [];
  private readonly values: number[] | null;

  constructor(
    private readonly outcomeBits: number,
    private readonly blockBits: number,
    private readonly count: number,
  ) {
    this.low = new Float64Array(2 ** blockBits);
    this.high = new Float64Array(2 ** (outcomeBits - blockBits));
    this.values = outcomeBits <= SHOWN_BITS ? [] : null;
  }

  add(values: Float64Array | Float32Array, block: number): void {
    const first = block * values.length;
    let sum = 0;
    let least = this.best.length < this.count ? -Infinity : (this.best.at(-1)?.value ?? -Infinity);
    for (let i = 0; i < values.length; i += 1) {
      const p = values[i] ?? 0;
      sum += p;
      this.low[i] = (this.low[i] ?? 0) + p;
      if (p < this.min) this.min = p;
      if (p > this.max) this.max = p;
      const group = p <= 0 ? GROUPS : Math.min(GROUPS, Math.max(0, -Math.floor(2 * Math.log10(p))));
      this.outcomes[group] = (this.outcomes[group] ?? 0) + 1;
      this.probability[group] = (this.probability[group] ?? 0) + p;
      if (p > 0) this.entropy -= p * Math.log2(p);
      if (p > least) {
        this.keep({ index: first + i, value: p });
        if (this.best.length === this.count) least = this.best.at(-1)?.value ?? least;
      }
    }
    this.sum += sum;
    this.high[block] = sum;
    this.values?.push(...values);
  }

  private keep(outcome: { index: number; value: number }): void {
    const place = this.best.findIndex(({ value }) => value < outcome.value);
    this.best.splice(place < 0 ? this.best.length : place, 0, outcome);
    if (this.best.length > this.count) this.best.pop();
  }

  found(): LookedAt {
    const { outcomeBits, blockBits, sum, min, max } = this;
    const ones = Array.from({ length: outcomeBits }, (_, bit) =>
      bit < blockBits ? sumWhere(this.low, bit) : sumWhere(this.high, bit - blockBits),
    );
    const top = this.best.map(({ index, value }) => ({
      bits: index.toString(2).padStart(outcomeBits, '0'),
      value,
    }));
    const fact = {
      outcomeBits,
      sum,
      min,
      max,
      entropyBits: this.entropy,
      spread: this.spread(),
      values: this.values,
    };
    return { fact, ones, top };
  }

  /** To the most likely group that there is; the least likely outcomes, few and of little weight, are one group. */
  private spread(): SpreadBin[] {
    const bins: SpreadBin[] = [];
    const rest = {
      from: 0,
      to: 0,
      outcomes: this.outcomes[GROUPS] ?? 0,
      probability: this.probability[GROUPS] ?? 0,
    };
    const few = FEW * 2 ** this.outcomeBits;
    for (let group = GROUPS - 1; group >= 0; group -= 1) {
      const [outcomes = 0, probability = 0] = [this.outcomes[group], this.probability[group]];
      const to = 10 ** ((1 - group) / 2);
      const little = outcomes < few && probability < FEW * this.sum;
      if (bins.length === 0 && little) {
        rest.to = to;
        rest.outcomes += outcomes;
        rest.probability += probability;
      } else bins.push({ from: 10 ** (-group / 2), to, outcomes, probability });
    }
    while (bins.at(-1)?.outcomes === 0) bins.pop();
    return rest.outcomes === 0 ? bins : [rest, ...bins];
  }
}

/** Sum of the values at places where a bit is set. */
function sumWhere(values: Float64Array, bit: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) if (Math.floor(i / 2 ** bit) % 2 === 1) sum += values[i] ?? 0;
  return sum;
}
