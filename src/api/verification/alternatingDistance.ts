/**
 * How far two circuits of any width are apart, by the alternating scheme of Burgholzer and Wille, "Advanced Equivalence
 * Checking for Quantum Circuits", 2021 (arXiv:2004.08420): gates of the one and inverse gates of the other are multiplied in
 * turn, so that the product stays near the identity. Here it is kept as a product of small dense parts.
 */
import { setImmediate } from 'node:timers/promises';
import type { Gate } from '../../circuit/circuit.js';
import { adjointMatrix } from '../../circuit/matrix.js';
import { pairRuns } from '../../compile/gates/pairRuns.js';
import { denseUnitary } from '../../compile/gates/unitary.js';
import { required, valueAt } from '../../error.js';
import { throwIfAborted } from '../../run/context.js';
import { angleBetweenParts, applyTo, bellPair, clusters, joined, split, type Part } from './pairedState.js';

/** Bits of the largest part: eight qubits, or 1 MiB. */
const MOST_BITS = 16;
/** Parts of so few bits come apart into pairs alone. */
const SMALL_BITS = 6;
/** Amplitudes times gates between two looks at signals. */
const WORK_BETWEEN_LOOKS = 5e5;
/** Looking at one qubit for the next step, as such work. */
const WORK_PER_LOOK = 2;

/** Bounds on the angle arccos(|Tr(A^dagger B)| / 2^n); 0 and a right angle where nothing was found. */
export interface AngleBounds {
  readonly least: number;
  readonly most: number;
  /** Amplitudes times gates that it took. */
  readonly work: number;
  /** Most qubits of a part. */
  readonly widest: number;
}

export interface AlternatingLimits {
  /** Amplitudes times gates. */
  readonly mostWork: number;
  /** What may be rounded away in all, as an angle: about as much as the circuits may be apart. */
  readonly tolerance: number;
  readonly signal?: AbortSignal | undefined;
}

/** A matrix on one or two qubits of one of the two circuits. */
interface Step {
  readonly qubits: readonly number[];
  readonly matrix: Float64Array;
}

/**
 * From the beginning of both circuits as far as parts stay small, then from their end. Where all gates were taken, what both
 * came to is compared: the result is exact but for what was rounded away.
 */
export async function alternatingAngle(
  qubits: number,
  [a, b]: readonly [readonly Gate[], readonly Gate[]],
  limits: AlternatingLimits,
): Promise<AngleBounds> {
  const spent = { work: 0, rounded: 0, widest: 1 };
  const steps = [stepsOf(a), stepsOf(b)] as const;
  // A fault fills the way from the beginning; the way from the end has to have work left.
  const front = new Front(qubits, steps, { ...limits, mostWork: limits.mostWork / 2 }, spent);
  await front.advance();
  const back = new Front(qubits, [inverse(front.left(0)), inverse(front.left(1))], limits, spent);
  await back.advance();
  const { work, widest, rounded } = spent;
  const none = { least: 0, most: Math.PI / 2, work, widest };
  if (back.left(0).length + back.left(1).length > 0) return none;
  const between = angleBetween(front.parts(), back.parts());
  if (typeof between === 'number') {
    return { ...none, least: Math.max(0, between - rounded), most: Math.min(Math.PI / 2, between + rounded) };
  }
  return { ...none, least: Math.max(0, between.least - rounded) };
}

function stepsOf(gates: readonly Gate[]): Step[] {
  return pairRuns(gates).map(({ pair, gates: run }) => {
    const qubits = pair ?? [valueAt(valueAt(run, 0).qubits, 0)];
    const local = run.map((gate) => ({ ...gate, qubits: gate.qubits.map((q) => qubits.indexOf(q)) }));
    return { qubits, matrix: denseUnitary(qubits.length, local) };
  });
}

function inverse(steps: readonly Step[]): Step[] {
  return steps.toReversed().map(({ qubits, matrix }) => ({ qubits, matrix: adjointMatrix(matrix) }));
}

interface Candidate {
  readonly side: 0 | 1;
  readonly step: Step;
  /** Bits of the part that the step would be in, and whether it is one already. */
  readonly bits: number;
  readonly isInside: boolean;
}

/** The product of what was taken from the beginning of two circuits: b's gates from the left, a's inverted from the right. */
class Front {
  private readonly partOf: Part[];
  private readonly queues: readonly (readonly number[][])[];
  private readonly taken: readonly Uint8Array[];
  private readonly counts = [0, 0];
  private unseen = 0;
  /** Parts that were looked at since they changed, and have not come apart. */
  private readonly whole = new Set<Part>();

  constructor(
    private readonly qubits: number,
    private readonly steps: readonly [readonly Step[], readonly Step[]],
    private readonly limits: AlternatingLimits,
    private readonly spent: { work: number; rounded: number; widest: number },
  ) {
    const pairs = Array.from({ length: qubits }, (_, q) => bellPair(q, qubits + q));
    this.partOf = [...pairs, ...pairs];
    this.queues = steps.map((list) => {
      const queues = Array.from({ length: qubits }, (): number[] => []);
      for (const [i, step] of list.entries())
        for (const q of step.qubits) required(queues[q], 'a qubit').push(i);
      return queues.map((queue) => queue.toReversed());
    });
    this.taken = steps.map((list) => new Uint8Array(list.length));
  }

  /** What was not taken, in order. */
  left(side: 0 | 1): Step[] {
    return this.steps[side].filter((_, i) => this.taken[side]?.[i] !== 1);
  }

  parts(): Part[] {
    return [...new Set(this.partOf)];
  }

  async advance(): Promise<void> {
    for (let next = this.best(); next !== undefined; next = this.best()) {
      if (!next.isInside && this.comeApart(next)) continue;
      this.take(next);
      if (this.unseen < WORK_BETWEEN_LOOKS) continue;
      this.unseen = 0;
      await setImmediate();
      throwIfAborted(this.limits.signal);
    }
  }

  /** What is inside a part first, then what makes the smallest; of two sides the one that is behind. */
  private best(): Candidate | undefined {
    let best: Candidate | undefined;
    for (const side of [0, 1] as const) {
      for (let q = 0; q < this.qubits; q += 1) {
        const found = this.candidate(side, q);
        if (found !== undefined && (best === undefined || this.isBefore(found, best))) best = found;
      }
    }
    if (best === undefined || best.bits > MOST_BITS) return undefined;
    return this.spent.work + 2 ** best.bits > this.limits.mostWork ? undefined : best;
  }

  private isBefore(a: Candidate, b: Candidate): boolean {
    if (a.isInside !== b.isInside) return a.isInside;
    if (a.bits !== b.bits) return a.bits < b.bits;
    return a.side !== b.side && this.share(a.side) < this.share(b.side);
  }

  private share(side: 0 | 1): number {
    return (this.counts[side] ?? 0) / this.steps[side].length;
  }

  /** The step that is next on qubit q, if it is on its other one as well; q is its first. */
  private candidate(side: 0 | 1, q: number): Candidate | undefined {
    const number = this.nextOn(side, q);
    if (number === undefined) return undefined;
    const step = this.steps[side][number];
    if (step?.qubits[0] !== q || step.qubits.some((other) => this.nextOn(side, other) !== number))
      return undefined;
    const parts = this.partsOf(wiresOf(side, step, this.qubits));
    const bits = parts.reduce((sum, { wires }) => sum + wires.length, 0);
    return { side, step, bits, isInside: parts.length === 1 };
  }

  private nextOn(side: 0 | 1, q: number): number | undefined {
    return this.queues[side]?.[q]?.at(-1);
  }

  private partsOf(wires: readonly number[]): Part[] {
    return [...new Set(wires.map((wire) => required(this.partOf[wire], 'the part of a wire')))];
  }

  private take({ side, step, bits }: Candidate): void {
    for (const q of step.qubits) {
      const number = required(this.queues[side]?.[q]?.pop(), 'a step');
      required(this.taken[side], 'a side')[number] = 1;
    }
    this.counts[side] = (this.counts[side] ?? 0) + 1;
    const wires = wiresOf(side, step, this.qubits);
    const part = this.partsOf(wires).reduce(joined);
    this.whole.delete(part);
    // What multiplies from the right acts on the other halves of the pairs, transposed: an inverse, as its conjugate.
    applyTo(part, wires, side === 0 ? step.matrix.map((v, i) => (i % 2 === 1 ? -v : v)) : step.matrix);
    this.spent.widest = Math.max(this.spent.widest, bits / 2);
    this.addWork(2 ** bits + 2 * WORK_PER_LOOK * this.qubits);
    this.place(part, wires);
  }

  /** Before a part grows, those that it would be made of are looked at: whether what they were made of has come apart. */
  private comeApart({ side, step }: Candidate): boolean {
    let isNew = false;
    for (const part of this.partsOf(wiresOf(side, step, this.qubits))) {
      if (part.wires.length <= SMALL_BITS || this.whole.has(part)) continue;
      this.addWork(part.wires.length * 2 ** part.wires.length);
      const found = clusters(part);
      let rest = part;
      for (const wires of found.slice(1)) {
        const apart = split(rest, wires, this.limits.tolerance - this.spent.rounded);
        if (apart === undefined) continue;
        this.spent.rounded += apart.angle;
        for (const one of apart.parts) for (const wire of one.wires) this.partOf[wire] = one;
        [, rest] = apart.parts;
        isNew = true;
      }
      this.whole.add(rest);
    }
    return isNew;
  }

  private addWork(work: number): void {
    this.spent.work += work;
    this.unseen += work;
  }

  /** Puts a part in its place, split where a wire that was touched and any other are on their own. */
  private place(part: Part, touched: readonly number[]): void {
    for (const wire of part.wires) this.partOf[wire] = part;
    for (const x of touched) {
      if (!part.wires.includes(x)) continue;
      for (const y of part.wires) {
        // Halves of one kind alone are never a product with the rest.
        if (x < this.qubits === y < this.qubits) continue;
        const found = split(part, [x, y], this.limits.tolerance - this.spent.rounded);
        if (found === undefined) continue;
        this.addWork(2 ** part.wires.length);
        this.spent.rounded += found.angle;
        const [pair, rest] = found.parts;
        for (const wire of pair.wires) this.partOf[wire] = pair;
        this.place(
          rest,
          touched.filter((other) => other !== x && other !== y),
        );
        return;
      }
    }
  }
}

/** Halves of pairs that a step acts on: those of b are 0, 1, ..., those of a follow. */
function wiresOf(side: 0 | 1, step: Step, qubits: number): number[] {
  return side === 1 ? [...step.qubits] : step.qubits.map((q) => qubits + q);
}

/** The angle between two products of parts; a bound where they do not come in groups that are small. */
function angleBetween(first: readonly Part[], second: readonly Part[]): number | { readonly least: number } {
  let [cosine, isWhole, square] = [1, true, 0];
  for (const group of groups(first, second)) {
    const bits = group[0].reduce((sum, { wires }) => sum + wires.length, 0);
    if (bits > MOST_BITS) {
      isWhole = false;
      // A pair that the other product has in two parts has an overlap of 1/2 at most with it.
      if (group.some((parts) => parts.every(({ wires }) => wires.length === 2))) cosine *= 0.5;
      continue;
    }
    const angle = angleBetweenParts(group[0].reduce(joined), group[1].reduce(joined));
    cosine *= Math.cos(angle);
    square += angle ** 2;
  }
  // Below, a cosine has lost what there is; products of angles are far less than they are.
  const angle = square < 1e-8 && cosine > 0.9 ? Math.sqrt(square) : Math.acos(Math.min(1, cosine));
  return isWhole ? angle : { least: angle };
}

/** Parts of both that have wires in common. */
function groups(first: readonly Part[], second: readonly Part[]): [Part[], Part[]][] {
  const there = new Map(second.flatMap((part) => part.wires.map((wire) => [wire, part] as const)));
  const here = new Map(first.flatMap((part) => part.wires.map((wire) => [wire, part] as const)));
  const seen = new Set<Part>();
  return first.flatMap((start): [Part[], Part[]][] => {
    if (seen.has(start)) return [];
    const group: [Part[], Part[]] = [[], []];
    const open: (readonly [0 | 1, Part])[] = [[0, start]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [side, part] = next;
      if (seen.has(part)) continue;
      seen.add(part);
      group[side].push(part);
      const others = side === 0 ? there : here;
      for (const wire of part.wires) open.push([side === 0 ? 1 : 0, required(others.get(wire), 'a wire')]);
    }
    return [group];
  });
}
