/** Fences as statements of OpenQASM. */
import type { Condition, Fence, Sequence, SymbolicGate, Term } from '../fence.js';
import { asRegisterValue } from '../condition.js';
import type { Gate, Register } from '../circuit.js';
import { KroncutError, required } from '../../error.js';
import { formatAngle } from './formatAngle.js';

/** What things are called in the file that is written. */
export interface Names {
  readonly version: 2 | 3;
  /** The text of every qubit and of every classical bit. */
  readonly qubits: readonly string[];
  readonly bits: readonly string[];
  /** Classical registers, as they are declared. */
  readonly registers: readonly Register[];
  readonly gateText: (gate: Gate | SymbolicGate) => string;
}

/** The lines of a fence. Throws `internal` where the version cannot say it: whoever reads for one is told. */
export function fenceLines(fence: Fence, names: Names): string[] {
  const { version, qubits, bits } = names;
  const named = fence.qubits.map((q) => required(qubits[q], 'a qubit of a fence'));
  switch (fence.kind) {
    case 'barrier':
      return named.length === 0 ? [] : [`barrier ${named.join(',')};`];
    case 'reset':
      return [`reset ${named.join()};`];
    case 'measure': {
      const to = fence.bit === null ? undefined : required(bits[fence.bit], 'a bit of a measurement');
      if (version === 2) return [`measure ${named.join()} -> ${required(to, 'the bit of a measurement')};`];
      return [`${to === undefined ? '' : `${to} = `}measure ${named.join()};`];
    }
    case 'symbolic':
      return [names.gateText(fence)];
    default: {
      const { condition, body, otherwise } = fence;
      if (version === 2)
        return sequenceLines(body, names).map((line) => `if(${condition2(condition, names)}) ${line}`);
      const block = (sequence: Sequence): string[] =>
        sequenceLines(sequence, names).map((line) => `  ${line}`);
      const last =
        otherwise.gates.length + otherwise.fences.length === 0
          ? ['}']
          : ['} else {', ...block(otherwise), '}'];
      return [`if (${outerCondition(condition, names)}) {`, ...block(body), ...last];
    }
  }
}

/** Gates and fences in their order, a line each. */
export function sequenceLines({ gates, fences }: Sequence, names: Names): string[] {
  const lines: string[] = [];
  let written = 0;
  const writeTo = (position: number): void => {
    for (; written < position; written += 1) lines.push(names.gateText(required(gates[written], 'a gate')));
  };
  for (const fence of fences) {
    writeTo(fence.position);
    for (const line of fenceLines(fence, names)) lines.push(line);
  }
  writeTo(gates.length);
  return lines;
}

/** The name of a register whose bits these are, in order. */
function registerName(bits: readonly number[], { registers }: Names): string | undefined {
  let first = 0;
  for (const { name, size } of registers) {
    if (bits[0] === first && bits.length === size && bits.every((bit, i) => bit === first + i)) return name;
    first += size;
  }
  return undefined;
}

function condition2(condition: Condition, names: Names): string {
  const met = asRegisterValue(condition, names.registers);
  if (met === undefined) throw new KroncutError('internal', 'OpenQASM 2 cannot say a condition');
  return `${required(registerName(met.bits, names), 'a register of a condition')}==${met.value}`;
}

function conditionText(condition: Condition, names: Names): string {
  switch (condition.kind) {
    case 'number':
      return String(condition.value);
    case 'bits': {
      const { bits } = condition;
      const [bit] = bits;
      if (bits.length === 1 && bit !== undefined) return required(names.bits[bit], 'a bit of a condition');
      return required(registerName(bits, names), 'the register of a condition');
    }
    case 'not':
      return `!${conditionText(condition.operand, names)}`;
    default: {
      const { left, operator, right } = condition;
      return `(${conditionText(left, names)} ${operator} ${conditionText(right, names)})`;
    }
  }
}

/** The same without parentheses around all of it. */
function outerCondition(condition: Condition, names: Names): string {
  const text = conditionText(condition, names);
  return condition.kind === 'binary' ? text.slice(1, -1) : text;
}

/** A term as OpenQASM 3, which is read as the same term. */
function termText(term: Term): string {
  if (typeof term === 'number') {
    const text = formatAngle(term);
    return /^[\d.]+$|^pi$/.test(text) ? text : `(${text})`;
  }
  switch (term.kind) {
    case 'input':
      return term.name;
    case 'negate':
      return `(-${termText(term.operand)})`;
    case 'binary':
      return `(${termText(term.left)} ${term.operator} ${termText(term.right)})`;
    default:
      return `${term.name}(${term.operands.map(outerText).join(', ')})`;
  }
}

/** The same without parentheses around all of it. */
export function outerText(term: Term): string {
  const text = termText(term);
  const isWrapped = typeof term === 'number' || term.kind === 'binary' || term.kind === 'negate';
  return isWrapped && text.startsWith('(') ? text.slice(1, -1) : text;
}
