/**
 * Regions of a sequence written anew: blocks of few qubits, and runs of operations within them, each from what it does.
 * Clifford operations, parities with their phases and products of Paulis come out by one way (`resynthesize.ts`).
 */
import { gateOf } from '../../circuit/gates.js';
import { required, valueAt } from '../../error.js';
import { partitionCircuit } from '../gates/partition.js';
import type { QubitPair } from './exchanges.js';
import type { RegionMemory } from './regionMemory.js';
import { IDENTITY, X, Z } from './localClifford.js';
import { resynthesized, type Rewriting } from './resynthesize.js';
import { countPairs, SequenceBuilder, type Operation, type Sequence } from './sequence.js';

export interface RegionOptions {
  /** Most qubits of a region. */
  readonly qubits: number;
  /** Operations of a run, the largest first; Infinity for all of a block. */
  readonly lengths: readonly number[];
  readonly beam: number;
  readonly mayShare: (a: number, b: number) => boolean;
  readonly memory: RegionMemory;
}

/** More turns than this are not written anew together: work grows with the square. */
const MOST_TURNS = 400;

/** The sequence with regions that come out with fewer controlled Paulis; the same object where none does. */
export async function rewriteRegions(sequence: Sequence, options: RegionOptions): Promise<Sequence> {
  const { qubits, operations } = sequence;
  const places = operations.map((operation) => placesOf(operation));
  // Names do not matter to a partition.
  const gates = places.map((on) => gateOf(on.length === 1 ? 'x' : 'cx', on));
  const blocks = partitionCircuit({ qubits, gates }, options.qubits, 'quick');
  const builder = new SequenceBuilder(qubits);
  let gained = false;
  for (const block of blocks) {
    const own = block.gates.map((position) => valueAt(operations, position));
    const pieces = await withinBlock(localOperations(own, block.qubits), block.qubits, options);
    if (pieces.some(isRewriting)) gained = true;
    for (const piece of pieces) addPiece(builder, piece, block.qubits);
  }
  if (!gained) return sequence;
  for (const [q, clifford] of sequence.frame.entries()) builder.clifford(q, clifford);
  const made = builder.finish();
  return { ...made, angle: made.angle + sequence.angle };
}

type Piece = readonly Operation[] | Rewriting;

function isRewriting(piece: Piece): piece is Rewriting {
  return 'cx' in piece;
}

/** Operations of a block in pieces: those that stay, and those written anew. */
async function withinBlock(
  operations: readonly Operation[],
  own: readonly number[],
  { lengths, beam, mayShare, memory }: RegionOptions,
): Promise<Piece[]> {
  const pairs = own.flatMap((q, a) =>
    own.slice(a + 1).flatMap((other, i): QubitPair[] => (mayShare(q, other) ? [[a, a + 1 + i]] : [])),
  );
  const once = (run: readonly Operation[]): Rewriting | undefined => {
    if (!worthTrying(run)) return undefined;
    const key = keyOf(pairs, run);
    if (memory.isSpent(key)) return undefined;
    const made = resynthesized(own.length, run, pairs, { beam, work: memory.work });
    if (made === undefined) memory.spend(key);
    return made;
  };
  let pieces: Piece[] = [operations];
  for (const length of lengths) {
    await memory.breath.take();
    memory.share();
    pieces = pieces.flatMap((piece) => (isRewriting(piece) ? [piece] : runsWithin(piece, length, once)));
  }
  return pieces;
}

function runsWithin(
  operations: readonly Operation[],
  length: number,
  rewrite: (run: readonly Operation[]) => Rewriting | undefined,
): Piece[] {
  const pieces: Piece[] = [];
  let kept = 0;
  const size = Math.min(length, operations.length);
  const step = Math.max(1, Math.floor(size / 3));
  for (let begin = 0; begin === 0 || begin + size <= operations.length;) {
    const run = operations.slice(begin, begin + size);
    const made = rewrite(run);
    if (made === undefined) {
      begin += step;
      continue;
    }
    if (begin > kept) pieces.push(operations.slice(kept, begin));
    pieces.push(made);
    begin += size;
    kept = begin;
  }
  if (kept < operations.length) pieces.push(operations.slice(kept));
  return pieces;
}

function worthTrying(run: readonly Operation[]): boolean {
  const pairs = countPairs(run);
  return pairs > 1 && run.length - pairs <= MOST_TURNS;
}

/** A run and its pairs but for its angles, as a number: two of 32 bits (FNV-1a), of which 53 are kept. */
function keyOf(pairs: readonly QubitPair[], run: readonly Operation[]): number {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  const add = (value: number): void => {
    low = Math.imul(low ^ value, 0x01000193);
    high = Math.imul(high ^ value, 0x85ebca6b);
    high ^= high >>> 13;
  };
  for (const [a, b] of pairs) add(a * 256 + b);
  add(0xffff);
  for (const operation of run) {
    add(operation.a * 4 + operation.p);
    add(operation.kind === 'turn' ? 0xfffe : operation.b * 4 + operation.q);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function placesOf(operation: Operation): number[] {
  return operation.kind === 'turn' ? [operation.a] : [operation.a, operation.b];
}

function localOperations(operations: readonly Operation[], own: readonly number[]): Operation[] {
  const local = new Map(own.map((q, i) => [q, i]));
  const at = (q: number): number => required(local.get(q), 'a qubit of a region');
  return operations.map((operation) =>
    operation.kind === 'turn'
      ? { ...operation, a: at(operation.a) }
      : { ...operation, a: at(operation.a), b: at(operation.b) },
  );
}

/** Adds operations, or what they were rewritten to, on these qubits. */
export function addPiece(builder: SequenceBuilder, piece: Piece, own: readonly number[]): void {
  const at = (q: number): number => valueAt(own, q);
  for (const operation of isRewriting(piece) ? piece.operations : piece) {
    if (operation.kind === 'turn') builder.turn(at(operation.a), operation.p, operation.angle);
    else builder.pair(at(operation.a), operation.p, at(operation.b), operation.q);
  }
  if (!isRewriting(piece)) return;
  for (const [q, clifford] of piece.cliffords.entries())
    if (clifford !== IDENTITY) builder.clifford(at(q), clifford);
  for (const [p, q] of piece.exchanges) {
    for (const [first, second] of [
      [Z, X],
      [X, Z],
      [Z, X],
    ] as const)
      builder.pair(at(p), first, at(q), second);
  }
}
