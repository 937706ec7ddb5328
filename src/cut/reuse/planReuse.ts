/**
 * Qubits of a device used again: a wire that has ended, in an outcome or in a cut, leaves its qubit to one that begins
 * later. How many qubits that takes depends on the order of the gates; finding the best one is as hard as pathwidth, so
 * a few orders are tried (compare DeCross et al., arXiv:2210.08039) and a bound says how good they are.
 */
import { qubitsOfEnd, type CutCircuit, type Subcircuit } from '../model/cutCircuit.js';
import { required, valueAt } from '../../error.js';

/** A gate of the subcircuit, or the end of a cut gate, by its place in `gates` or `gateEnds`. */
export interface ReuseStep {
  readonly kind: 'gate' | 'end';
  readonly index: number;
}

export interface ReusePlan {
  /** All gates and ends in an order that keeps that of every wire. */
  readonly steps: readonly ReuseStep[];
  /** Qubit of the device that carries each local qubit, from its first step to its last. */
  readonly device: readonly number[];
  /** Qubits of the device. */
  readonly width: number;
}

/** Operations of a subcircuit by their local qubits, in time order. */
interface Operations {
  readonly steps: readonly ReuseStep[];
  readonly qubits: readonly (readonly number[])[];
  readonly width: number;
}

function operationsOf({ gates, gateEnds, width }: Subcircuit): Operations {
  const steps: ReuseStep[] = [];
  const qubits: (readonly number[])[] = [];
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (let end = gateEnds[next]; end?.position === position; end = gateEnds[next]) {
      steps.push({ kind: 'end', index: next++ });
      qubits.push(qubitsOfEnd(end));
    }
    const gate = gates[position];
    if (gate === undefined) continue;
    steps.push({ kind: 'gate', index: position });
    qubits.push(gate.qubits);
  }
  return { steps, qubits, width };
}

/** The best of a few orders; the given one is taken where none needs fewer qubits. */
export function planReuse(subcircuit: Subcircuit): ReusePlan {
  const forward = operationsOf(subcircuit);
  const backward = { ...forward, qubits: forward.qubits.toReversed() };
  const orders = [
    () => forward.qubits.map((_, i) => i),
    () => closingOrder(forward),
    () =>
      closingOrder(backward)
        .map((i) => forward.qubits.length - 1 - i)
        .toReversed(),
  ];
  const least = leastAlive(forward);
  let best: ReusePlan | undefined;
  for (const order of orders) {
    const plan = assign(forward, order());
    if (best === undefined || plan.width < best.width) best = plan;
    if (best.width <= least) break;
  }
  return best ?? { steps: [], device: [], width: 0 };
}

/** Qubits of the device that runs the widest subcircuit. */
export function reusedWidth(cut: CutCircuit): number {
  return cut.subcircuits.reduce((most, subcircuit) => Math.max(most, planReuse(subcircuit).width), 0);
}

/** No order needs fewer qubits: those that the first wire to end depends on, or that depend on the last to begin. */
export function reuseBound(subcircuit: Subcircuit): number {
  return leastAlive(operationsOf(subcircuit));
}

/** Qubits of the device by intervals: from the first step of a wire to its last, the lowest free one. */
function assign({ steps, qubits, width }: Operations, order: readonly number[]): ReusePlan {
  const left = new Int32Array(width);
  for (const list of qubits) for (const qubit of list) left[qubit] = valueAt(left, qubit) + 1;
  const device = Array.from({ length: width }, () => -1);
  const busy: boolean[] = [];
  for (const operation of order) {
    const acted = qubits[operation] ?? [];
    for (const qubit of acted) {
      if ((device[qubit] ?? -1) >= 0) continue;
      const free = busy.indexOf(false);
      const place = free < 0 ? busy.length : free;
      busy[place] = true;
      device[qubit] = place;
    }
    for (const qubit of acted) {
      const rest = valueAt(left, qubit) - 1;
      left[qubit] = rest;
      if (rest === 0) busy[required(device[qubit], `the place of wire ${qubit}`)] = false;
    }
  }
  return { steps: order.flatMap((operation) => steps[operation] ?? []), device, width: busy.length };
}

/** Sets of qubits as bits: those in the past of each wire's last operation. */
function pasts({ qubits, width }: Operations): Uint32Array[] {
  const words = (width + 31) >> 5;
  const sets = Array.from({ length: width }, (_, qubit) => {
    const set = new Uint32Array(words);
    set[qubit >> 5] = 1 << (qubit & 31);
    return set;
  });
  for (const acted of qubits) {
    if (acted.length < 2) continue;
    const own = acted.map((qubit) => required(sets[qubit], `the past of wire ${qubit}`));
    for (let word = 0; word < words; word += 1) {
      let joined = 0;
      for (const set of own) joined |= valueAt(set, word);
      for (const set of own) set[word] = joined;
    }
  }
  return sets;
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

function size(set: Uint32Array, without?: Uint32Array): number {
  let count = 0;
  set.forEach((word, i) => (count += countBits(word & ~(without?.[i] ?? 0))));
  return count;
}

function smallest(sets: readonly Uint32Array[]): number {
  return sets.reduce((least, set) => Math.min(least, size(set)), Infinity);
}

function leastAlive(operations: Operations): number {
  if (operations.width === 0) return 0;
  const backward = { ...operations, qubits: operations.qubits.toReversed() };
  return Math.max(smallest(pasts(operations)), smallest(pasts(backward)));
}

/**
 * An order that begins as few wires as it can before one ends: again and again the wire whose past needs the fewest
 * more, and all operations that need no more than what has begun.
 */
function closingOrder(operations: Operations): number[] {
  const { qubits, width } = operations;
  const sets = pasts(operations);
  const onWire = Array.from({ length: width }, (): number[] => []);
  qubits.forEach((list, operation) => list.forEach((qubit) => onWire[qubit]?.push(operation)));
  const at = new Int32Array(width);
  const begun = new Uint32Array((width + 31) >> 5);
  const isBegun = (qubit: number): boolean => ((valueAt(begun, qubit >> 5) >>> (qubit & 31)) & 1) === 1;
  const order: number[] = [];
  /** Does all that can be done, beginning with one wire. */
  const run = (start: number): void => {
    const waiting = [start];
    while (waiting.length > 0) {
      const qubit: number = waiting.pop() ?? start;
      for (;;) {
        const operation: number | undefined = onWire[qubit]?.[valueAt(at, qubit)];
        if (operation === undefined) break;
        const acted = qubits[operation] ?? [];
        if (!acted.every((other) => isBegun(other) && onWire[other]?.[valueAt(at, other)] === operation))
          break;
        order.push(operation);
        for (const other of acted) {
          at[other] = valueAt(at, other) + 1;
          if (other !== qubit) waiting.push(other);
        }
      }
    }
  };
  const open = new Set(Array.from({ length: width }, (_, qubit) => qubit));
  while (open.size > 0) {
    let target = -1;
    let fewest = Infinity;
    for (const qubit of open) {
      const more = size(sets[qubit] ?? begun, begun);
      if (more >= fewest) continue;
      fewest = more;
      target = qubit;
    }
    const past = sets[target] ?? begun;
    // Those whose first operation comes first begin first, so that what they can do is done before the next begins.
    const needed = [...open]
      .filter((qubit) => ((valueAt(past, qubit >> 5) >>> (qubit & 31)) & 1) === 1 && !isBegun(qubit))
      .sort((a, b) => (onWire[a]?.[0] ?? 0) - (onWire[b]?.[0] ?? 0));
    for (const qubit of needed) {
      begun[qubit >> 5] = valueAt(begun, qubit >> 5) | (1 << (qubit & 31));
      run(qubit);
    }
    for (const qubit of open) {
      if (valueAt(at, qubit) === onWire[qubit]?.length) open.delete(qubit);
    }
  }
  return order;
}
