/**
 * The one-norm of cuts that are made together. Cut gates between the same two subcircuits that fit into one time slice
 * of both are one operator, a sum of products of unitaries: gamma = 2 (sum |u_i|)^2 - 1 with the product of their sums
 * (Schmitt, Piveteau and Sutter, arXiv:2312.11638). Gates with a common control are fewer terms where the product of
 * their targets' operations has two eigenvalues only, as for cx, cy and cz: I x I and Z x U then do, whatever their
 * number. Wire cuts stay single: making them together takes classical communication.
 */
import { gateCutBasis } from '../../circuit/gateCutBasis.js';
import { controlFrames, type ControlEnd, type ControlFrame } from './controlFrames.js';
import type { CutCircuit, GateCut } from '../model/cutCircuit.js';
import { controlGroups } from './sharedBonds.js';
import { totalGamma, WIRE_GAMMA } from '../model/overhead.js';
import { required } from '../../error.js';

/** Phases closer than this count as one. */
const PHASE_TOLERANCE = 1e-9;

/** Cut gates above this number are counted one by one: their pairs are too many. */
const MOST_TOGETHER = 1500;

/** Product of gamma over cuts that are made together where they can be; never above the product one by one. */
export function jointGamma(cut: CutCircuit): number {
  const gateCuts = cut.cuts.filter((each): each is GateCut => each.kind === 'gate');
  if (gateCuts.length === 0) return WIRE_GAMMA ** cut.cuts.length;
  if (gateCuts.length > MOST_TOGETHER) return totalGamma(cut.cuts);
  const frames = controlFrames(cut);
  const together = simultaneous(cut, frames);
  const groups = controlGroups(cut, frames);
  const groupOf = new Map(groups.flatMap(({ control }, group) => control.map((each) => [each.cut, group])));
  const squares = new Map(
    gateCuts.map(({ index, unitary }) => [index, (gateCutBasis(Float64Array.from(unitary)).gamma + 1) / 2]),
  );
  const squareOf = (index: number): number => required(squares.get(index), `the gamma of cut ${index}`);
  const targets = targetForms(frames);

  /** (sum |u_i|)^2 of cut gates that are made together. */
  const square = (cuts: readonly number[]): number => {
    const members = new Map<number, number[]>();
    let product = 1;
    for (const index of cuts) {
      const group = groupOf.get(index);
      if (group === undefined) product *= squareOf(index);
      else members.set(group, [...(members.get(group) ?? []), index]);
    }
    for (const [group, list] of members) {
      const alone = list.reduce((all, index) => all * squareOf(index), 1);
      const control = groups[group]?.control.filter((each) => list.includes(each.cut)) ?? [];
      product *= list.length === 1 ? alone : Math.min(alone, controlledSquare(control, targets) ?? alone);
    }
    return product;
  };

  const sets = new Map<string, { cuts: number[]; gamma: number }[]>();
  for (const { index, from, to } of gateCuts) {
    const key = [Math.min(from, to), Math.max(from, to)].join();
    const known = sets.get(key) ?? [];
    sets.set(key, known);
    const alone = 2 * squareOf(index) - 1;
    let best: { readonly set: (typeof known)[number]; readonly gamma: number } | undefined;
    for (const set of known) {
      if (!set.cuts.every((other) => together(other, index))) continue;
      const gamma = 2 * square([...set.cuts, index]) - 1;
      const ratio = gamma / set.gamma;
      if (ratio <= alone && (best === undefined || ratio < best.gamma / best.set.gamma))
        best = { set, gamma };
    }
    if (best === undefined) {
      known.push({ cuts: [index], gamma: alone });
    } else {
      best.set.cuts.push(index);
      best.set.gamma = best.gamma;
    }
  }
  const wires = cut.cuts.length - gateCuts.length;
  return [...sets.values()].flat().reduce((product, { gamma }) => product * gamma, WIRE_GAMMA ** wires);
}

type TargetForms = ReadonlyMap<string, { readonly node: number; readonly end: ControlEnd }>;

/** Every end of a cut gate of Schmidt rank two, with the number of its frame. */
function targetForms(frames: readonly ControlFrame[]): TargetForms {
  return new Map(
    frames.flatMap(({ ends }, node) => ends.map((end) => [`${end.cut}:${end.end}`, { node, end }] as const)),
  );
}

/**
 * (sum |u_i|)^2 of gates with one control in one time slice, |0><0| x V_0 + |1><1| x V_1, where V_0^dagger V_1 has two
 * eigenvalues exp(i a), exp(i b): the operator is exp(i (a - b) Z x W / 4) but for local gates, with W^2 = 1. Undefined
 * where there are more.
 */
function controlledSquare(control: readonly ControlEnd[], targets: TargetForms): number | undefined {
  /** For each target, the two phases that the control's change from 0 to 1 brings. */
  const phases = new Map<number, [number, number]>();
  for (const { cut, end, form } of control) {
    const target = targets.get(`${cut}:${1 - end}`);
    if (target === undefined) return undefined;
    const sums = phases.get(target.node) ?? [0, 0];
    for (const vector of [0, 1] as const) {
      const [zero, one] = form.operations.map((operation) =>
        element(operation, target.end.form.output, target.end.form.input, vector),
      );
      sums[vector] += required(one, 'the phase of a control') - required(zero, 'the phase of a control');
    }
    phases.set(target.node, sums);
  }
  let sums = [0];
  for (const [low, high] of phases.values()) {
    const next: number[] = [];
    for (const phase of sums.flatMap((sum) => [sum + low, sum + high])) {
      if (!next.some((known) => sameAngle(known, phase))) next.push(phase);
    }
    if (next.length > 2) return undefined;
    sums = next;
  }
  const [first = 0, second = first] = sums;
  return 1 + Math.abs(Math.sin((first - second) / 2));
}

function sameAngle(a: number, b: number): boolean {
  const turns = (a - b) / (2 * Math.PI);
  return Math.abs(turns - Math.round(turns)) < PHASE_TOLERANCE;
}

/** Angle of <output_v| operation |input_v>, for 2x2 matrices whose columns are the vectors. */
function element(operation: Float64Array, output: Float64Array, input: Float64Array, vector: 0 | 1): number {
  let [re, im] = [0, 0];
  for (const row of [0, 1]) {
    for (const from of [0, 1]) {
      const at = 2 * (2 * row + from);
      const [o = 0, oi = 0] = [operation[at], operation[at + 1]];
      const [x = 0, xi = 0] = [input[2 * (2 * from + vector)], input[2 * (2 * from + vector) + 1]];
      const [y = 0, yi = 0] = [output[2 * (2 * row + vector)], output[2 * (2 * row + vector) + 1]];
      const [pr, pi] = [o * x - oi * xi, o * xi + oi * x];
      re += y * pr + yi * pi;
      im += y * pi - yi * pr;
    }
  }
  return Math.atan2(im, re);
}

/** Whether two cut gates between the same subcircuits fit into one time slice of each of them. */
function simultaneous(cut: CutCircuit, frames: readonly ControlFrame[]): (a: number, b: number) => boolean {
  /** Ends of one frame are one node: they commute with what stands between them. */
  const nodeOf = new Map(
    frames.flatMap(({ ends }, node) => ends.map(({ cut: of, end }) => [`${of}:${end}`, node])),
  );
  let nodes = frames.length;
  /** For each node, the nodes before it in its subcircuit, as bits. */
  const before = new Map<number, bigint>();
  for (const { gates, gateEnds, width } of cut.subcircuits) {
    const past: bigint[] = Array.from({ length: width }, () => 0n);
    const bits = new Map<number, bigint>();
    let next = 0;
    for (let position = 0; position <= gates.length; position += 1) {
      for (; gateEnds[next]?.position === position; next += 1) {
        const { cut: of, end, qubit, others = [] } = required(gateEnds[next], 'an end of a cut gate');
        const qubits = [qubit, ...others];
        const key = `${of}:${end}`;
        const node = nodeOf.get(key) ?? nodes++;
        nodeOf.set(key, node);
        const bit = bits.get(node) ?? 1n << BigInt(node);
        const earlier = qubits.reduce((all, each) => all | (past[each] ?? 0n), 0n);
        if (!bits.has(node)) before.set(node, earlier);
        bits.set(node, bit);
        for (const each of qubits) past[each] = earlier | bit;
      }
      const [a, b] = gates[position]?.qubits ?? [];
      if (a !== undefined && b !== undefined) past[a] = past[b] = (past[a] ?? 0n) | (past[b] ?? 0n);
    }
  }
  const ordered = (a: number, b: number): boolean =>
    a !== b && (required(before.get(b), 'what stands before a cut gate') >> BigInt(a)) % 2n === 1n;
  const nodeIn = (index: number, subcircuit: number): number => {
    const gateCut = cut.cuts[index];
    const end = gateCut?.from === subcircuit ? 0 : 1;
    return required(nodeOf.get(`${index}:${end}`), `end ${end} of cut ${index}`);
  };
  return (a, b) => {
    const gateCut = cut.cuts[a];
    return [gateCut?.from ?? -1, gateCut?.to ?? -1].every((subcircuit) => {
      const [x, y] = [nodeIn(a, subcircuit), nodeIn(b, subcircuit)];
      return !ordered(x, y) && !ordered(y, x);
    });
  };
}
