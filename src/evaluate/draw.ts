/** Draws of multinomial numbers: what a device would count of a subexperiment whose frequencies are known. */
import type { Random } from '../circuit/random.js';
import { numberAt } from '../error.js';

/** From so many shots a value on, the counts of values are drawn one by one, not the shots. */
const SHOTS_A_VALUE = 0.25;

/** Counts of `shots` draws, by index. Frequencies may be off by rounding: negative ones count as 0, and their sum as 1. */
export function drawCounts(frequencies: Float64Array, shots: number, random: Random): Map<number, number> {
  return shots < SHOTS_A_VALUE * frequencies.length
    ? drawShots(frequencies, shots, random)
    : drawValues(frequencies, shots, random);
}

/** Each shot by itself: sorted uniform numbers meet the cumulative sum. */
function drawShots(frequencies: Float64Array, shots: number, random: Random): Map<number, number> {
  const total = sumOf(frequencies);
  const places = Float64Array.from({ length: shots }, () => total * random.next()).sort();
  const counts = new Map<number, number>();
  let [shot, sum, last] = [0, 0, 0];
  for (let index = 0; index < frequencies.length && shot < shots; index += 1) {
    const frequency = frequencies[index]!;
    if (!(frequency > 0)) continue;
    sum += frequency;
    last = index;
    let count = 0;
    for (; shot < shots && places[shot]! < sum; shot += 1) count += 1;
    if (count > 0) counts.set(index, count);
  }
  // The sum of the rest may have been rounded up.
  if (shot < shots) counts.set(last, (counts.get(last) ?? 0) + shots - shot);
  return counts;
}

/** One value after another: binomial, given those before. */
function drawValues(frequencies: Float64Array, shots: number, random: Random): Map<number, number> {
  let [left, rest] = [shots, sumOf(frequencies)];
  const counts = new Map<number, number>();
  const present: number[] = [];
  for (const [index, frequency] of frequencies.entries()) if (frequency > 0) present.push(index);
  for (const [i, index] of present.entries()) {
    if (left === 0) break;
    const frequency = numberAt(frequencies, index);
    const share = i === present.length - 1 ? 1 : Math.min(1, frequency / rest);
    const count = binomial(left, share, random);
    if (count > 0) counts.set(index, count);
    left -= count;
    rest -= frequency;
  }
  return counts;
}

function sumOf(frequencies: Float64Array): number {
  let sum = 0;
  for (const frequency of frequencies) if (frequency > 0) sum += frequency;
  return sum;
}

/** Below this mean, steps along the distribution are quicker than rejection. */
const REJECTION_FROM = 10;

/** A binomial number. */
export function binomial(trials: number, probability: number, random: Random): number {
  if (!(probability > 0) || trials === 0) return 0;
  if (probability >= 1) return trials;
  if (probability > 0.5) return trials - binomial(trials, 1 - probability, random);
  return trials * probability < REJECTION_FROM
    ? inverted(trials, probability, random)
    : rejected(trials, probability, random);
}

/** By the waits between successes, which are geometric (Devroye 1986, X.4.3). */
function inverted(trials: number, probability: number, random: Random): number {
  const scale = Math.log1p(-probability);
  let [count, at] = [-1, 0];
  do {
    at += Math.floor(Math.log1p(-random.next()) / scale) + 1;
    count += 1;
  } while (at <= trials);
  return count;
}

/** By transformed rejection, algorithm BTRS (Hoermann 1993, "The generation of binomial random variates"). */
function rejected(trials: number, probability: number, random: Random): number {
  const spread = Math.sqrt(trials * probability * (1 - probability));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * probability;
  const center = trials * probability + 0.5;
  const alpha = (2.83 + 5.1 / b) * spread;
  const odds = Math.log(probability / (1 - probability));
  const mode = Math.floor((trials + 1) * probability);
  const height = logFactorial(mode) + logFactorial(trials - mode);
  for (;;) {
    const u = random.next() - 0.5;
    const v = random.next();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + center);
    if (count < 0 || count > trials) continue;
    if (us >= 0.07 && v <= 0.92 - 4.2 / b) return count;
    const level = Math.log((v * alpha) / (a / (us * us) + b));
    if (level <= height - logFactorial(count) - logFactorial(trials - count) + (count - mode) * odds)
      return count;
  }
}

const SMALL = new Float64Array(128);
for (let n = 2; n < SMALL.length; n += 1) SMALL[n] = numberAt(SMALL, n - 1) + Math.log(n);

/** log n!, above 127 by Stirling's series. */
function logFactorial(n: number): number {
  const known = SMALL[n];
  if (known !== undefined) return known;
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}
