/**
 * A block without the one-qubit gates at its ends. Those cost nothing to any two-qubit gate and merge with what stands
 * beside the block, so that blocks which differ in them alone need be compiled once only; and the same gates on other
 * qubits are the same core.
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { mergeOneQubit } from '../gates/merge.js';
import { localGates, type Block } from '../gates/partition.js';
import type { LocalBlock } from './block.js';
import { required } from '../../error.js';

export interface BlockCore {
  /** Positions of the one-qubit gates before and behind the core, in the order of time. */
  readonly before: readonly number[];
  /** From the first two-qubit gate on each qubit to the last; its qubits are in the order of their first use. */
  readonly core: Block;
  readonly after: readonly number[];
}

/** Takes a block apart: `before`, `core` and `after`, one after another, are the block. */
export function coreOf(circuit: Pick<Circuit, 'gates'>, { gates }: Pick<Block, 'gates'>): BlockCore {
  const qubitsOf = (position: number): readonly number[] => circuit.gates[position]?.qubits ?? [];
  const [before, rest] = atFront(gates, qubitsOf);
  const [after, core] = atFront(rest.toReversed(), qubitsOf);
  return {
    before,
    core: inOrder(core.toReversed(), qubitsOf),
    after: after.toReversed(),
  };
}

/** A block by itself. */
export function localBlock(circuit: Pick<Circuit, 'gates'>, block: Block): LocalBlock {
  return { qubits: block.qubits.length, gates: localGates(circuit, block) };
}

/** A core as it is compiled, and what undoes its placeholders in the circuit. */
export interface PaddedCore {
  readonly block: LocalBlock;
  readonly before: readonly Gate[];
  readonly after: readonly Gate[];
}

/** Angles of a placeholder: any will do that are nothing special. */
const PLACEHOLDER = [1.1, 0.7, -0.4] as const;

/**
 * A core with a placeholder, always the same, where one-qubit gates were (or at all ends): what is compiled has the
 * freedom that they gave. Its inverse, outside, becomes one with what is there.
 */
export function padCore(
  circuit: Pick<Circuit, 'gates'>,
  { before, core, after }: BlockCore,
  everywhere: boolean,
): PaddedCore {
  const placesOf = (positions: readonly number[]): number[] => {
    const turned = new Set(positions.flatMap((position) => circuit.gates[position]?.qubits ?? []));
    return [...core.qubits.keys()].filter((i) => everywhere || turned.has(core.qubits[i] ?? -1));
  };
  const [theta, phi, lambda] = PLACEHOLDER;
  const turn = (i: number): Gate => gateOf('u3', [i], theta, phi, lambda);
  const back = (i: number): Gate =>
    gateOf('u3', [required(core.qubits[i], 'a qubit of a core')], -theta, -lambda, -phi);
  const [front, end] = [placesOf(before), placesOf(after)];
  const { qubits, gates } = localBlock(circuit, core);
  return {
    block: { qubits, gates: [...front.map(turn), ...gates, ...end.map(turn)] },
    before: front.map(back),
    after: end.map(back),
  };
}

/** A block that `padCore` may have made, without its placeholders, and what puts them back around gates for it. */
export function withoutPlaceholders({ gates }: LocalBlock): {
  readonly bare: (inside: readonly Gate[]) => readonly Gate[];
  readonly padded: (inside: readonly Gate[]) => readonly Gate[];
} {
  const [front, end] = [placeholdersAt(gates), placeholdersAt(gates.toReversed())];
  if (front.length + end.length === 0) return { bare: (inside) => inside, padded: (inside) => inside };
  return {
    bare: (inside) => mergedAround(front.map(inverse), inside, end.map(inverse)),
    padded: (inside) => mergedAround(front, inside, end),
  };
}

function placeholdersAt(front: readonly Gate[]): readonly Gate[] {
  const count = front.findIndex((gate) => !isPlaceholder(gate));
  return count < 0 ? front : front.slice(0, count);
}

function mergedAround(
  before: readonly Gate[],
  inside: readonly Gate[],
  after: readonly Gate[],
): readonly Gate[] {
  return mergeOneQubit([...before, ...inside, ...after]).gates;
}

function isPlaceholder({ name, params }: Gate): boolean {
  return name === 'u3' && params.every((angle, i) => angle === PLACEHOLDER[i]);
}

/** What undoes a `u3`. */
function inverse({ qubits, params }: Gate): Gate {
  const [theta = 0, phi = 0, lambda = 0] = params;
  return gateOf('u3', qubits, -theta, -lambda, -phi);
}

/** One-qubit gates that no two-qubit gate stands before, and the others. */
function atFront(
  positions: readonly number[],
  qubitsOf: (position: number) => readonly number[],
): readonly [number[], number[]] {
  const met = new Set<number>();
  const [front, rest]: [number[], number[]] = [[], []];
  for (const position of positions) {
    const qubits = qubitsOf(position);
    if (qubits.length === 1 && qubits.every((q) => !met.has(q))) {
      front.push(position);
      continue;
    }
    for (const q of qubits) met.add(q);
    rest.push(position);
  }
  return [front, rest];
}

/** Gates layer by layer, and in a layer by the first of their qubits. */
function inOrder(positions: readonly number[], qubitsOf: (position: number) => readonly number[]): Block {
  const depth = new Map<number, number>();
  const layers = positions.map((position) => {
    const layer = 1 + Math.max(0, ...qubitsOf(position).map((q) => depth.get(q) ?? 0));
    for (const q of qubitsOf(position)) depth.set(q, layer);
    return { position, layer };
  });
  layers.sort((a, b) => a.layer - b.layer || a.position - b.position);
  const number = new Map<number, number>();
  for (const { position } of layers) {
    for (const q of qubitsOf(position)) if (!number.has(q)) number.set(q, number.size);
  }
  const first = (position: number): number =>
    Math.min(...qubitsOf(position).map((q) => number.get(q) ?? Infinity));
  layers.sort((a, b) => a.layer - b.layer || first(a.position) - first(b.position));
  return { qubits: [...number.keys()], gates: layers.map(({ position }) => position) };
}
