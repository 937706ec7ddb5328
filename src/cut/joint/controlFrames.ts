/**
 * Cut gates of one qubit that keep a basis of it apart, with whatever stands between them: seen from their other ends
 * they are one controlled operation, of Schmidt rank two however many they are.
 */
import { controlBasis, controlForm, turnedBasis, type ControlForm } from '../../circuit/controlForm.js';
import { gateMatrix } from '../../circuit/gates.js';
import { qubitsOfEnd, type CutCircuit, type GateCut, type Subcircuit } from '../model/cutCircuit.js';

/** The end of a cut gate as a control. */
export interface ControlEnd {
  readonly cut: number;
  readonly end: 0 | 1;
  readonly form: ControlForm;
}

/** Ends on one qubit of a subcircuit that share a basis, in time order. */
export interface ControlFrame {
  readonly subcircuit: number;
  readonly ends: readonly ControlEnd[];
}

/** All frames; an end of a cut gate of two qubits and Schmidt rank two is in exactly one, others are in none. */
export function controlFrames(cut: CutCircuit): ControlFrame[] {
  return cut.subcircuits.flatMap((subcircuit) => framesOf(cut, subcircuit));
}

interface OpenFrame {
  basis: Float64Array;
  readonly ends: ControlEnd[];
}

function framesOf(cut: CutCircuit, { index, gates, gateEnds }: Subcircuit): ControlFrame[] {
  const frames: { subcircuit: number; ends: ControlEnd[] }[] = [];
  const open = new Map<number, OpenFrame>();
  const begin = (qubit: number, number: number, end: 0 | 1, unitary: Float64Array): void => {
    const basis = controlBasis(unitary, end);
    const form = basis === undefined ? undefined : controlForm(unitary, end, basis);
    if (form === undefined) {
      open.delete(qubit);
      return;
    }
    const ends = [{ cut: number, end, form }];
    frames.push({ subcircuit: index, ends });
    open.set(qubit, { basis: form.output, ends });
  };
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) {
      const gateEnd = gateEnds[next];
      const gateCut = cut.cuts[gateEnd?.cut ?? -1];
      if (gateEnd === undefined || gateCut?.kind !== 'gate') break;
      const { qubit, end } = gateEnd;
      const unitary = Float64Array.from(gateCut.unitary);
      if (gateCut.sides !== undefined) {
        // It keeps the basis of 0 and 1 on each of its qubits, and is in no frame itself.
        for (const each of qubitsOfEnd(gateEnd)) {
          const basis = open.get(each)?.basis;
          if (basis !== undefined && controlForm(unitary, end, basis) === undefined) open.delete(each);
        }
        continue;
      }
      const frame = open.get(qubit);
      const form = frame === undefined ? undefined : controlForm(unitary, end, frame.basis);
      if (frame === undefined || form === undefined) {
        begin(qubit, gateEnd.cut, end, unitary);
        continue;
      }
      frame.basis = form.output;
      if (schmidtBonds(gateCut) > 0) frame.ends.push({ cut: gateEnd.cut, end, form });
    }
    const gate = gates[position];
    if (gate === undefined || !gate.qubits.some((qubit) => open.has(qubit))) continue;
    const matrix = gateMatrix(gate);
    gate.qubits.forEach((qubit, end) => {
      const frame = open.get(qubit);
      if (frame === undefined) return;
      const basis =
        gate.qubits.length === 1
          ? turnedBasis(matrix, frame.basis)
          : controlForm(matrix, end === 0 ? 0 : 1, frame.basis)?.output;
      if (basis === undefined) open.delete(qubit);
      else frame.basis = basis;
    });
  }
  return frames;
}

/** Bonds that a cut gate has of its own, whatever it shares. */
function schmidtBonds({ unitary, bonds, shared }: GateCut): number {
  return shared === undefined
    ? bonds.length
    : controlBasis(Float64Array.from(unitary), 0) === undefined
      ? 0
      : 1;
}
