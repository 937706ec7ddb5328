/** Conditions on classical bits: what they are for given bits, and which of them OpenQASM 2 can say. */
import type { Register } from './circuit.js';
import type { Condition } from './fence.js';
import { required } from '../error.js';

const COMPARISONS: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  '==': (x, y) => x === y,
  '!=': (x, y) => x !== y,
  '<': (x, y) => x < y,
  '>': (x, y) => x > y,
  '<=': (x, y) => x <= y,
  '>=': (x, y) => x >= y,
  '&&': (x, y) => x !== 0 && y !== 0,
  '||': (x, y) => x !== 0 || y !== 0,
};
const WORDS: Readonly<Record<string, (x: number, y: number) => number>> = {
  '&': (x, y) => x & y,
  '|': (x, y) => x | y,
  '^': (x, y) => x ^ y,
};

/** Operators that a condition on bits may have. */
export const CONDITION_OPERATORS: ReadonlySet<string> = new Set([
  ...Object.keys(COMPARISONS),
  ...Object.keys(WORDS),
]);

/** A condition for given bits, 0 or 1 each: a number, 0 for false. */
export function conditionValue(condition: Condition, bitAt: (bit: number) => number): number {
  const inner = (part: Condition): number => conditionValue(part, bitAt);
  switch (condition.kind) {
    case 'number':
      return condition.value;
    case 'bits':
      return condition.bits.reduce((sum, bit, i) => sum + bitAt(bit) * 2 ** i, 0);
    case 'not':
      return inner(condition.operand) === 0 ? 1 : 0;
    default: {
      const [x, y] = [inner(condition.left), inner(condition.right)];
      const word = WORDS[condition.operator];
      return word === undefined ? Number(COMPARISONS[condition.operator]?.(x, y) ?? NaN) : word(x, y);
    }
  }
}

/** The bits that a condition depends on, ascending. */
export function conditionBits(condition: Condition): number[] {
  const bits = (part: Condition): readonly number[] => {
    if (part.kind === 'number') return [];
    if (part.kind === 'bits') return part.bits;
    return part.kind === 'not' ? bits(part.operand) : [...bits(part.left), ...bits(part.right)];
  };
  return [...new Set(bits(condition))].sort((a, b) => a - b);
}

/** A register has this many values at most where a condition is tried on all of them. */
const MOST_TRIED_BITS = 10;

/** The bits of a register, and the one value of it with which a condition is met; undefined where it is no such condition. */
export function asRegisterValue(
  condition: Condition,
  registers: readonly Register[],
): { readonly bits: readonly number[]; readonly value: number } | undefined {
  const used = conditionBits(condition);
  const bits = registerOf(registers, used[0] ?? -1);
  if (bits === undefined || !used.every((bit) => bits.includes(bit))) return undefined;
  if (condition.kind === 'binary' && condition.operator === '==') {
    for (const [side, other] of [
      [condition.left, condition.right],
      [condition.right, condition.left],
    ] as const) {
      if (side.kind !== 'bits' || other.kind !== 'number' || side.bits.join() !== bits.join()) continue;
      if (Number.isSafeInteger(other.value) && other.value >= 0) return { bits, value: other.value };
    }
  }
  if (bits.length > MOST_TRIED_BITS) return undefined;
  const first = required(bits[0], 'a bit of a register');
  const met = Array.from({ length: 2 ** bits.length }, (_, value) => value).filter(
    (value) => conditionValue(condition, (bit) => (value >> (bit - first)) & 1) !== 0,
  );
  const [value] = met;
  return met.length === 1 && value !== undefined ? { bits, value } : undefined;
}

/** The same condition as most programs read it, where it has such a form: one bit or its opposite, a register with one value. */
export function simplified(condition: Condition, registers: readonly Register[]): Condition {
  const used = conditionBits(condition);
  if (used.length === 1) {
    const bit: Condition = { kind: 'bits', bits: used };
    const [no, yes] = [0, 1].map((value) => conditionValue(condition, () => value) !== 0);
    if (yes !== no) return yes === true ? bit : { kind: 'not', operand: bit };
  }
  const met = asRegisterValue(condition, registers);
  return met === undefined ? condition : isValue(met);
}

/** That bits have a value as a number. */
export function isValue({ bits, value }: { bits: readonly number[]; value: number }): Condition {
  return { kind: 'binary', operator: '==', left: { kind: 'bits', bits }, right: { kind: 'number', value } };
}

/** Whether all of a condition has a name: single bits, and whole registers. */
export function isNameable(condition: Condition, registers: readonly Register[]): boolean {
  switch (condition.kind) {
    case 'number':
      return true;
    case 'bits': {
      const { bits } = condition;
      return bits.length === 1 || registerOf(registers, bits[0] ?? -1)?.join() === bits.join();
    }
    case 'not':
      return isNameable(condition.operand, registers);
    default:
      return isNameable(condition.left, registers) && isNameable(condition.right, registers);
  }
}

/** The bits of the register that a bit is in. */
export function registerOf(registers: readonly Register[], bit: number): readonly number[] | undefined {
  let first = 0;
  for (const { size } of registers) {
    if (bit >= first && bit < first + size) return Array.from({ length: size }, (_, i) => first + i);
    first += size;
  }
  return undefined;
}
