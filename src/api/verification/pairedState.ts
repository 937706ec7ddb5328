/**
 * Operators as states: M on n qubits as what it makes of the first halves of n Bell pairs. Such a state is kept as a
 * product of parts, each of some halves ("wires"); a part is split again where it has become a product.
 */
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

/** Wires x and y on their own and the rest, where that is off by no more than `tolerance`, as an angle. */
export function split(part: Part, [x, y]: readonly [number, number], tolerance: number): Split | undefined {
  const bits = part.wires.length;
  if (bits <= 2) return undefined;
  const [p, q] = [part.wires.indexOf(x), part.wires.indexOf(y)];
  const [low, high] = p < q ? [p, q] : [q, p];
  /** Where each index of the rest has both bits 0, in doubles. */
  const base = (rest: number): number => {
    const middle = (rest >> low) & ((1 << (high - low - 1)) - 1);
    return 2 * ((rest & ((1 << low) - 1)) | (middle << (low + 1)) | ((rest >> (high - 1)) << (high + 1)));
  };
  const offsets = [0, 2 << p, 2 << q, (2 << p) + (2 << q)];
  const cut: Cut = { amplitudes: part.amplitudes, rests: 2 ** (bits - 2), base, offsets };
  if (looksJoined(cut, tolerance)) return undefined;
  const found = nearestProduct(cut);
  if (!(found.angle <= tolerance)) return undefined;
  const others = part.wires.filter((wire) => wire !== x && wire !== y);
  return {
    parts: [
      { wires: [x, y], amplitudes: found.pair },
      { wires: others, amplitudes: found.rest },
    ],
    angle: found.angle,
  };
}

interface Cut {
  readonly amplitudes: Float64Array;
  readonly rests: number;
  readonly base: (rest: number) => number;
  readonly offsets: readonly number[];
}

/** Whether the four amplitudes at some indices of the rest differ by more than a factor, so that nothing can be split. */
function looksJoined({ amplitudes, rests, base, offsets }: Cut, tolerance: number): boolean {
  const step = Math.max(1, Math.floor(rests / SAMPLES) | 1);
  const at = (index: number, k: number): readonly [number, number] => {
    const i = index + offsets[k]!;
    return [amplitudes[i]!, amplitudes[i + 1]!];
  };
  let [first, size] = [0, -1];
  for (let rest = 0; rest < rests; rest += step) {
    const index = base(rest);
    const norm = offsets.reduce((sum, _, k) => sum + Math.hypot(...at(index, k)) ** 2, 0);
    if (norm > size) [first, size] = [index, norm];
  }
  // A minor is below |v| |dw| + |w| |dv|, and no amplitude is off by more than the angle.
  const most = 4 * (tolerance + 1e-12) * Math.sqrt(size);
  for (let rest = 0; rest < rests; rest += step) {
    const index = base(rest);
    for (let k = 1; k < 4; k += 1) {
      for (let j = 0; j < k; j += 1) {
        const [[ar, ai], [br, bi], [cr, ci], [dr, di]] = [at(first, j), at(index, k), at(first, k), at(index, j)];
        const minor = [ar * br - ai * bi - cr * dr + ci * di, ar * bi + ai * br - cr * di - ci * dr] as const;
        if (Math.hypot(...minor) > most) return true;
      }
    }
  }
  return false;
}

/** The rest taken from the largest of the four blocks, the pair from its overlap with each. */
function nearestProduct({ amplitudes, rests, base, offsets }: Cut): {
  pair: Float64Array;
  rest: Float64Array;
  angle: number;
} {
  const norms = new Float64Array(4);
  for (let rest = 0; rest < rests; rest += 1) {
    const index = base(rest);
    for (let k = 0; k < 4; k += 1) {
      const i = index + offsets[k]!;
      norms[k]! += amplitudes[i]! ** 2 + amplitudes[i + 1]! ** 2;
    }
  }
  const largest = norms.indexOf(Math.max(...norms));
  const scale = 1 / Math.sqrt(norms[largest]!);
  const rest = new Float64Array(2 * rests);
  const pair = new Float64Array(8);
  for (let r = 0; r < rests; r += 1) {
    const index = base(r);
    const from = index + offsets[largest]!;
    const [re, im] = [scale * amplitudes[from]!, scale * amplitudes[from + 1]!];
    rest[2 * r] = re;
    rest[2 * r + 1] = im;
    for (let k = 0; k < 4; k += 1) {
      const i = index + offsets[k]!;
      pair[2 * k]! += re * amplitudes[i]! + im * amplitudes[i + 1]!;
      pair[2 * k + 1]! += re * amplitudes[i + 1]! - im * amplitudes[i]!;
    }
  }
  let [away, whole] = [0, 0];
  for (let r = 0; r < rests; r += 1) {
    const index = base(r);
    const [re, im] = [rest[2 * r]!, rest[2 * r + 1]!];
    for (let k = 0; k < 4; k += 1) {
      const i = index + offsets[k]!;
      const [cr, ci] = [pair[2 * k]!, pair[2 * k + 1]!];
      const [ar, ai] = [amplitudes[i]!, amplitudes[i + 1]!];
      whole += ar ** 2 + ai ** 2;
      away += (ar - cr * re + ci * im) ** 2 + (ai - cr * im - ci * re) ** 2;
    }
  }
  const norm = Math.hypot(...pair);
  return { pair: pair.map((value) => value / norm), rest, angle: Math.asin(Math.min(1, Math.sqrt(away / whole))) };
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
