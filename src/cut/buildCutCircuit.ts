/**
 * Turns parts of gates into subcircuits. A wire of the circuit falls into segments, one per run of consecutive
 * gates in the same part; each segment is one local qubit, so a wire that leaves a part and comes back is a new
 * qubit there.
 */
import type { Circuit, Gate } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import type { Cut, CutCircuit, Subcircuit } from './cutCircuit.js';
import { buildCutGraph, partOfEnd, type CutGraph, type GatePart } from './cutGraph.js';

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
  readonly firstGate: number;
}

/**
 * Splits a circuit into subcircuits.
 *
 * `parts` has one entry per two-qubit gate in circuit order; the numbers are names only. Parts of the circuit
 * that do not touch become separate subcircuits even under one name. One-qubit gates between two cut ends stay
 * upstream, where they act once instead of once per prepared input. Subcircuits are numbered by their first
 * gate, cuts by the position of the gate they precede, local qubits by wire and then by time.
 *
 * Throws `input` for a wrong number of entries and for an entry that cuts a gate.
 */
export function buildCutCircuit(circuit: Circuit, parts: readonly GatePart[]): CutCircuit {
  const graph = buildCutGraph(circuit);
  const names = partNames(graph, parts);
  const { groups, cutEnds } = splitWires(circuit, graph, names);

  const ordered = [...groups.values()].sort((a, b) => a.firstGate - b.firstGate);
  const indexOf = new Map<Segment, { subcircuit: number; qubit: number }>();
  ordered.forEach((group, subcircuit) => {
    group.segments
      .sort((a, b) => a.qubit - b.qubit || a.start - b.start)
      .forEach((segment, qubit) => indexOf.set(segment, { subcircuit, qubit }));
  });
  const place = (segment: Segment): { subcircuit: number; qubit: number } => {
    const found = indexOf.get(segment);
    if (found === undefined)
      throw new KroncutError('internal', `a segment of wire ${segment.qubit} was lost`);
    return found;
  };

  const cuts: Cut[] = cutEnds.map(({ upstream, downstream }, index) => ({
    kind: 'wire',
    index,
    qubit: upstream.qubit,
    from: place(upstream).subcircuit,
    to: place(downstream).subcircuit,
  }));
  const lastSegment = new Map<number, Segment>();
  for (const group of ordered) {
    for (const segment of group.segments) {
      const last = lastSegment.get(segment.qubit);
      if (last === undefined || segment.start > last.start) lastSegment.set(segment.qubit, segment);
    }
  }
  const zeroBits: number[] = [];
  const outcomes: { bit: number; qubit: number }[][] = ordered.map(() => []);
  circuit.outcomes.forEach((qubit, bit) => {
    const segment = lastSegment.get(qubit);
    if (segment === undefined) zeroBits.push(bit);
    else outcomes[place(segment).subcircuit]?.push({ bit, qubit: place(segment).qubit });
  });

  const subcircuits: Subcircuit[] = ordered.map((group, index) => ({
    index,
    width: group.segments.length,
    gates: group.gates.map(({ gate, segments }) => ({
      name: gate.name,
      qubits: segments.map((segment) => place(segment).qubit),
      params: gate.params,
    })),
    inputs: cutEnds.flatMap(({ downstream }, cut) => {
      const at = place(downstream);
      return at.subcircuit === index ? [{ cut, qubit: at.qubit }] : [];
    }),
    outputs: cutEnds.flatMap(({ upstream }, cut) => {
      const at = place(upstream);
      return at.subcircuit === index ? [{ cut, qubit: at.qubit }] : [];
    }),
    outcomes: outcomes[index] ?? [],
    wires: group.segments.map((segment) => segment.qubit),
  }));
  return { qubits: circuit.qubits, outcomeBits: circuit.outcomes.length, zeroBits, subcircuits, cuts };
}

/** The name of each gate's group: its component and its part. */
function partNames(graph: CutGraph, parts: readonly GatePart[]): string[] {
  const gates = graph.gatePositions.length;
  if (parts.length !== gates) {
    throw new KroncutError(
      'input',
      `parts has ${parts.length} entries, but the circuit has ${gates} two-qubit gates and needs one entry for each`,
    );
  }
  return parts.map((part, gate) => {
    const first = partOfEnd(part, 0);
    if (first !== partOfEnd(part, 1)) {
      throw new KroncutError(
        'input',
        `entry ${gate} of parts cuts a gate, but this build cuts wires only: give both ends of the gate one part`,
      );
    }
    return `${graph.component[graph.ends[2 * gate]?.qubit ?? 0]}:${first}`;
  });
}

function splitWires(
  circuit: Circuit,
  graph: CutGraph,
  names: readonly string[],
): { groups: Map<string, Group>; cutEnds: { upstream: Segment; downstream: Segment }[] } {
  const groups = new Map<string, Group>();
  const cutEnds: { upstream: Segment; downstream: Segment }[] = [];
  const current: (Segment | undefined)[] = Array.from({ length: circuit.qubits });
  const firstGroup = graph.wires.map((wire, qubit) => {
    const end = wire[0];
    return end === undefined ? `wire ${qubit}` : (names[end >> 1] ?? '');
  });
  const open = (qubit: number, group: string, start: number, position: number): Segment => {
    const segment = { qubit, group, start };
    current[qubit] = segment;
    const known = groups.get(group);
    if (known === undefined) groups.set(group, { segments: [segment], gates: [], firstGate: position });
    else known.segments.push(segment);
    return segment;
  };
  let twoQubit = 0;
  circuit.gates.forEach((gate, position) => {
    const target = gate.qubits.length === 2 ? names[twoQubit++] : undefined;
    const segments = gate.qubits.map((qubit) => {
      const before = current[qubit];
      if (before === undefined) return open(qubit, firstGroup[qubit] ?? '', -1, position);
      if (target === undefined || target === before.group) return before;
      const after = open(qubit, target, position, position);
      cutEnds.push({ upstream: before, downstream: after });
      return after;
    });
    const group = groups.get(segments[0]?.group ?? '');
    group?.gates.push({ gate, segments });
  });
  return { groups, cutEnds };
}
