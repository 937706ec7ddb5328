/**
 * A circuit in sections that do not mix, with fences between them. A gate is free to go to any section that no fence on its
 * qubits, and no gate before or behind it, keeps it from: so what has nothing to do with a fence is not torn apart by it.
 */
import type { Gate } from '../circuit/circuit.js';
import { fenceOnPlaces, type Fence, type Sequence } from '../circuit/fence.js';
import { required, valueAt } from '../error.js';
import { isIdentity } from './gates/permutation.js';
import type { Relabelled } from './gates/relabel.js';

/** `fences[i]` stand between `sections[i]` and `sections[i + 1]`; there is one section more than places for fences. */
export interface Sectioned {
  readonly sections: readonly (readonly Gate[])[];
  readonly fences: readonly (readonly Fence[])[];
}

/** Which section gates go to that are free: the first one, or the last. */
export type Side = 'early' | 'late';

/** Borders of blocks differ from round to round, and with them the sides of fences that gates are on. */
export function sideOf(round: number): Side {
  return round % 2 === 0 ? 'early' : 'late';
}

/** Where qubits end: in one part at most they end on places of one another. */
export function endOf(parts: readonly Relabelled[]): readonly number[] {
  const moved = parts.find((part) => !isIdentity(part.permutation)) ?? valueAt(parts, parts.length - 1);
  return moved.permutation;
}

/** Parts as sections; fences behind one in which qubits have gone to other places go along. */
export function relabelled(fences: Sectioned['fences'], parts: readonly Relabelled[]): Sectioned {
  const moving = parts.findIndex(({ permutation }) => !isIdentity(permutation));
  return {
    sections: parts.map(({ gates }) => gates),
    fences: fences.map((group, i) =>
      moving < 0 || i < moving ? group : group.map((fence) => fenceOnPlaces(fence, endOf(parts))),
    ),
  };
}

/** Fences keep their order, and share a place where no gate has to be between them. */
export function intoSections(sequence: Sequence, qubits: number, side: Side): Sectioned {
  if (sequence.fences.length === 0) return { sections: [sequence.gates], fences: [] };
  if (side === 'early') return early(sequence, qubits);
  const { sections, fences } = early(mirrored(sequence), qubits);
  return {
    sections: sections.toReversed().map((gates) => gates.toReversed()),
    fences: fences.toReversed().map((group) => group.toReversed()),
  };
}

function early(sequence: Sequence, qubits: number): Sectioned {
  const sections: Gate[][] = [[]];
  const fences: Fence[][] = [];
  /** First section for the next gate on each qubit, and first place for the next fence. */
  const gateFrom = new Int32Array(qubits);
  const fenceFrom = new Int32Array(qubits);
  let lastFence = 0;
  const passFence = (fence: Fence): void => {
    const place = Math.max(lastFence, latest(fenceFrom, fence.qubits));
    lastFence = place;
    for (; fences.length <= place;) {
      fences.push([]);
      sections.push([]);
    }
    required(fences[place], 'a place for fences').push(fence);
    for (const q of fence.qubits) {
      gateFrom[q] = place + 1;
      fenceFrom[q] = place;
    }
  };
  const passGate = (gate: Gate): void => {
    const section = latest(gateFrom, gate.qubits);
    required(sections[section], 'a section').push(gate);
    for (const q of gate.qubits) {
      gateFrom[q] = section;
      fenceFrom[q] = section;
    }
  };
  let done = 0;
  for (const fence of sequence.fences) {
    for (; done < fence.position; done += 1) passGate(required(sequence.gates[done], 'a gate'));
    passFence(fence);
  }
  for (const gate of sequence.gates.slice(done)) passGate(gate);
  return { sections, fences };
}

function latest(from: Int32Array, on: readonly number[]): number {
  return on.reduce((most, q) => Math.max(most, from[q] ?? 0), 0);
}

/** The same from its end to its beginning. */
function mirrored({ gates, fences }: Sequence): Sequence {
  return {
    gates: gates.toReversed(),
    fences: fences.toReversed().map((fence) => ({ ...fence, position: gates.length - fence.position })),
  };
}

export function fromSections({ sections, fences }: Sectioned): Sequence {
  let position = 0;
  const placed = fences.flatMap((group, i) => {
    position += required(sections[i], 'the section before a fence').length;
    return group.map((fence) => ({ ...fence, position }));
  });
  return { gates: sections.flat(), fences: placed };
}

/**
 * The section whose qubits may end on places of one another: the last one that has gates, if what stands behind it can be
 * told where they are and has no gate on two qubits, whose pair might be another one then. Undefined where there is none.
 */
export function freeSection({ sections, fences }: Sectioned): number | undefined {
  const last = Math.max(
    0,
    sections.findLastIndex((gates) => gates.length > 0),
  );
  const behind = fences.slice(last).flat();
  return behind.every(({ kind, qubits }) => kind === 'barrier' || qubits.length === 1) ? last : undefined;
}
