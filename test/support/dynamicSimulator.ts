/**
 * Circuits with measurements, resets and conditions in the middle, simulated branch by branch: slow and obvious, for a few
 * qubits and measurements. Random ones, too.
 */
import type { Gate } from '../../src/circuit/circuit.js';
import type { Condition, Fence, Sequence, Term } from '../../src/circuit/fence.js';
import { gateOf } from '../../src/circuit/gates.js';
import type { Random } from '../../src/circuit/random.js';
import { runGates } from './denseSimulator.js';

interface Branch {
  readonly state: Float64Array;
  readonly bits: readonly number[];
}

function norm(state: Float64Array): number {
  return state.reduce((sum, x) => sum + x * x, 0);
}

function projected(state: Float64Array, qubit: number, value: number): Float64Array {
  return state.map((x, i) => (((Math.floor(i / 2) >> qubit) & 1) === value ? x : 0));
}

function isMet(condition: Condition, bits: readonly number[]): number {
  if (condition.kind === 'number') return condition.value;
  if (condition.kind === 'bits')
    return condition.bits.reduce((sum, bit, i) => sum + (bits[bit] ?? 0) * 2 ** i, 0);
  if (condition.kind === 'not') return isMet(condition.operand, bits) === 0 ? 1 : 0;
  const [x, y] = [isMet(condition.left, bits), isMet(condition.right, bits)];
  const values: Readonly<Record<string, boolean | number>> = {
    '==': x === y,
    '!=': x !== y,
    '<': x < y,
    '>': x > y,
    '&&': x !== 0 && y !== 0,
    '||': x !== 0 || y !== 0,
    '&': x & y,
    '|': x | y,
    '^': x ^ y,
  };
  const value = values[condition.operator];
  if (value === undefined) throw new Error(`no operator ${condition.operator}`);
  return Number(value);
}

export function termValue(term: Term, values: Readonly<Record<string, number>>): number {
  if (typeof term === 'number') return term;
  if (term.kind === 'input') return values[term.name] ?? NaN;
  if (term.kind === 'negate') return -termValue(term.operand, values);
  if (term.kind === 'call') {
    const [x = NaN] = term.operands.map((operand) => termValue(operand, values));
    const functions: Readonly<Record<string, (x: number) => number>> = {
      sin: Math.sin,
      cos: Math.cos,
      sqrt: Math.sqrt,
    };
    return functions[term.name]?.(x) ?? NaN;
  }
  const [x, y] = [termValue(term.left, values), termValue(term.right, values)];
  return { '+': x + y, '-': x - y, '*': x * y, '/': x / y, '**': x ** y }[term.operator] ?? NaN;
}

function step(
  qubits: number,
  branch: Branch,
  fence: Fence,
  values: Readonly<Record<string, number>>,
): Branch[] {
  const { state, bits } = branch;
  const [q = 0] = fence.qubits;
  switch (fence.kind) {
    case 'barrier':
      return [branch];
    case 'symbolic': {
      const params = fence.params.map((param) => termValue(param, values));
      return [{ bits, state: runGates(qubits, [{ name: fence.name, qubits: fence.qubits, params }], state) }];
    }
    case 'if': {
      const side = isMet(fence.condition, bits) === 0 ? fence.otherwise : fence.body;
      return runSequence(qubits, side, [branch], values);
    }
    default:
      return [0, 1].flatMap((value): Branch[] => {
        const part = projected(state, q, value);
        if (norm(part) < 1e-18) return [];
        if (fence.kind === 'reset') {
          return [{ bits, state: value === 0 ? part : runGates(qubits, [gateOf('x', [q])], part) }];
        }
        return [{ state: part, bits: fence.bit === null ? bits : bits.with(fence.bit, value) }];
      });
  }
}

function runSequence(
  qubits: number,
  { gates, fences }: Sequence,
  start: readonly Branch[],
  values: Readonly<Record<string, number>>,
): Branch[] {
  let branches = [...start];
  let done = 0;
  const upTo = (position: number): void => {
    const some = gates.slice(done, position);
    done = position;
    branches = branches.map(({ state, bits }) => ({ bits, state: runGates(qubits, some, state) }));
  };
  for (const fence of fences) {
    upTo(fence.position);
    branches = branches.flatMap((branch) => step(qubits, branch, fence, values));
  }
  upTo(gates.length);
  return branches;
}

/**
 * Probabilities of what the classical bits hold at the end, bit 0 last, from a product state without symmetry; and of every
 * qubit's basis state beside it, qubit 0 last, where `permutation` says on which qubit each of them is.
 */
export function dynamicDistribution(
  qubits: number,
  bits: number,
  sequence: Sequence,
  {
    values = {},
    permutation = Array.from({ length: qubits }, (_, q) => q),
    front = Array.from({ length: qubits }, (_, q) => gateOf('u', [q], 0.7 + 0.31 * q, 1.3 * q, 0.2 - q)),
  }: {
    values?: Readonly<Record<string, number>>;
    permutation?: readonly number[];
    front?: readonly Gate[];
  } = {},
): Map<string, number> {
  const start = { state: runGates(qubits, front), bits: Array.from({ length: bits }, () => 0) };
  const found = new Map<string, number>();
  for (const { state, bits: held } of runSequence(qubits, sequence, [start], values)) {
    for (let index = 0; index < state.length / 2; index += 1) {
      const own = permutation.map((place) => (index >> place) & 1).toReversed();
      const name = `${held.toReversed().join('')} ${own.join('')}`;
      found.set(name, (found.get(name) ?? 0) + state[2 * index]! ** 2 + state[2 * index + 1]! ** 2);
    }
  }
  return found;
}

/** The largest difference of two distributions. */
export function largestDifference(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  return Math.max(
    0,
    ...[...new Set([...a.keys(), ...b.keys()])].map((name) =>
      Math.abs((a.get(name) ?? 0) - (b.get(name) ?? 0)),
    ),
  );
}

/**
 * A program in the words of OpenQASM 2 or 3: gates on `qubits`, among them what makes it none that is fixed. `isSimple`: with
 * conditions that Qiskit reads.
 */
export function randomProgram(
  random: Random,
  {
    qubits,
    gates,
    version,
    isSimple = false,
  }: { qubits: number; gates: number; version: 2 | 3; isSimple?: boolean },
): string {
  const pick = (count: number): number => random.below(count);
  const pair = (): [number, number] => {
    const a = pick(qubits);
    return [a, (a + 1 + pick(qubits - 1)) % qubits];
  };
  const gate = (): string => {
    const [a, b] = pair();
    const angle = (2 * Math.PI * random.next()).toFixed(6);
    return [
      `cx q[${a}],q[${b}];`,
      `cx q[${a}],q[${b}];`,
      `cz q[${a}],q[${b}];`,
      `h q[${a}];`,
      `t q[${a}];`,
      `rx(${angle}) q[${b}];`,
      `swap q[${a}],q[${b}];`,
    ][pick(7)]!;
  };
  const measure = (): string => {
    const bit = ['c[0]', 'c[1]', 'd[0]'][pick(3)]!;
    return version === 2 ? `measure q[${pick(qubits)}] -> ${bit};` : `${bit} = measure q[${pick(qubits)}];`;
  };
  const middle = (): string => {
    if (version === 2) {
      const condition = ['c==1', 'c==2', 'd==1'][pick(3)]!;
      return [
        measure(),
        `reset q[${pick(qubits)}];`,
        `if(${condition}) ${gate()}`,
        `barrier q[${pick(qubits)}];`,
      ][pick(4)]!;
    }
    const condition = ['c == 1', 'c[1]', '!d[0]', 'c[0] && d[0]', 'c != 3'][pick(isSimple ? 3 : 5)]!;
    const otherwise = pick(2) === 0 ? '' : ` else { ${gate()} }`;
    return [
      measure(),
      `reset q[${pick(qubits)}];`,
      `if (${condition}) { ${gate()} ${pick(2) === 0 ? measure() : ''} }${otherwise}`,
      `rz(theta / 3 - 1) q[${pick(qubits)}];`,
      `cp(2 * theta) q[${pair().join('],q[')}];`,
    ][pick(5)]!;
  };
  const head =
    version === 2
      ? `OPENQASM 2.0; include "qelib1.inc"; gate swap a,b { cx a,b; cx b,a; cx a,b; } qreg q[${qubits}]; creg c[2]; creg d[1];`
      : `OPENQASM 3.0; include "stdgates.inc"; input float theta; qubit[${qubits}] q; bit[2] c; bit[1] d;`;
  const turns = Array.from({ length: qubits }, (_, q) => `rx(${0.7 + 0.3 * q}) q[${q}];`);
  const lines = [head, ...turns, measure()];
  for (let i = 0; i < gates; i += 1) lines.push(random.next() < 0.12 ? middle() : gate());
  return `${lines.join('\n')}\n`;
}
