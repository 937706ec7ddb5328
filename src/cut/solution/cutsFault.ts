/** What makes a cut circuit that was read from a file impossible: no array is made, and no index used, before this was asked. */
import { findGate } from '../../circuit/gates.js';
import {
  qubitsOfEnd,
  type Cut,
  type CutCircuit,
  type CutEnd,
  type GateCutEnd,
  type Subcircuit,
} from '../model/cutCircuit.js';

/** More qubits than any circuit that could be cut. */
const MOST_QUBITS = 2 ** 20;

/** The first thing that is wrong, in words; undefined where subcircuits, cuts and outcomes fit together. */
export function cutsFault(cut: CutCircuit): string | undefined {
  if (cut.qubits > MOST_QUBITS) return `${cut.qubits} qubits are more than ${MOST_QUBITS}`;
  return (
    firstOf(cut.subcircuits, (subcircuit, index) => subcircuitFault(cut, subcircuit, index)) ??
    endsFault(cut) ??
    bondsFault(cut) ??
    outcomesFault(cut)
  );
}

function firstOf<T>(
  list: readonly T[],
  fault: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of list.entries()) {
    const found = fault(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function subcircuitFault(cut: CutCircuit, subcircuit: Subcircuit, index: number): string | undefined {
  const { width, gates, wires, inputs, outputs, gateEnds, outcomes } = subcircuit;
  const name = `subcircuit ${index}`;
  if (subcircuit.index !== index) return `${name} carries number ${subcircuit.index}`;
  if (wires.length !== width || wires.some((wire) => wire >= cut.qubits)) {
    return `${name} of width ${width} names ${wires.length} wires, or one that the circuit does not have`;
  }
  const used = new Set<number>();
  for (const [i, gate] of gates.entries()) {
    const spec = findGate(gate.name);
    if (spec?.qubits !== gate.qubits.length || spec.params !== gate.params.length) {
      return `gate ${i} of ${name} is no gate: ${gate.name} on ${gate.qubits.length} qubits`;
    }
    if (!areQubits(gate.qubits, width))
      return `gate ${i} of ${name} acts on qubits ${gate.qubits.join(', ')}`;
    for (const qubit of gate.qubits) used.add(qubit);
  }
  let position = 0;
  for (const end of gateEnds) {
    if (end.position < position || end.position > gates.length) {
      return `the ends of cut gates of ${name} are not in time order`;
    }
    ({ position } = end);
    const qubits = qubitsOfEnd(end);
    if (!areQubits(qubits, width))
      return `an end of a cut gate of ${name} acts on qubits ${qubits.join(', ')}`;
    for (const qubit of qubits) used.add(qubit);
  }
  for (const qubits of [inputs, outputs, outcomes].map((list) => list.map(({ qubit }) => qubit))) {
    if (!areQubits(qubits, width)) return `ends or outcomes of ${name} are on qubits ${qubits.join(', ')}`;
  }
  if (used.size !== width || [...used].some((qubit) => qubit >= width)) {
    return `${name} has a qubit without a gate, or a gate without a qubit`;
  }
  return undefined;
}

/** True for different numbers below `width`. */
function areQubits(qubits: readonly number[], width: number): boolean {
  return new Set(qubits).size === qubits.length && qubits.every((qubit) => qubit < width);
}

/** Every cut has its two ends, in the subcircuits that it names. */
function endsFault({ subcircuits, cuts }: CutCircuit): string | undefined {
  const ends = new Map<string, number>();
  const note = (kind: string, side: 0 | 1, index: number, list: readonly CutEnd[]): string | undefined =>
    firstOf(list, ({ cut: number }) => {
      const cut = cuts[number];
      const home = side === 0 ? cut?.from : cut?.to;
      const key = `${number} ${side}`;
      if (cut?.kind !== kind || home !== index || ends.has(key)) {
        return `subcircuit ${index} has an end of ${kind} cut ${number}, which has no such end`;
      }
      ends.set(key, index);
      return undefined;
    });
  const fault = firstOf(
    subcircuits,
    ({ inputs, outputs, gateEnds, wires }, index) =>
      note('wire', 0, index, outputs) ??
      note('wire', 1, index, inputs) ??
      firstOf(gateEnds, (end) => note('gate', end.end, index, [end]) ?? sideFault(cuts[end.cut], end, wires)),
  );
  if (fault !== undefined) return fault;
  return ends.size === 2 * cuts.length ? undefined : 'a cut does not have two ends';
}

/** The end of a cut gate is on the wires that the cut names. */
function sideFault(cut: Cut | undefined, end: GateCutEnd, wires: readonly number[]): string | undefined {
  if (cut?.kind !== 'gate') return undefined;
  const side = cut.sides?.[end.end] ?? [cut.qubits[end.end]];
  const there = qubitsOfEnd(end).map((qubit) => wires[qubit]);
  if (there.join() === side.join()) return undefined;
  return `gate cut ${end.cut} has an end on ${side.join(', ')} of the circuit, which is on ${there.join(', ')} in its subcircuit`;
}

/** Labels of bonds are dense over all cuts: one for a wire, up to two for a gate. */
function bondsFault({ qubits, cuts }: CutCircuit): string | undefined {
  const labels = new Set<number>();
  const fault = firstOf(cuts, (cut, index) => {
    const { kind, bonds } = cut;
    const fits = kind === 'wire' ? bonds.length === 1 : bonds.length <= 2;
    if (cut.index !== index || !fits)
      return `cut ${index} carries number ${cut.index} and ${bonds.length} bonds`;
    if (!areQubits(cut.kind === 'wire' ? [cut.qubit] : (cut.sides?.flat() ?? cut.qubits), qubits)) {
      return `cut ${index} is on qubits that are not as many different ones of the circuit`;
    }
    if (cut.kind === 'gate' && cut.shared !== undefined && cuts[cut.shared.leader]?.kind !== 'gate') {
      return `cut ${index} shares the bond of cut ${cut.shared.leader}, which is no cut gate`;
    }
    for (const label of bonds) labels.add(label);
    return undefined;
  });
  if (fault !== undefined) return fault;
  const count = cuts.reduce((sum, { bonds }) => sum + bonds.length, 0);
  const dense = labels.size === count && [...labels].every((label) => label < count);
  return dense ? undefined : 'the labels of the bonds are not 0, 1, 2, and so on';
}

/** Every outcome bit is that of one qubit, or 0 by construction. */
function outcomesFault({ outcomeBits, zeroBits, subcircuits }: CutCircuit): string | undefined {
  const bits = [...zeroBits, ...subcircuits.flatMap(({ outcomes }) => outcomes.map(({ bit }) => bit))];
  const complete = bits.length === outcomeBits && areQubits(bits, outcomeBits);
  return complete ? undefined : `the subcircuits do not have the ${outcomeBits} outcome bits, each once`;
}
