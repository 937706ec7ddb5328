/** The tasks of evaluating a cut circuit exactly: one per subcircuit, with what each will cost. */
import { sha256 } from '../run/files/fileHash.js';
import { lowerOperations, operationOf, type Operation } from '../circuit/lower.js';
import { evaluationBytes } from '../circuit/simulationMemory.js';
import type { CutCircuit, Subcircuit } from '../cut/model/cutCircuit.js';
import type { Precision, SubcircuitArrays } from '../native/addon.js';
import { evaluationWork } from '../run/resources/costs.js';
import { boundEnds, type BoundEnd } from './boundEnds.js';
import type { EvaluateTask, NamedSubcircuit } from './evaluator.js';
import { storedBytes } from '../native/valueBytes.js';
import { required } from '../error.js';

/** A subcircuit to evaluate, with what is done at each of its `gateEnds`, in their order. */
export interface BoundSubcircuit {
  readonly subcircuit: Subcircuit;
  readonly ends: readonly BoundEnd[];
}

/** `plain`: see `boundEnds`. */
export function bindSubcircuit(cut: CutCircuit, subcircuit: Subcircuit, plain = false): BoundSubcircuit {
  return { subcircuit, ends: boundEnds(cut, subcircuit, plain) };
}

/** Qubits that number the terms of cut gates: they take memory as others do, and each is a leg. */
function branchCount(ends: readonly BoundEnd[]): number {
  return ends.reduce((sum, { branches }) => sum + branches, 0);
}

/** Number of legs of a subcircuit's tensor; each has 4 components. */
function legCount({ subcircuit, ends }: BoundSubcircuit): number {
  return subcircuit.inputs.length + subcircuit.outputs.length + branchCount(ends);
}

/** Number of values of a subcircuit's tensor: 4 per leg, 2 per outcome. */
export function tensorSize(bound: BoundSubcircuit): number {
  return 2 ** (2 * legCount(bound) + bound.subcircuit.outcomes.length);
}

/** Work and memory of one subcircuit by the isometry method. */
export function predictTask(
  bound: BoundSubcircuit,
  precision: Precision,
  threads: number,
  strings?: number,
): EvaluateTask {
  const { inputs, width, gates, gateEnds, outcomes, index } = bound.subcircuit;
  const legs = legCount(bound);
  const stateBits = inputs.length + width + branchCount(bound.ends);
  const shape = {
    gates: gates.length + gateEnds.length,
    stateBits,
    legs,
    outcomes: outcomes.length,
    strings,
  };
  const { updates, additions } = evaluationWork(shape);
  return {
    index,
    shape,
    work: updates + additions,
    bytes: evaluationBytes(shape, precision, threads),
    fileBytes: (strings ?? 1) * tensorSize(bound) * storedBytes(precision),
  };
}

/** The tensors that a cut circuit needs. */
export function namedSubcircuits(cut: CutCircuit): NamedSubcircuit[] {
  return cut.subcircuits.map((subcircuit) => ({ name: String(subcircuit.index), subcircuit }));
}

/**
 * All tasks, largest predicted work first, so that no rank starts a long one at the end. A task's `index` is its place
 * in `named`.
 */
export function evaluateTasks(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  named: readonly NamedSubcircuit[] = namedSubcircuits(cut),
): EvaluateTask[] {
  return named
    .map(({ subcircuit, strings }, index) => ({
      ...predictTask(bindSubcircuit(cut, subcircuit), precision, threads, strings?.length),
      index,
    }))
    .sort((a, b) => b.work - a.work || a.index - b.index);
}

/** The same with one task for all tensors that have the same values: pieces that are alike are evaluated once. */
export function distinctTasks(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  named: readonly NamedSubcircuit[] = namedSubcircuits(cut),
): EvaluateTask[] {
  const shaped = grouped(evaluateTasks(cut, precision, threads, named), ({ shape }) => JSON.stringify(shape));
  const groups = shaped.flatMap((tasks) =>
    tasks.length === 1
      ? [tasks]
      : grouped(tasks, ({ index }) => likeness(cut, required(named[index], 'a tensor'))),
  );
  return groups
    .map((tasks) => {
      const [first, ...twins] = tasks;
      const fileBytes = tasks.reduce((sum, task) => sum + task.fileBytes, 0);
      return { ...required(first, 'a task'), twins: twins.map(({ index }) => index), fileBytes };
    })
    .sort((a, b) => b.work - a.work || a.index - b.index);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Hash of all that the addon is given for a tensor: where a piece stands in its circuit is none of it. */
function likeness(cut: CutCircuit, { subcircuit, strings }: NamedSubcircuit): string {
  const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit));
  const parts = Object.entries(program).map(([key, part]: [string, unknown]) => [
    key,
    ArrayBuffer.isView(part)
      ? Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64')
      : part,
  ]);
  return sha256(JSON.stringify([parts, strings]));
}

/**
 * A subcircuit in the form that the addon takes. The branch qubits of cut gates come after the others; those of first
 * ends are outputs after the wires', those of second ends are mirrored legs.
 */
export function lowerSubcircuit({ subcircuit, ends }: BoundSubcircuit): SubcircuitArrays {
  const { gates, gateEnds, width, inputs, outputs, outcomes } = subcircuit;
  let qubits = width;
  const legs: [number[], number[]] = [outputs.map(({ qubit }) => qubit), []];
  const operations: Operation[] = [];
  const branchesOf = new Map<number, number[]>();
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) {
      const [gateEnd, bound] = [gateEnds[next], ends[next]];
      if (gateEnd === undefined || bound === undefined) break;
      const begun = Array.from({ length: bound.branches }, () => qubits++);
      legs[gateEnd.end].push(...begun);
      const branches = branchesOf.get(bound.leader) ?? begun;
      branchesOf.set(bound.leader, branches);
      operations.push(...bound.operations(gateEnd.qubit, branches));
    }
    const gate = gates[position];
    if (gate !== undefined) operations.push(operationOf(gate));
  }
  return {
    qubits,
    ...lowerOperations(operations),
    inputs: Int32Array.from(inputs, ({ qubit }) => qubit),
    mirrored: Int32Array.from(legs[1]),
    outputs: Int32Array.from(legs[0]),
    outcomes: Int32Array.from(outcomes, ({ qubit }) => qubit),
  };
}

/** Hash of all that a tensor file depends on. */
export function tensorKey(bound: BoundSubcircuit, precision: Precision, strings?: readonly string[]): string {
  const { width, gates, inputs, outputs, gateEnds, outcomes } = bound.subcircuit;
  const cuts = [...new Set(bound.ends.map(({ leader }) => leader))];
  const operations = bound.ends.map((end) => [
    end.branches,
    cuts.indexOf(end.leader),
    end.operations(0, [1, 2]).map(({ qubits, matrix }) => [qubits, [...matrix]]),
  ]);
  const of = [precision, width, gates, inputs, outputs, gateEnds, operations, outcomes];
  const content = JSON.stringify(strings === undefined ? of : [...of, strings]);
  return sha256(content);
}
