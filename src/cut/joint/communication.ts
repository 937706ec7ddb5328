/**
 * Wire cuts with classical communication: n wires that go from one subcircuit to another in one time slice are cut
 * together with gamma 2^(n+1) - 1 instead of 4^n, where the second subcircuit waits for what the first one measured (Brenner,
 * Piveteau and Sutter, arXiv:2302.03366). Cut gates stay as they are, made one by one by local operations.
 */
import { qubitsOfEnd, type CutCircuit, type Subcircuit } from '../model/cutCircuit.js';
import { totalGamma } from '../model/overhead.js';
import { required, valueAt } from '../../error.js';

export interface Communication {
  /** Wire cuts that are made together, by their numbers; cuts that stay alone are groups of one. */
  readonly groups: readonly (readonly number[])[];
  /** Product of gamma over these groups and all cut gates. */
  readonly gamma: number;
}

/** Groups above this number are not joined any further: levels alone decide. */
const MOST_GROUPS = 300;

/** Gamma of n wires that are cut together. */
export function wiresTogether(wires: number): number {
  return 2 ** (wires + 1) - 1;
}

/**
 * Groups of wire cuts that can be made at one time, all groups in one order of time, large ones where possible. Cuts
 * of one level (as many cuts lie before them) never depend on one another; groups of one direction are then joined as long as
 * no group has to come both before and after another. That is greedy: the gamma can be reached, and may not be the least.
 */
export function communication(cut: CutCircuit): Communication {
  const before = causes(cut);
  const level = new Map<number, number>();
  const groups = new Map<string, number[]>();
  for (const [index, earlier] of before) {
    const own = [...earlier].reduce((most, other) => Math.max(most, (level.get(other) ?? 0) + 1), 0);
    level.set(index, own);
    const { from, to } = cut.cuts[index] ?? { from: -1, to: -1 };
    const key = `${from},${to},${own}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const joined = joinGroups(cut, [...groups.values()], before);
  const wires = joined.reduce((product, group) => product * wiresTogether(group.length), 1);
  return { groups: joined, gamma: wires * totalGamma(cut.cuts.filter(({ kind }) => kind === 'gate')) };
}

/** For each wire cut, in an order of time, the wire cuts that come before it along wires and uncut gates. */
function causes(cut: CutCircuit): Map<number, ReadonlySet<number>> {
  const found = new Map<number, ReadonlySet<number>>();
  const subcircuits = cut.subcircuits.map((each) => ({ ...each, gates: actsOf(each) }));
  /** Cuts before what is next on each local qubit; undefined until its wire has entered. */
  const past = subcircuits.map(({ width, inputs }) => {
    const sets: (ReadonlySet<number> | undefined)[] = Array.from({ length: width }, () => new Set<number>());
    for (const { qubit } of inputs) sets[qubit] = undefined;
    return sets;
  });
  const input = new Map(
    subcircuits.flatMap(({ index, inputs }) => inputs.map((end) => [end.cut, { index, qubit: end.qubit }])),
  );
  const left = subcircuits.map(({ width, gates }) => {
    const counts = new Int32Array(width);
    for (const { qubits } of gates) for (const qubit of qubits) counts[qubit] = valueAt(counts, qubit) + 1;
    return counts;
  });
  const at = new Int32Array(subcircuits.length);
  const leave = (index: number, qubit: number): void => {
    const output = subcircuits[index]?.outputs.find((end) => end.qubit === qubit);
    const earlier = past[index]?.[qubit];
    if (output === undefined || earlier === undefined || found.has(output.cut)) return;
    found.set(output.cut, earlier);
    const target = input.get(output.cut);
    const sets = past[target?.index ?? -1];
    if (target === undefined || sets === undefined) return;
    sets[target.qubit] = new Set([...earlier, output.cut]);
    // A wire may pass a subcircuit without a gate that is not cut.
    if (left[target.index]?.[target.qubit] === 0) leave(target.index, target.qubit);
  };
  subcircuits.forEach(({ index, width }) => {
    for (let qubit = 0; qubit < width; qubit += 1) if (left[index]?.[qubit] === 0) leave(index, qubit);
  });
  for (let moved = true; moved;) {
    moved = false;
    for (const { index, gates } of subcircuits) {
      const sets = past[index] ?? [];
      for (;;) {
        const gate = gates[valueAt(at, index)];
        if (gate === undefined || gate.qubits.some((qubit) => sets[qubit] === undefined)) break;
        if (new Set(gate.qubits.map((qubit) => sets[qubit])).size > 1) {
          const joined = new Set(gate.qubits.flatMap((qubit) => [...(sets[qubit] ?? [])]));
          for (const qubit of gate.qubits) sets[qubit] = joined;
        }
        at[index] = valueAt(at, index) + 1;
        moved = true;
        for (const qubit of gate.qubits) {
          const counts = left[index];
          if (counts === undefined) continue;
          counts[qubit] = valueAt(counts, qubit) - 1;
          if (counts[qubit] === 0) leave(index, qubit);
        }
      }
    }
  }
  return found;
}

/** What brings qubits of a subcircuit together, in time order: its gates, and ends of cut gates on several qubits. */
function actsOf({ gates, gateEnds }: Subcircuit): { readonly qubits: readonly number[] }[] {
  const acts: { readonly qubits: readonly number[] }[] = [];
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (let end = gateEnds[next]; end?.position === position; end = gateEnds[++next])
      if (end.others !== undefined) acts.push({ qubits: qubitsOfEnd(end) });
    const gate = gates[position];
    if (gate !== undefined) acts.push(gate);
  }
  return acts;
}

function joinGroups(
  cut: CutCircuit,
  groups: readonly number[][],
  before: ReadonlyMap<number, ReadonlySet<number>>,
): number[][] {
  let all = groups.map((group) => [...group]);
  if (all.length > MOST_GROUPS) return all;
  const direction = (group: readonly number[]): string => {
    const first = cut.cuts[group[0] ?? -1];
    return `${first?.from},${first?.to}`;
  };
  for (let changed = true; changed;) {
    changed = false;
    all.sort((a, b) => b.length - a.length);
    const reached = reachable(all, before);
    search: for (const [i, a] of all.entries()) {
      for (const [j, b] of all.entries()) {
        if (j <= i || direction(a) !== direction(b)) continue;
        if (reached[i]?.has(j) === true || reached[j]?.has(i) === true) continue;
        all = all.filter((group) => group !== a && group !== b);
        all.push([...a, ...b]);
        changed = true;
        break search;
      }
    }
  }
  return all.map((group) => group.toSorted((a, b) => a - b)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** For each group, those that have to come before it, through any others. */
function reachable(
  groups: readonly (readonly number[])[],
  before: ReadonlyMap<number, ReadonlySet<number>>,
): Set<number>[] {
  const groupOf = new Map(groups.flatMap((group, i) => group.map((index) => [index, i] as const)));
  const direct = groups.map(
    (group) =>
      new Set(
        group.flatMap((index) =>
          [...(before.get(index) ?? [])].map((other) =>
            required(groupOf.get(other), `the group of cut ${other}`),
          ),
        ),
      ),
  );
  return direct.map((first) => {
    const seen = new Set(first);
    for (const group of seen) for (const earlier of direct[group] ?? []) seen.add(earlier);
    return seen;
  });
}

/**
 * The least gamma of cuts with communication where that of cuts made one by one is at least `gamma`: n wires in one
 * group, and gates for the rest. Several groups cost no less: (2^(a+1) - 1)(2^(b+1) - 1) is at least 2^(a+b+1) - 1.
 */
export function leastCommunicating(gamma: number): number {
  let least = Math.max(1, gamma);
  for (let wires = 1; 4 ** (wires - 1) < gamma && wires < 1000; wires += 1) {
    least = Math.min(least, wiresTogether(wires) * Math.max(1, gamma / 4 ** wires));
  }
  return least;
}
