/**
 * Completes cuts that the user chose in part. The finder's answer without the choices is the start, and its bound holds
 * for every completion; choices are then imposed on it, and moves of gate ends, gates, wires and whole parts improve what
 * comes out.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { KroncutError, required } from '../../../error.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import {
  buildCutGraph,
  DisjointSets,
  partOfEnd,
  type CutGraph,
  type GatePart,
} from '../../model/cutGraph.js';
import { exceededLimits, type CutLimits, type Measures } from '../../model/limits.js';
import type { Pace } from '../../../run/resources/pace.js';
import { optionName } from '../../../options/optionName.js';

/** The part of a gate or of its two ends; null where the finder decides. */
export type PartialPart = number | null | readonly [number | null, number | null];

/** What a user wants of the cuts. */
export interface CutWishes {
  /** One entry per two-qubit gate in circuit order. */
  readonly parts: readonly PartialPart[];
  /** Two-qubit gates, counted in circuit order, that must not be cut. */
  readonly wholeGates: readonly number[];
  /** Qubits whose wires must not be cut. */
  readonly wholeWires: readonly number[];
  /** Gate ends in sets that each have one part; what one list holds is moved together, too. */
  readonly tied?: readonly (readonly (readonly number[])[])[] | undefined;
  /** What states the wishes, for messages. */
  readonly source: string;
}

/** Whether nothing is left to decide. */
export function isComplete(parts: readonly PartialPart[]): parts is readonly GatePart[] {
  return parts.every((part) =>
    part !== null && typeof part === 'object' ? !part.includes(null) : part !== null,
  );
}

/** Gate ends that stay together, and the label of those that have one. */
export interface Units {
  /** Unit of each gate end. */
  readonly unitOf: readonly number[];
  readonly count: number;
  /** Label of each unit; -1 where the finder decides. */
  readonly fixed: Int32Array;
}

/** Joins what must stay together. Throws `input` where wishes contradict one another, naming the gate. */
export function unitsOf(circuit: Circuit, graph: CutGraph, wishes: CutWishes): Units {
  const sets = new DisjointSets(graph.ends.length);
  for (const gate of wishes.wholeGates) sets.join(2 * gate, 2 * gate + 1);
  for (const qubit of wishes.wholeWires) {
    const wire = graph.wires[qubit] ?? [];
    for (const end of wire) sets.join(wire[0] ?? end, end);
  }
  for (const ends of (wishes.tied ?? []).flat()) for (const end of ends) sets.join(ends[0] ?? end, end);
  // One number for a gate keeps it whole, whatever the number; null leaves it open whether the gate is cut.
  const { label: unitOf, count } = sets.labels();
  const fixed = new Int32Array(count).fill(-1);
  wishes.parts.forEach((part, gate) => {
    for (const end of [0, 1] as const) {
      const wanted = part === null || typeof part === 'number' ? part : part[end];
      if (wanted === null) continue;
      const unit = unitOf[2 * gate + end] ?? 0;
      const known = fixed[unit] ?? -1;
      if (known >= 0 && known !== wanted) {
        const name = circuit.gates[graph.gatePositions[gate] ?? 0]?.name ?? 'gate';
        throw new KroncutError(
          'input',
          `${wishes.source}: two-qubit gate ${gate} (${name} on qubits ${graph.ends[2 * gate]?.qubit}, ` +
            `${graph.ends[2 * gate + 1]?.qubit}) is given a part that differs from another's which a whole gate or ` +
            `wire ties it to; give both the same part, or allow that cut`,
        );
      }
      fixed[unit] = wanted;
    }
  });
  return { unitOf, count, fixed };
}

export interface CompletionLimits extends CutLimits, Measures {
  /** What is made small. */
  readonly price: (cut: CutCircuit) => number;
  /** Cuts are made together: see `buildCutCircuit`. */
  readonly joint?: boolean | undefined;
}

interface Score {
  /** By how much limits are exceeded, in all. */
  readonly excess: number;
  readonly price: number;
}

/**
 * Completes `wishes` from the parts `start` of a solution without them. Throws `infeasible` where the limits are still
 * exceeded at the end, with values that suffice.
 */
export async function completeParts(
  circuit: Circuit,
  wishes: CutWishes,
  start: readonly GatePart[],
  limits: CompletionLimits,
  pace: Pace,
): Promise<GatePart[]> {
  const graph = buildCutGraph(circuit);
  const units = unitsOf(circuit, graph, wishes);
  const label = imposed(units, start);
  const members = moves(graph, units, wishes.tied);
  let score = rate(label);
  for (let improved = true; improved && !pace.over;) {
    improved = false;
    for (const group of [...members, ...sameLabel(units, label)]) {
      if (pace.over) break;
      for (const target of targets(label, group)) {
        await pace.breathe();
        if (pace.over) break;
        const before = group.map((unit) => label[unit] ?? 0);
        for (const unit of group) label[unit] = target;
        const next = rate(label);
        if (isBetter(next, score)) {
          score = next;
          improved = true;
        } else {
          group.forEach((unit, i) => (label[unit] = before[i] ?? 0));
        }
      }
    }
  }
  const parts = partsOf(label);
  if (score.excess > 0) throw exceeded(buildCutCircuit(circuit, parts), limits, wishes.source);
  return parts;

  function partsOf(labels: Int32Array): GatePart[] {
    return graph.gatePositions.map((_, gate) => {
      const [a = 0, b = 0] = [0, 1].map((end) => labels[units.unitOf[2 * gate + end] ?? 0] ?? 0);
      return a === b ? a : [a, b];
    });
  }

  function rate(labels: Int32Array): Score {
    const cut = buildCutCircuit(circuit, partsOf(labels), limits);
    const { maxWidth = Infinity, widthOf } = limits;
    const wide = cut.subcircuits.reduce((sum, { width }) => sum + Math.max(0, width - maxWidth), 0);
    const excess = exceededLimits(cut, limits, limits).reduce(
      (sum, { kind, value, limit }) =>
        sum +
        (kind.key === 'maxWidth' && widthOf === undefined
          ? wide
          : kind.whole
            ? value - limit
            : Math.log2(value / limit)),
      0,
    );
    return { excess, price: limits.price(cut) };
  }
}

function isBetter(a: Score, b: Score): boolean {
  return a.excess < b.excess || (a.excess === b.excess && a.price < b.price * (1 - 1e-12));
}

/** Labels of all units: the fixed ones, and for the others what most of their ends have in `start`. */
function imposed({ unitOf, count, fixed }: Units, start: readonly GatePart[]): Int32Array {
  const partOf = unitOf.map((_, end) =>
    partOfEnd(required(start[end >> 1], `the part of gate ${end >> 1}`), end % 2 === 0 ? 0 : 1),
  );
  const labelOfPart = new Map<number, number>();
  let next = fixed.reduce((most, value) => Math.max(most, value), -1) + 1;
  for (const part of new Set(partOf)) {
    const votes = unitOf.flatMap((unit, end) => (partOf[end] === part ? [fixed[unit] ?? -1] : []));
    const common = mostCommon(votes.filter((value) => value >= 0));
    labelOfPart.set(part, common ?? next++);
  }
  const votes = Array.from({ length: count }, (): number[] => []);
  unitOf.forEach((unit, end) => {
    const part = required(partOf[end], `the part of gate end ${end}`);
    votes[unit]?.push(required(labelOfPart.get(part), `the label of part ${part}`));
  });
  return Int32Array.from(votes, (list, unit) => {
    const wanted = fixed[unit] ?? -1;
    return wanted >= 0 ? wanted : (mostCommon(list) ?? 0);
  });
}

/** The most frequent value, the lowest of several. */
function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

/** Free units that move together: each alone, those of each gate, of each wire, of each list of sets that are tied. */
function moves(graph: CutGraph, { unitOf, count, fixed }: Units, tied: CutWishes['tied'] = []): number[][] {
  const free = (ends: readonly number[]): number[] => [
    ...new Set(ends.map((end) => unitOf[end] ?? 0).filter((unit) => (fixed[unit] ?? 0) < 0)),
  ];
  const groups = [
    ...Array.from({ length: count }, (_, unit) => [unit]).filter(([unit = 0]) => (fixed[unit] ?? 0) < 0),
    ...graph.gatePositions.map((_, gate) => free([2 * gate, 2 * gate + 1])),
    ...graph.wires.map((wire) => free(wire)),
    ...tied.map((sets) => free(sets.flat())),
  ];
  const distinct = new Map(groups.filter(({ length }) => length > 0).map((group) => [group.join(), group]));
  return [...distinct.values()];
}

/** The free units of each label: moving them joins two parts. */
function sameLabel({ fixed }: Units, label: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  label.forEach((name, unit) => {
    if ((fixed[unit] ?? 0) >= 0) return;
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [unit]);
    else known.push(unit);
  });
  return [...groups.values()];
}

/** All labels in use, and one that is not. */
function targets(label: Int32Array, group: readonly number[]): number[] {
  const used = new Set(label);
  let fresh = 0;
  while (used.has(fresh)) fresh += 1;
  return [...used, fresh].filter((target) => group.some((unit) => label[unit] !== target));
}

function exceeded(cut: CutCircuit, limits: CompletionLimits, source: string): KroncutError {
  const enough = exceededLimits(cut, limits, limits);
  const advice = enough.map(({ kind, value }) => `${optionName(kind.key)} ${kind.text(value)}`).join(' and ');
  return new KroncutError(
    'infeasible',
    `no way was found to complete ${source} within the limits (not proven); use ${advice}, or fix fewer parts`,
    {
      details: {
        proven: false,
        options: enough.map(({ kind, value }) => ({ option: kind.key, enough: value })),
      },
    },
  );
}
