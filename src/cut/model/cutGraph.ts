/**
 * The graph that every cut is made in. Its nodes are gate ends: a two-qubit gate has two. A gate edge joins the
 * two ends of one gate, a wire edge joins consecutive ends on a wire. A cut is an edge whose ends lie in
 * different parts: cutting a wire edge is a wire cut, cutting a gate edge a gate cut. CutQC's model
 * (arXiv:2012.02333, section 4.1) is this graph with the gate edges contracted.
 */
import type { Circuit } from '../../circuit/circuit.js';

/** End `id` = 2 * gate + end, where `gate` counts two-qubit gates in circuit order. */
export interface GateEnd {
  readonly gate: number;
  readonly end: 0 | 1;
  readonly qubit: number;
}

/** A wire between consecutive two-qubit gates: `from` and `to` are end ids, `from` earlier. */
export interface WireEdge {
  readonly from: number;
  readonly to: number;
  readonly qubit: number;
}

export interface CutGraph {
  readonly qubits: number;
  /** Position in `circuit.gates` of each two-qubit gate. */
  readonly gatePositions: readonly number[];
  /** Gate ends by id. The gate edge of gate g joins ends 2g and 2g + 1. */
  readonly ends: readonly GateEnd[];
  /** Ends on each wire in time order. */
  readonly wires: readonly (readonly number[])[];
  /** Wire edges ordered by the position of their downstream end in the circuit. */
  readonly wireEdges: readonly WireEdge[];
  /** Connected component of each qubit, numbered by its lowest qubit. */
  readonly component: readonly number[];
  readonly components: number;
}

/**
 * The part of a two-qubit gate, or of its first and second end. Two different parts in a pair mean that the
 * gate itself is cut.
 */
export type GatePart = number | readonly [number, number];

/** Part of the given end of a gate. */
export function partOfEnd(part: GatePart, end: 0 | 1): number {
  return typeof part === 'number' ? part : part[end];
}

/** Builds the cut graph of a circuit in one pass over its gates. */
export function buildCutGraph(circuit: Circuit): CutGraph {
  const gatePositions: number[] = [];
  const ends: GateEnd[] = [];
  const wires: number[][] = Array.from({ length: circuit.qubits }, () => []);
  const wireEdges: WireEdge[] = [];
  const roots = new DisjointSets(circuit.qubits);
  circuit.gates.forEach((gate, position) => {
    const [first, second] = gate.qubits;
    if (gate.qubits.length !== 2 || first === undefined || second === undefined) return;
    const number = gatePositions.length;
    gatePositions.push(position);
    roots.join(first, second);
    for (const end of [0, 1] as const) {
      const qubit = end === 0 ? first : second;
      const id = 2 * number + end;
      ends.push({ gate: number, end, qubit });
      const wire = wires[qubit] ?? [];
      const last = wire.at(-1);
      if (last !== undefined) wireEdges.push({ from: last, to: id, qubit });
      wire.push(id);
    }
  });
  const { label, count } = roots.labels();
  return {
    qubits: circuit.qubits,
    gatePositions,
    ends,
    wires,
    wireEdges,
    component: label,
    components: count,
  };
}

/** Disjoint sets over 0 .. size - 1, with path halving. */
export class DisjointSets {
  private readonly parent: Int32Array;

  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(item: number): number {
    let at = item;
    for (;;) {
      const up = this.parent[at] ?? at;
      if (up === at) return at;
      const above = this.parent[up] ?? up;
      this.parent[at] = above;
      at = above;
    }
  }

  /** Joins two sets; the lower root stays, so that roots are deterministic. Returns false if already joined. */
  join(a: number, b: number): boolean {
    const ra = this.find(a);
    const rb = this.find(b);
    if (ra === rb) return false;
    this.parent[Math.max(ra, rb)] = Math.min(ra, rb);
    return true;
  }

  /** Dense labels, numbered by the lowest item of each set. */
  labels(): { label: number[]; count: number } {
    const names = new Map<number, number>();
    const label = Array.from({ length: this.parent.length }, (_, i) => {
      const root = this.find(i);
      const known = names.get(root);
      if (known !== undefined) return known;
      const next = names.size;
      names.set(root, next);
      return next;
    });
    return { label, count: names.size };
  }
}
