/**
 * A circuit as turns exp(-i angle/2 P) of one qubit and controlled Paulis C(P, Q) of two, P and Q being letters, with all
 * Clifford operations of one qubit behind them (its frame). C(P, Q) does Q where P is -1, and is symmetric: cx is C(Z, X).
 * Gates commute where they have the same letter on every qubit that they share, and nothing else stands between them: so
 * two that are equal meet, and what a Hadamard gate or an S gate hides elsewhere is seen here.
 */
import {
  conjugate,
  handedness,
  IDENTITY,
  letterOf,
  quarterTurns,
  followedBy,
  thirdLetter,
  type Letter,
  type LocalClifford,
} from './localClifford.js';

/** exp(-i angle/2 P); the angle lies above -pi/4 and at most at pi/4. */
export interface Turn {
  readonly kind: 'turn';
  readonly a: number;
  readonly p: Letter;
  readonly angle: number;
}

/** C(P, Q) of qubits a < b, with letter p on a and q on b. */
export interface Pair {
  readonly kind: 'pair';
  readonly a: number;
  readonly b: number;
  readonly p: Letter;
  readonly q: Letter;
}

export type Operation = Turn | Pair;

export interface Sequence {
  readonly qubits: number;
  /** In the order of time. */
  readonly operations: readonly Operation[];
  /** Behind them, for each qubit. */
  readonly frame: Uint8Array;
  /** By which angle the sequence may be off what it was made from: rounding that was taken away. */
  readonly angle: number;
}

/** Angles this close to a multiple of pi/4 are one. */
const EXACT_ANGLE = 1e-11;
const QUARTER = Math.PI / 2;
const EIGHTH = Math.PI / 4;

/** Operations on a wire, one after another, that have the same letter there. */
interface Run {
  readonly letter: Letter;
  /** By the other qubit and its letter: where the last such pair is. */
  readonly pairs: Map<number, number>;
  /** Pairs, also those that others like them came after. */
  count: number;
  /** Where the turn is. */
  turn: number;
  /** Place of the last operation that entered. */
  last: number;
}

const NOWHERE = -1;

/** Takes gates in the order of time and keeps a sequence of them in which what undoes itself is gone. */
export class SequenceBuilder {
  private readonly places: (Operation | undefined)[] = [];
  private readonly wires: Run[][];
  private readonly frame: Uint8Array;
  private angle = 0;

  constructor(private readonly qubits: number) {
    this.wires = Array.from({ length: qubits }, () => []);
    this.frame = new Uint8Array(qubits).fill(IDENTITY);
  }

  /** A Clifford operation of one qubit. */
  clifford(qubit: number, clifford: LocalClifford): void {
    this.frame[qubit] = followedBy(this.frame[qubit]!, clifford);
  }

  /** exp(-i angle/2 P). */
  turn(qubit: number, letter: Letter, angle: number): void {
    const signed = conjugate(this.frame[qubit]!, letter);
    const axis = letterOf(signed % 3);
    const top = this.top(qubit, axis);
    const before = top === undefined || top.turn === NOWHERE ? undefined : this.places[top.turn];
    const sum = (signed < 3 ? angle : -angle) + (before?.kind === 'turn' ? before.angle : 0);
    const { quarters, rest, off } = splitAngle(sum);
    this.angle += off / 2;
    if (quarters !== 0) this.inside(qubit, quarterTurns(axis, quarters));
    if (rest === 0) {
      if (top === undefined || before === undefined) return;
      this.places[top.turn] = undefined;
      top.turn = NOWHERE;
      this.drop(qubit);
      return;
    }
    const operation: Turn = { kind: 'turn', a: qubit, p: axis, angle: rest };
    if (top !== undefined && top.turn !== NOWHERE) {
      this.places[top.turn] = operation;
      return;
    }
    const run = this.enter(qubit, axis);
    run.turn = run.last = this.places.length;
    this.places.push(operation);
  }

  /** C(P, Q) with P on one qubit and Q on another. */
  pair(first: number, letter: Letter, second: number, other: Letter): void {
    const [one, two] = [conjugate(this.frame[first]!, letter), conjugate(this.frame[second]!, other)];
    const [p, q] = [letterOf(one % 3), letterOf(two % 3)];
    // C(-P, Q) is C(P, Q), then Q.
    if (one >= 3) this.inside(second, quarterTurns(q, 2));
    if (two >= 3) this.inside(first, quarterTurns(p, 2));
    if (first < second) this.place(first, p, second, q);
    else this.place(second, q, first, p);
  }

  private place(a: number, p: Letter, b: number, q: Letter): void {
    const [there, other] = [this.top(a, p), this.top(b, q)];
    const partner = there?.pairs.get(keyOf(b, q));
    if (there !== undefined && other !== undefined && partner !== undefined) {
      if (other.pairs.get(keyOf(a, p)) === partner) {
        this.places[partner] = undefined;
        forget(there, keyOf(b, q));
        forget(other, keyOf(a, p));
        this.drop(a);
        this.drop(b);
        return;
      }
    }
    if (other !== undefined && this.fuse(a, p, b, q)) return;
    if (there !== undefined && this.fuse(b, q, a, p)) return;
    this.append(a, p, b, q);
  }

  private append(a: number, p: Letter, b: number, q: Letter): void {
    const [first, second] = [this.enter(a, p), this.enter(b, q)];
    const place = this.places.length;
    remember(first, keyOf(b, q), place);
    remember(second, keyOf(a, p), place);
    first.last = second.last = place;
    this.places.push(a < b ? { kind: 'pair', a, b, p, q } : { kind: 'pair', a: b, b: a, p: q, q: p });
  }

  /**
   * C(P', Q), then C(P, Q), of letters P' and P that differ, are C(P'', Q) with the third letter and a quarter turn about Q.
   * Tried for a pair that comes, with one in the last run or the one before.
   */
  private fuse(a: number, p: Letter, b: number, q: Letter): boolean {
    const wire = this.wires[a]!;
    const isFirst = wire.at(-1)?.letter !== p;
    const before = isFirst ? wire.at(-1) : wire.at(-2);
    const place = before?.pairs.get(keyOf(b, q));
    if (before === undefined || place === undefined || before.letter === p) return false;
    const other = this.wires[b]!.at(-1)!;
    if (other.pairs.get(keyOf(a, before.letter)) !== place) return false;
    // The new pair stands between the two runs of wire a.
    if (!isFirst && before.last !== place) return false;
    forget(before, keyOf(b, q));
    forget(other, keyOf(a, before.letter));
    this.places[place] = undefined;
    const letter = thirdLetter(p, before.letter);
    this.inside(b, quarterTurns(q, handedness(p, before.letter)));
    if (isFirst) {
      this.drop(a);
      this.drop(b);
      this.place(a, letter, b, q);
      return true;
    }
    const [small, large] = a < b ? [a, b] : [b, a];
    this.places[place] = {
      kind: 'pair',
      a: small,
      b: large,
      p: a < b ? letter : q,
      q: a < b ? q : letter,
    };
    const between = emptyRun(letter);
    remember(between, keyOf(b, q), place);
    wire.splice(-1, 0, between);
    remember(other, keyOf(a, letter), place);
    return true;
  }

  /** The last run of a wire, if it has this letter. */
  private top(qubit: number, letter: Letter): Run | undefined {
    const run = this.wires[qubit]!.at(-1);
    return run?.letter === letter ? run : undefined;
  }

  private enter(qubit: number, letter: Letter): Run {
    const found = this.top(qubit, letter);
    if (found !== undefined) return found;
    const run = emptyRun(letter);
    this.wires[qubit]!.push(run);
    return run;
  }

  /** Forgets the last run of a wire where nothing is left of it: what comes then meets the one before. */
  private drop(qubit: number): void {
    const wire = this.wires[qubit]!;
    const run = wire.at(-1);
    if (run !== undefined && run.turn === NOWHERE && run.count === 0) wire.pop();
  }

  /** A Clifford operation between the operations and the frame. */
  private inside(qubit: number, clifford: LocalClifford): void {
    this.frame[qubit] = followedBy(clifford, this.frame[qubit]!);
  }

  finish(): Sequence {
    const { qubits, frame, angle } = this;
    return { qubits, operations: this.places.filter((place) => place !== undefined), frame, angle };
  }
}

function emptyRun(letter: Letter): Run {
  return { letter, pairs: new Map(), count: 0, turn: NOWHERE, last: NOWHERE };
}

function remember(run: Run, key: number, place: number): void {
  run.pairs.set(key, place);
  run.count += 1;
}

function forget(run: Run, key: number): void {
  run.pairs.delete(key);
  run.count -= 1;
}

function keyOf(qubit: number, letter: Letter): number {
  return 3 * qubit + letter;
}

/** An angle as quarter turns and what is left, exactly pi/4 or 0 where it is nearly so; `off` is what that took away. */
export function splitAngle(angle: number): { quarters: number; rest: number; off: number } {
  const eighths = Math.round(angle / EIGHTH);
  const off = Math.abs(angle - eighths * EIGHTH);
  if (off < EXACT_ANGLE) {
    const quarters = Math.floor(eighths / 2);
    return { quarters, rest: eighths % 2 === 0 ? 0 : EIGHTH, off };
  }
  const quarters = Math.round(angle / QUARTER);
  return { quarters, rest: angle - quarters * QUARTER, off: 0 };
}

/** The same sequence, once more through the builder: what was freed meets. */
export function rebuild(sequence: Sequence): Sequence {
  const builder = new SequenceBuilder(sequence.qubits);
  for (const operation of sequence.operations) {
    if (operation.kind === 'turn') builder.turn(operation.a, operation.p, operation.angle);
    else builder.pair(operation.a, operation.p, operation.b, operation.q);
  }
  for (const [q, clifford] of sequence.frame.entries()) builder.clifford(q, clifford);
  const made = builder.finish();
  return { ...made, angle: made.angle + sequence.angle };
}

export function countPairs(operations: readonly Operation[]): number {
  return operations.reduce((count, { kind }) => count + (kind === 'pair' ? 1 : 0), 0);
}
