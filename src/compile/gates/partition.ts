/**
 * Partition of a circuit into blocks: runs of gates on at most B qubits that can be compiled by themselves. The
 * blocks in order are the circuit again (`unfoldBlocks`): no gate is lost, and the order on every qubit is kept.
 *
 * A block grows from a gate at the front of what is left: a qubit is added where that lets most further gates in. What
 * a group of qubits can take depends on the fronts of its own qubits alone, so that growth from one place stays
 * valid while blocks are taken elsewhere.
 */
import { checkGates } from '../../circuit/checkCircuit.js';
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { checkArgument } from '../../options/option.js';
import { choice, value, wholeNumber } from '../../options/readers.js';
import { KroncutError, required, valueAt } from '../../error.js';

/** Gates of a circuit on few qubits, which are compiled by themselves. */
export interface Block {
  /** Qubits of the circuit, ascending; the block's own qubit i is `qubits[i]`. */
  readonly qubits: readonly number[];
  /** Positions in the circuit's list of gates, ascending. */
  readonly gates: readonly number[];
}

/**
 * `quick` starts each block at the earliest gate left and adds the best qubit at each step. `scan` also follows several
 * ways of growing at once, also looks for the place where most two-qubit gates fit into one block, and takes the
 * partition with the fewest blocks.
 */
export type Partitioner = 'quick' | 'scan';

/** How one partition is made. */
interface Strategy {
  /** Ways of growing followed at once. */
  readonly beam: number;
  /** Whether the best block of all places is taken, or the one at the earliest gate. */
  readonly everywhere: boolean;
}

const QUICK: Strategy = { beam: 1, everywhere: false };
const SCANNED: readonly Strategy[] = [
  QUICK,
  { beam: 12, everywhere: false },
  { beam: 1, everywhere: true },
  { beam: 12, everywhere: true },
];

const CIRCUIT = value(
  'what readQasm gives',
  (given) => typeof given === 'object' && given !== null && 'gates' in given && Array.isArray(given.gates),
);
const BLOCK_SIZE = wholeNumber(2);
const PARTITIONER = choice(['quick', 'scan']);
const BLOCKS = value(
  'what partitionCircuit gives',
  (given) =>
    Array.isArray(given) &&
    given.every((block) => Array.isArray(block?.qubits) && Array.isArray(block.gates)),
);

/**
 * Partitions a circuit of gates on one and two qubits into blocks of at most `blockSize` qubits, at least 2.
 *
 * @throws KroncutError `usage` for a smaller block size or what is no circuit, `input` for a gate that is none.
 * @example
 * ```js
 * import { generate, partitionCircuit, readQasm, unfoldBlocks } from 'kroncut';
 *
 * const circuit = readQasm(generate('qft', { qubits: 5 }).qasm);
 * const blocks = partitionCircuit(circuit, 3);
 * console.log(blocks.length, unfoldBlocks(circuit, blocks).length);
 * ```
 */
export function partitionCircuit(
  circuit: Pick<Circuit, 'qubits' | 'gates'>,
  blockSize: number,
  partitioner: Partitioner = 'scan',
): Block[] {
  checkArgument('circuit', CIRCUIT, circuit);
  checkGates(circuit.gates, circuit.qubits);
  checkArgument('blockSize', BLOCK_SIZE, blockSize);
  checkArgument('partitioner', PARTITIONER, partitioner);
  const found = (partitioner === 'quick' ? [QUICK] : SCANNED).map((strategy) =>
    partitionOnce(circuit, blockSize, strategy),
  );
  return found.reduce((best, blocks) => (blocks.length < best.length ? blocks : best));
}

function partitionOnce(
  circuit: Pick<Circuit, 'qubits' | 'gates'>,
  blockSize: number,
  { beam, everywhere }: Strategy,
): Block[] {
  const front = new Front(circuit);
  const blocks: Block[] = [];
  const known = new Map<number, Growth>();
  for (;;) {
    const seeds = front.seeds();
    const [earliest] = seeds;
    if (earliest === undefined) break;
    let best: Growth | undefined;
    for (const seed of everywhere ? seeds : [earliest]) {
      const growth = known.get(seed) ?? grow(front, seed, blockSize, beam);
      if (everywhere) known.set(seed, growth);
      if (best === undefined || isBetter(growth, best)) best = growth;
    }
    if (best === undefined) break;
    const block = front.take(best);
    blocks.push(block);
    const touched = new Set(block.qubits);
    for (const [seed, growth] of known) {
      if (growth.qubits.some((q) => touched.has(q))) known.delete(seed);
    }
  }
  return [...blocks, ...front.takeRest()];
}

/** A way to fill a block: its qubits and how far it goes on each of them. */
interface Growth {
  readonly qubits: readonly number[];
  /** Position on the wire of each qubit behind the last gate taken. */
  readonly ends: readonly number[];
  /** Two-qubit gates taken. */
  readonly score: number;
}

function isBetter(a: Growth, b: Growth): boolean {
  return a.score > b.score || (a.score === b.score && a.qubits.length < b.qubits.length);
}

/** What is left of a circuit: for each qubit the gates on its wire and how many of them are taken. */
class Front {
  /** Gates on each qubit, in time order. */
  readonly wires: readonly (readonly number[])[];
  readonly taken: Int32Array;
  readonly gates: readonly Gate[];

  constructor({ qubits, gates }: Pick<Circuit, 'qubits' | 'gates'>) {
    const wires: number[][] = Array.from({ length: qubits }, () => []);
    for (const [position, gate] of gates.entries()) {
      for (const q of gate.qubits) wires[q]?.push(position);
    }
    this.gates = gates;
    this.wires = wires;
    this.taken = new Int32Array(qubits);
  }

  gateAt(qubit: number, place: number): number | undefined {
    return this.wires[qubit]?.[place];
  }

  /** The other qubit of a gate; undefined for a one-qubit gate. */
  partner(gate: number, qubit: number): number | undefined {
    return this.gates[gate]?.qubits.find((q) => q !== qubit);
  }

  /** Two-qubit gates that only one-qubit gates lie before, earliest first. */
  seeds(): number[] {
    const next = this.wires.map((wire, q) => {
      for (let place = valueAt(this.taken, q); ; place += 1) {
        const gate = wire[place];
        if (gate === undefined || this.partner(gate, q) !== undefined) return gate;
      }
    });
    const found: number[] = [];
    for (const [q, gate] of next.entries()) {
      const other = gate === undefined ? undefined : this.partner(gate, q);
      if (gate !== undefined && other !== undefined && q < other && next[other] === gate) found.push(gate);
    }
    return found.sort((a, b) => a - b);
  }

  take({ qubits, ends }: Growth): Block {
    const gates = new Set<number>();
    for (const [i, q] of qubits.entries()) {
      const end = valueAt(ends, i);
      for (let place = this.taken[q] ?? 0; place < end; place += 1) gates.add(this.gateAt(q, place) ?? 0);
      this.taken[q] = end;
    }
    return { qubits: qubits.toSorted((a, b) => a - b), gates: [...gates].sort((a, b) => a - b) };
  }

  /** What no block took: one-qubit gates on qubits that no two-qubit gate acts on. */
  takeRest(): Block[] {
    const rest: Block[] = [];
    for (const [q, wire] of this.wires.entries()) {
      if (valueAt(this.taken, q) < wire.length) {
        rest.push(this.take({ qubits: [q], ends: [wire.length], score: 0 }));
      }
    }
    return rest;
  }
}

/** Takes every gate that a group of qubits can take by itself, from `ends` on. */
function fill(front: Front, qubits: readonly number[], from: readonly number[], score: number): Growth {
  const ends = [...from];
  let found = score;
  for (let moved = true; moved;) {
    moved = false;
    for (const [i, q] of qubits.entries()) {
      for (;;) {
        const end = valueAt(ends, i);
        const gate = front.gateAt(q, end);
        if (gate === undefined) break;
        const other = front.partner(gate, q);
        if (other !== undefined) {
          const j = qubits.indexOf(other);
          const otherEnd = ends[j];
          if (otherEnd === undefined || front.gateAt(other, otherEnd) !== gate) break;
          ends[j] = otherEnd + 1;
          found += 1;
        }
        ends[i] = end + 1;
        moved = true;
      }
    }
  }
  return { qubits, ends, score: found };
}

/** Grows a block from a gate at the front. */
function grow(front: Front, seed: number, blockSize: number, beam: number): Growth {
  const start = front.gates[seed]?.qubits ?? [];
  const first = fill(
    front,
    start,
    start.map((q) => valueAt(front.taken, q)),
    0,
  );
  let best = first;
  let states: readonly Growth[] = [first];
  for (let size = 3; size <= blockSize && states.length > 0; size += 1) {
    const next = new Map<string, Growth>();
    for (const state of states) {
      for (const q of neighbours(front, state)) {
        const qubits = [...state.qubits, q];
        const name = qubits.toSorted((a, b) => a - b).join(' ');
        if (next.has(name)) continue;
        next.set(name, fill(front, qubits, [...state.ends, valueAt(front.taken, q)], state.score));
      }
    }
    states = [...next.values()].sort((a, b) => b.score - a.score).slice(0, beam);
    const [leader] = states;
    if (leader !== undefined && leader.score > best.score) best = leader;
  }
  return used(front, best);
}

/** Qubits whose absence stops a block: partners of the gates that it could not take. */
function neighbours(front: Front, { qubits, ends }: Growth): number[] {
  const found = new Set<number>();
  for (const [i, q] of qubits.entries()) {
    const gate = front.gateAt(q, ends[i] ?? 0);
    if (gate === undefined) continue;
    for (const other of front.gates[gate]?.qubits ?? []) if (!qubits.includes(other)) found.add(other);
    // A partner that is itself held up elsewhere needs that qubit too.
    const other = front.partner(gate, q);
    if (other === undefined) continue;
    const held = qubits.includes(other) ? undefined : blocker(front, other);
    if (held !== undefined && !qubits.includes(held)) found.add(held);
  }
  return [...found];
}

/** The partner of the first two-qubit gate left on a qubit. */
function blocker(front: Front, qubit: number): number | undefined {
  for (let place = valueAt(front.taken, qubit); ; place += 1) {
    const gate = front.gateAt(qubit, place);
    if (gate === undefined) return undefined;
    const other = front.partner(gate, qubit);
    if (other !== undefined) return other;
  }
}

/** A growth without the qubits that no two-qubit gate of it acts on. */
function used(front: Front, { qubits, ends, score }: Growth): Growth {
  const kept = qubits.map((q, i) => {
    for (let place = valueAt(front.taken, q); place < valueAt(ends, i); place += 1) {
      const gate = front.gateAt(q, place);
      if (gate !== undefined && front.partner(gate, q) !== undefined) return true;
    }
    return false;
  });
  return { qubits: qubits.filter((_, i) => kept[i]), ends: ends.filter((_, i) => kept[i]), score };
}

/** The gates of a block on its own qubits 0, 1, ... */
export function localGates(circuit: Pick<Circuit, 'gates'>, { qubits, gates }: Block): Gate[] {
  const own = new Map(qubits.map((q, i) => [q, i]));
  return gates.map((position) => {
    const gate = circuit.gates[position];
    if (gate === undefined)
      throw new KroncutError('internal', `a block names gate ${position}, which is not there`);
    return { ...gate, qubits: gate.qubits.map((q) => required(own.get(q), `qubit ${q} of a block`)) };
  });
}

/** Gates on a block's own qubits, on the circuit's qubits again. */
export function placeGates(gates: readonly Gate[], { qubits }: Block): Gate[] {
  return gates.map((gate) => ({
    ...gate,
    qubits: gate.qubits.map((q) => required(qubits[q], `qubit ${q} of a block`)),
  }));
}

/**
 * The gates of all blocks, one block after another: the same circuit in another order of time.
 *
 * @throws KroncutError `usage` for what is no circuit, or no list of blocks of it.
 */
export function unfoldBlocks(circuit: Pick<Circuit, 'gates'>, blocks: readonly Block[]): Gate[] {
  checkArgument('circuit', CIRCUIT, circuit);
  checkArgument('blocks', BLOCKS, blocks);
  return blocks.flatMap((block) => placeGates(localGates(circuit, block), block));
}

/**
 * Checks a partition against its circuit, independently of how it was made: every gate is in exactly one block, on
 * qubits of that block, and comes after all gates that lie before it on its qubits. Throws `internal`.
 */
export function checkPartition(
  circuit: Pick<Circuit, 'qubits' | 'gates'>,
  blocks: readonly Block[],
  blockSize: number,
): void {
  const seen = new Uint8Array(circuit.gates.length);
  const last = new Int32Array(circuit.qubits).fill(-1);
  let count = 0;
  for (const [number, { qubits, gates }] of blocks.entries()) {
    if (qubits.length > blockSize || new Set(qubits).size !== qubits.length) {
      throw new KroncutError('internal', `block ${number} of the partition has wrong qubits`);
    }
    for (const position of gates) {
      const gate = circuit.gates[position];
      const wrong =
        gate === undefined ||
        seen[position] === 1 ||
        gate.qubits.some((q) => !qubits.includes(q) || valueAt(last, q) >= position);
      if (wrong)
        throw new KroncutError('internal', `block ${number} of the partition takes gate ${position} wrongly`);
      for (const q of gate.qubits) last[q] = position;
      seen[position] = 1;
      count += 1;
    }
  }
  if (count !== circuit.gates.length) {
    throw new KroncutError('internal', `the partition has ${count} of ${circuit.gates.length} gates`);
  }
}
