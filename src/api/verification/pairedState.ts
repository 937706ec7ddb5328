/**
 * Operators as states: M on n qubits as what it makes of the first halves of n Bell pairs. Such a state is kept as a
 * product of parts, each of some halves ("wires"); a part is split again where it has become a product.
 */
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { Random } from '../../circuit/random.js';
import { applyGate, stateDistance, distanceAngle } from '../../compile/gates/unitary.js';
import { required } from '../../error.js';

/** A state of some wires: `wires[i]` is bit i of the index; interleaved, of norm 1. */
export interface Part {
  readonly wires: readonly number[];
  readonly amplitudes: Float64Array;
}

/** Two parts that were one, but for `angle`. */
export interface Split {
  readonly parts: readonly [Part, Part];
  readonly angle: number;
}

/** Indices that are looked at before all. */
const SAMPLES = 32;

export function bellPair(a: number, b: number): Part {
  return { wires: [a, b], amplitudes: Float64Array.of(Math.SQRT1_2, 0, 0, 0, 0, 0, Math.SQRT1_2, 0) };
}

/** The product of two parts without a wire in common. */
export function joined(low: Part, high: Part): Part {
  const amplitudes = new Float64Array((low.amplitudes.length * high.amplitudes.length) / 2);
  let to = 0;
  for (let i = 0; i < high.amplitudes.length; i += 2) {
    const [hr, hi] = [high.amplitudes[i]!, high.amplitudes[i + 1]!];
    for (let j = 0; j < low.amplitudes.length; j += 2) {
      const [lr, li] = [low.amplitudes[j]!, low.amplitudes[j + 1]!];
      amplitudes[to] = hr * lr - hi * li;
      amplitudes[to + 1] = hr * li + hi * lr;
      to += 2;
    }
  }
  return { wires: [...low.wires, ...high.wires], amplitudes };
}

/** Applies a matrix to one or two wires of a part, in place; index of the matrix = bit(first) + 2 bit(second). */
export function applyTo(part: Part, wires: readonly number[], matrix: Float64Array): void {
  const qubits = wires.map((wire) => part.wires.indexOf(wire));
  applyGate(part.amplitudes, part.amplitudes.length / 2, 1, { name: 'matrix', qubits, params: [] }, matrix);
}

/** Some wires of a part on their own and the rest, where that is off by no more than `tolerance`, as an angle. */
export function split(part: Part, own: readonly number[], tolerance: number): Split | undefined {
  const others = part.wires.filter((wire) => !own.includes(wire));
  if (others.length === 0) return undefined;
  const indicesOf = (wires: readonly number[]): Int32Array =>
    scattered(wires.map((wire) => 2 << part.wires.indexOf(wire)));
  const cut: Cut = { amplitudes: part.amplitudes, own: indicesOf(own), rest: indicesOf(others) };
  if (looksJoined(cut, tolerance)) return undefined;
  const { first, second, angle } = nearestProduct(cut);
  if (!(angle <= tolerance)) return undefined;
  const parts = [
    { wires: own, amplitudes: first },
    { wires: others, amplitudes: second },
  ] as const;
  return { parts, angle };
}

/** Amplitudes at own[i] + rest[j], in doubles. */
interface Cut {
  readonly amplitudes: Float64Array;
  readonly own: Int32Array;
  readonly rest: Int32Array;
}

/** All sums of some of the strides. */
function scattered(strides: readonly number[]): Int32Array {
  const sums = new Int32Array(2 ** strides.length);
  for (const [bit, stride] of strides.entries()) {
    const half = 2 ** bit;
    for (let i = 0; i < half; i += 1) sums[half + i] = sums[i]! + stride;
  }
  return sums;
}

/** Whether rows at some indices of the rest differ by more than a factor, so that nothing can be split. */
function looksJoined({ amplitudes, own, rest }: Cut, tolerance: number): boolean {
  const step = Math.max(1, Math.floor(rest.length / SAMPLES) | 1);
  let [row, column, largest] = [0, 0, -1];
  for (let j = 0; j < rest.length; j += step) {
    for (const start of own) {
      const i = start + rest[j]!;
      const norm = amplitudes[i]! ** 2 + amplitudes[i + 1]! ** 2;
      if (norm > largest) [row, column, largest] = [rest[j]!, start, norm];
    }
  }
  // No amplitude is off by more than the angle.
  const most = tolerance + 1e-12;
  for (let j = 0; j < rest.length; j += step) {
    for (const start of own) {
      const four = [row + column, rest[j]! + start, row + start, rest[j]! + column] as const;
      const size = four.reduce(
        (sum, i) => sum + Math.abs(amplitudes[i]!) + Math.abs(amplitudes[i + 1]!),
        most,
      );
      if (minor(amplitudes, four) > most * size) return true;
    }
  }
  return false;
}

/** |v[a] v[b] - v[c] v[d]|. */
function minor(v: Float64Array, [a, b, c, d]: readonly [number, number, number, number]): number {
  const re = v[a]! * v[b]! - v[a + 1]! * v[b + 1]! - v[c]! * v[d]! + v[c + 1]! * v[d + 1]!;
  const im = v[a]! * v[b + 1]! + v[a + 1]! * v[b]! - v[c]! * v[d + 1]! - v[c + 1]! * v[d]!;
  return Math.hypot(re, im);
}

/** The rest taken from the row of the largest norm, the wires on their own from its overlap with each row. */
function nearestProduct({ amplitudes, own, rest }: Cut): {
  first: Float64Array;
  second: Float64Array;
  angle: number;
} {
  const rows = Array.from(own, (start) => {
    let sum = 0;
    for (const more of rest) sum += amplitudes[start + more]! ** 2 + amplitudes[start + more + 1]! ** 2;
    return sum;
  });
  const largest = rows.indexOf(Math.max(...rows));
  const scale = 1 / Math.sqrt(rows[largest]!);
  const second = new Float64Array(2 * rest.length);
  for (let j = 0; j < rest.length; j += 1) {
    const i = own[largest]! + rest[j]!;
    second[2 * j] = scale * amplitudes[i]!;
    second[2 * j + 1] = scale * amplitudes[i + 1]!;
  }
  const first = new Float64Array(2 * own.length);
  let away = 0;
  for (let k = 0; k < own.length; k += 1) {
    let [re, im] = [0, 0];
    for (let j = 0; j < rest.length; j += 1) {
      const i = own[k]! + rest[j]!;
      re += second[2 * j]! * amplitudes[i]! + second[2 * j + 1]! * amplitudes[i + 1]!;
      im += second[2 * j]! * amplitudes[i + 1]! - second[2 * j + 1]! * amplitudes[i]!;
    }
    first[2 * k] = re;
    first[2 * k + 1] = im;
    for (let j = 0; j < rest.length; j += 1) {
      const i = own[k]! + rest[j]!;
      away += (amplitudes[i]! - re * second[2 * j]! + im * second[2 * j + 1]!) ** 2;
      away += (amplitudes[i + 1]! - re * second[2 * j + 1]! - im * second[2 * j]!) ** 2;
    }
  }
  const norm = Math.hypot(...first);
  const whole = rows.reduce((sum, row) => sum + row, 0);
  return {
    first: first.map((value) => value / norm),
    second,
    angle: Math.asin(Math.min(1, Math.sqrt(away / whole))),
  };
}

/**
 * Wires that hang together, as far as can be seen: bits i and j of a product of two parts have
 * v[z] v[z + i + j] = v[z + i] v[z + j]. In a random basis of each wire the others do not.
 */
export function clusters(part: Part): number[][] {
  const turned: Part = { wires: part.wires, amplitudes: part.amplitudes.slice() };
  const random = new Random(part.wires.length, 'bases');
  for (const wire of part.wires) {
    applyTo(turned, [wire], gateMatrix(gateOf('u3', [0], random.angle(), random.angle(), random.angle())));
  }
  const v = turned.amplitudes;
  const owner = part.wires.map((_, i) => i);
  for (let i = 1; i < owner.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      if (owner[i] === owner[j] || !isLinked(v, 2 << i, 2 << j)) continue;
      const [from, to] = [owner[i], owner[j]!];
      for (let k = 0; k < owner.length; k += 1) if (owner[k] === from) owner[k] = to;
    }
  }
  return [...new Set(owner)].map((one) => part.wires.filter((_, i) => owner[i] === one));
}

/** Far above rounding; a product whose factors are off by less is looked at again later. */
const LINKED = 1e-7;

function isLinked(v: Float64Array, i: number, j: number): boolean {
  const step = Math.max(2, 2 * (Math.floor(v.length / (2 * SAMPLES)) | 1));
  let [found, size] = [0, 0];
  for (let start = 0; start < v.length; start += step) {
    const z = start & ~(i | j);
    found += minor(v, [z, z + i + j, z + i, z + j]);
    size += v[z]! ** 2 + v[z + i]! ** 2 + v[z + j]! ** 2 + v[z + i + j]! ** 2;
  }
  return found > LINKED * size;
}

/** The angle between two states of the same wires. */
export function angleBetweenParts(a: Part, b: Part): number {
  return distanceAngle(stateDistance(a.amplitudes, inOrder(b, a.wires).amplitudes));
}

/** A part with its wires in another order. */
function inOrder(part: Part, wires: readonly number[]): Part {
  const amplitudes = new Float64Array(part.amplitudes.length);
  const strides = part.wires.map((wire) => 2 ** wires.indexOf(wire));
  for (let index = 0; 2 * index < amplitudes.length; index += 1) {
    let to = 0;
    for (let bit = 0; bit < strides.length; bit += 1) {
      if (((index >> bit) & 1) === 1) to += required(strides[bit], 'a bit of a part');
    }
    amplitudes[2 * to] = part.amplitudes[2 * index]!;
    amplitudes[2 * to + 1] = part.amplitudes[2 * index + 1]!;
  }
  return { wires, amplitudes };
}
