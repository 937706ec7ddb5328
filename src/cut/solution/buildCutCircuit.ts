/**
 * Turns parts of gates into subcircuits. A wire of the circuit falls into segments, one per run of consecutive
 * gate ends in the same part; each segment is one local qubit, so a wire that leaves a part and comes back is a new
 * qubit there.
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { branchQubits, gateCutBasis } from '../../circuit/gateCutBasis.js';
import { KroncutError, required } from '../../error.js';
import type { Cut, CutCircuit, GateCutEnd, Subcircuit } from '../model/cutCircuit.js';
import { buildCutGraph, partOfEnd, type CutGraph, type GatePart } from '../model/cutGraph.js';
import { pairRuns, runUnitary, type PairRun } from '../model/pairRuns.js';
import { shareBonds } from '../joint/sharedBonds.js';
import { wholeGates, type WholeGate } from '../joint/wholeGates.js';
import { controlledPhaseMatrix } from '../../circuit/phaseOfAll.js';

/** A maximal run of a wire inside one subcircuit. */
interface Segment {
  readonly qubit: number;
  readonly group: string;
  /** Position in the circuit of the two-qubit gate that the segment starts with; -1 for the start of the wire. */
  readonly start: number;
}

interface Group {
  readonly segments: Segment[];
  readonly gates: { readonly gate: Gate; readonly segments: readonly Segment[] }[];
  readonly gateEnds: {
    readonly cut: number;
    readonly end: 0 | 1;
    readonly segments: readonly [Segment, ...Segment[]];
    readonly position: number;
  }[];
  readonly firstGate: number;
}

type CutKind =
  { readonly kind: 'gate'; readonly run: PairRun } | { readonly kind: 'whole'; readonly whole: WholeGate };

type CutPlace =
  | { readonly kind: 'wire'; readonly upstream: Segment; readonly downstream: Segment }
  | (CutKind & { readonly ends: readonly [Segment, Segment] });

/**
 * Splits a circuit into subcircuits.
 *
 * `parts` has one entry per two-qubit gate in circuit order; the numbers are names only. Parts of the circuit
 * that do not touch become separate subcircuits even under one name. One-qubit gates between two cut ends stay
 * upstream, where they act once instead of once per prepared input. Cut gates that follow one another on a pair of
 * qubits become one cut, which never has a larger overhead than all of them. Subcircuits are numbered by their first
 * gate, cuts by the position of the gate that they precede or are, local qubits by wire and then by time.
 *
 * With `joint`, cut gates that act by one basis of a qubit share a bond, and phases of several qubits are cut as one. Throws `input` for a wrong number of entries.
 */
export function buildCutCircuit(
  circuit: Circuit,
  parts: readonly GatePart[],
  { joint = false }: { readonly joint?: boolean | undefined } = {},
): CutCircuit {
  const graph = buildCutGraph(circuit);
  const names = partNames(graph, parts);
  const whole: ReadonlyMap<number, WholeGate> = joint ? wholeGates(circuit, graph, names) : new Map();
  const { groups, places } = splitWires(circuit, graph, names, whole);
  const ordered = [...groups.values()].sort((a, b) => a.firstGate - b.firstGate);
  const place = numberSegments(ordered);
  const inputs: WireEnd[][] = ordered.map(() => []);
  const outputs: WireEnd[][] = ordered.map(() => []);
  places.forEach((cut, number) => {
    if (cut.kind !== 'wire') return;
    const [up, down] = [place(cut.upstream), place(cut.downstream)];
    outputs[up.subcircuit]?.push({ cut: number, qubit: up.qubit });
    inputs[down.subcircuit]?.push({ cut: number, qubit: down.qubit });
  });
  const { outcomes, zeroBits } = placeOutcomes(circuit, ordered, place);
  const subcircuits = ordered.map((group, index): Subcircuit => ({
    index,
    width: group.segments.length,
    gates: group.gates.map(({ gate, segments }) => ({
      name: gate.name,
      qubits: segments.map((segment) => place(segment).qubit),
      params: gate.params,
    })),
    inputs: inputs[index] ?? [],
    outputs: outputs[index] ?? [],
    gateEnds: group.gateEnds.map(({ cut, end, segments: [first, ...rest], position }): GateCutEnd => ({
      cut,
      qubit: place(first).qubit,
      end,
      position,
      ...(rest.length === 0 ? {} : { others: rest.map((segment) => place(segment).qubit) }),
    })),
    outcomes: outcomes[index] ?? [],
    wires: group.segments.map((segment) => segment.qubit),
  }));
  const cuts = describeCuts(circuit, places, place);
  const cut = { qubits: circuit.qubits, outcomeBits: circuit.outcomes.length, zeroBits, subcircuits, cuts };
  return joint ? shareBonds(cut) : cut;
}

/** Where a segment of a wire ended up: the subcircuit, and its local qubit there. */
type Place = (segment: Segment) => { readonly subcircuit: number; readonly qubit: number };
type WireEnd = Subcircuit['inputs'][number];

/** Sorts the segments of each group by wire and time, and numbers them. */
function numberSegments(ordered: readonly Group[]): Place {
  const indexOf = new Map<Segment, { subcircuit: number; qubit: number }>();
  ordered.forEach((group, subcircuit) => {
    group.segments
      .sort((a, b) => a.qubit - b.qubit || a.start - b.start)
      .forEach((segment, qubit) => indexOf.set(segment, { subcircuit, qubit }));
  });
  return (segment) => {
    const found = indexOf.get(segment);
    if (found === undefined)
      throw new KroncutError('internal', `a segment of wire ${segment.qubit} was lost`);
    return found;
  };
}

/** The cuts with their bonds, which are numbered through. */
function describeCuts(circuit: Circuit, places: readonly CutPlace[], place: Place): Cut[] {
  let label = 0;
  return places.map((cut, index): Cut => {
    if (cut.kind === 'wire') {
      const [from, to] = [place(cut.upstream).subcircuit, place(cut.downstream).subcircuit];
      return { kind: 'wire', index, qubit: cut.upstream.qubit, from, to, bonds: [label++] };
    }
    if (cut.kind === 'whole') return wholeCut(cut, index, label++, place);
    const { qubits, positions: gates } = cut.run;
    const unitary = runUnitary(circuit, cut.run);
    return {
      kind: 'gate',
      index,
      qubits,
      from: place(cut.ends[0]).subcircuit,
      to: place(cut.ends[1]).subcircuit,
      gates,
      unitary: [...unitary],
      bonds: Array.from({ length: branchQubits(gateCutBasis(unitary)) }, () => label++),
    };
  });
}

function wholeCut(
  { whole: { group, sides }, ends }: Extract<CutPlace, { readonly kind: 'whole' }>,
  index: number,
  label: number,
  place: Place,
): Cut {
  const [first, second] = sides.map(([qubit]) => required(qubit, `a qubit of cut ${index}`));
  return {
    kind: 'gate',
    index,
    qubits: [required(first, 'a side'), required(second, 'a side')],
    sides,
    from: place(ends[0]).subcircuit,
    to: place(ends[1]).subcircuit,
    gates: group.positions,
    unitary: [...controlledPhaseMatrix(group.angle)],
    bonds: [label],
  };
}

/** Outcome bits by subcircuit, each on the last segment of its wire; those of wires without gates are 0. */
function placeOutcomes(
  circuit: Circuit,
  ordered: readonly Group[],
  place: Place,
): { outcomes: { bit: number; qubit: number }[][]; zeroBits: number[] } {
  const lastSegment = new Map<number, Segment>();
  for (const segment of ordered.flatMap(({ segments }) => segments)) {
    const last = lastSegment.get(segment.qubit);
    if (last === undefined || segment.start > last.start) lastSegment.set(segment.qubit, segment);
  }
  const zeroBits: number[] = [];
  const outcomes: { bit: number; qubit: number }[][] = ordered.map(() => []);
  circuit.outcomes.forEach((qubit, bit) => {
    const segment = lastSegment.get(qubit);
    if (segment === undefined) zeroBits.push(bit);
    else outcomes[place(segment).subcircuit]?.push({ bit, qubit: place(segment).qubit });
  });
  return { outcomes, zeroBits };
}

type Names = readonly (readonly [string, string])[];

/** The names of the groups of each gate's ends: their component and their part. */
function partNames(graph: CutGraph, parts: readonly GatePart[]): Names {
  const gates = graph.gatePositions.length;
  if (parts.length !== gates) {
    throw new KroncutError(
      'input',
      `parts has ${parts.length} entries, but the circuit has ${gates} two-qubit gates and needs one entry for each`,
    );
  }
  return parts.map((part, gate) => {
    const component = graph.component[required(graph.ends[2 * gate], `an end of gate ${gate}`).qubit];
    return [`${component}:${partOfEnd(part, 0)}`, `${component}:${partOfEnd(part, 1)}`];
  });
}

/** The run of every position of the circuit that a cut gate takes up. */
function cutRuns(
  circuit: Circuit,
  graph: CutGraph,
  names: Names,
  whole: ReadonlyMap<number, WholeGate>,
): ReadonlyMap<number, PairRun> {
  const isCut = (gate: number | undefined): boolean => {
    const [first, second] = names[gate ?? -1] ?? [];
    return first !== second;
  };
  const nameOn = (gate: number, qubit: number | undefined): string | undefined =>
    names[gate]?.[graph.ends[2 * gate]?.qubit === qubit ? 0 : 1];
  const joins = (before: number, after: number): boolean =>
    [2 * before, 2 * before + 1].every((end) => {
      const qubit = graph.ends[end]?.qubit;
      return nameOn(before, qubit) === nameOn(after, qubit);
    });
  const runs = pairRuns(circuit, joins, whole).filter(({ twoQubit }) => isCut(twoQubit[0]));
  return new Map(runs.flatMap((run) => run.positions.map((position) => [position, run] as const)));
}

function splitWires(
  circuit: Circuit,
  graph: CutGraph,
  names: Names,
  whole: ReadonlyMap<number, WholeGate>,
): { groups: Map<string, Group>; places: CutPlace[] } {
  const runs = cutRuns(circuit, graph, names, whole);
  const wires = new Wires(graph, names);
  let twoQubit = 0;
  circuit.gates.forEach((gate, position) => {
    const targets = gate.qubits.length === 2 ? names[twoQubit++] : undefined;
    const phase = whole.get(position);
    const run = runs.get(position);
    if (phase !== undefined) {
      if (phase.group.positions[0] !== position) return;
      const [one, other] = phase.sides.map((side) =>
        side.map((qubit) => wires.reach(qubit, phase.names.get(qubit), position)),
      );
      wires.cutBetween([one ?? [], other ?? []], { kind: 'whole', whole: phase });
      return;
    }
    if (run !== undefined && run.positions[0] !== position) return;
    const segments = gate.qubits.map((qubit, end) => wires.reach(qubit, targets?.[end], position));
    const [first, second] = segments;
    if (run === undefined || first === undefined || second === undefined) {
      wires.groups.get(first?.group ?? '')?.gates.push({ gate, segments });
      return;
    }
    wires.cutBetween([[first], [second]], { kind: 'gate', run });
  });
  return wires;
}

/** Segments, and the cuts between them, as far as the gates were walked through. */
class Wires {
  readonly groups = new Map<string, Group>();
  readonly places: CutPlace[] = [];
  readonly #current: (Segment | undefined)[];
  readonly #firstGroup: readonly string[];

  constructor(graph: CutGraph, names: Names) {
    this.#current = Array.from({ length: graph.qubits });
    this.#firstGroup = graph.wires.map((wire, qubit) => {
      const end = graph.ends[wire[0] ?? -1];
      return end === undefined ? `wire ${qubit}` : (names[end.gate]?.[end.end] ?? '');
    });
  }

  /** The segment of a wire that a gate acts on at `position`, in the part `target` where it says so. */
  reach(qubit: number, target: string | undefined, position: number): Segment {
    const before = this.#current[qubit];
    if (before === undefined) return this.#open(qubit, this.#firstGroup[qubit] ?? '', -1, position);
    if (target === undefined || target === before.group) return before;
    const after = this.#open(qubit, target, position, position);
    this.places.push({ kind: 'wire', upstream: before, downstream: after });
    return after;
  }

  cutBetween(ends: readonly [readonly Segment[], readonly Segment[]], kind: CutKind): void {
    const [first, second] = ends.map(([segment, ...rest], end): Segment => {
      const leading = required(segment, 'a qubit at either end of a cut gate');
      const group = required(this.groups.get(leading.group), 'the part of a cut gate');
      group.gateEnds.push({
        cut: this.places.length,
        end: end === 0 ? 0 : 1,
        segments: [leading, ...rest],
        position: group.gates.length,
      });
      return leading;
    });
    this.places.push({ ...kind, ends: [required(first, 'an end'), required(second, 'an end')] });
  }

  #open(qubit: number, group: string, start: number, position: number): Segment {
    const segment = { qubit, group, start };
    this.#current[qubit] = segment;
    const known = this.groups.get(group);
    if (known !== undefined) known.segments.push(segment);
    else this.groups.set(group, { segments: [segment], gates: [], gateEnds: [], firstGate: position });
    return segment;
  }
}
