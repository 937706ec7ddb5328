/** Draws from trajectories: what wide subexperiments with noise count. */
import { numberAt } from '../error.js';
import { Random } from '../circuit/random.js';
import { compute } from '../run/context.js';
import { addCounts, makeCounts, type Counts } from '../run/tensors/counts.js';
import type { Confusion } from '../run/tensors/counts.js';
import { bitsOf } from '../subexperiments/noise/readout.js';
import { settingNumbers, subexperimentCount } from '../subexperiments/subexperiments.js';
import { binomial } from './draw.js';
import { noisyProgram, type NoisyWork } from './noisyProgram.js';

/** Subexperiments that go to the addon together. */
const TOGETHER = 64;

/** What the shots of all subexperiments count; each subexperiment and round draws numbers of its own. */
export async function drawTrajectories(
  { context, name, subcircuit, ends, noise, readout, onWork }: NoisyWork,
  seed: number,
  rounds: readonly Float64Array[],
): Promise<Counts> {
  const all = ends.map(({ table }) => table.settings.map((_, i) => i));
  const program = noisyProgram(subcircuit, ends, noise, all);
  const count = subexperimentCount(ends);
  const each: Map<number, number>[][] = rounds.map(() => []);
  for (const [round, shots] of rounds.entries()) {
    for (let first = 0; first < count; first += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, count - first) }, (_, i) => first + i);
      const streams = numbers.map((i) => new Random(seed, `trajectories ${name} ${i} ${round}`));
      const { begin, outcomes, counts } = await compute(context, (options) =>
        context.native.noisyDraws(program, {
          ...options,
          settings: Int32Array.from(numbers.flatMap((i) => settingNumbers(ends, i))),
          shots: Float64Array.from(numbers, (i) => numberAt(shots, i)),
          seeds: Float64Array.from(streams, (stream) => Math.floor(stream.next() * 2 ** 53)),
        }),
      );
      for (const [i, number] of numbers.entries()) {
        const own = new Map<number, number>();
        for (let at = numberAt(begin, i); at < numberAt(begin, i + 1); at += 1)
          own.set(outcomes[at]!, counts[at]!);
        const random = new Random(seed, `readout ${name} ${number} ${round}`);
        each[round]?.push(misread(own, bitsOf(readout, ends, number), random));
      }
      onWork((round + (first + numbers.length) / count) / rounds.length);
    }
  }
  return each.map((round) => makeCounts(round)).reduce(addCounts);
}

/** What is read of counts of what is there: of each outcome, bit by bit, some shots flip. */
export function misread(
  counts: Map<number, number>,
  bits: readonly Confusion[],
  random: Random,
): Map<number, number> {
  let before = counts;
  for (const [bit, { oneOfZero, zeroOfOne }] of bits.entries()) {
    if (oneOfZero === 0 && zeroOfOne === 0) continue;
    const after = new Map<number, number>();
    const add = (outcome: number, count: number): void => {
      if (count > 0) after.set(outcome, (after.get(outcome) ?? 0) + count);
    };
    const size = 2 ** bit;
    for (const [outcome, count] of [...before].sort(([a], [b]) => a - b)) {
      const one = Math.floor(outcome / size) % 2 === 1;
      const flipped = binomial(count, one ? zeroOfOne : oneOfZero, random);
      add(outcome, count - flipped);
      add(one ? outcome - size : outcome + size, flipped);
    }
    before = after;
  }
  return before;
}
