/** What OpenQASM 2 can say of fences: one operation under `if (register == number)`, measurements into a bit. */
import type { Register } from '../../circuit.js';
import { asRegisterValue, isValue, registerOf } from '../../condition.js';
import { type Choice, type Condition, type Fence, type Sequence } from '../../fence.js';
import { optionName } from '../../../options/optionName.js';

function needs3(what: string): string {
  return `OpenQASM 2 cannot say ${what}; write version 3 with ${optionName('format')} qasm3`;
}

/** Why a fence cannot be said in version 2, and what to do; undefined where it can. */
export function unsayable(fence: Fence): string | undefined {
  if (fence.kind === 'measure' && fence.bit === null) return needs3('a measurement that is kept nowhere');
  return fence.kind === 'symbolic' ? needs3('an angle without a value') : undefined;
}

/** A choice as version 2 has it, with one operation in each; or why it cannot be said, and what to do. */
export function asVersion2(
  { condition, body, otherwise, position }: Pick<Choice, 'condition' | 'body' | 'otherwise' | 'position'>,
  registers: readonly Register[],
): readonly Choice[] | string {
  const choices: Choice[] = [];
  const sides: [Condition, Sequence][] = [
    [condition, body],
    [{ kind: 'not', operand: condition }, otherwise],
  ];
  for (const [when, sequence] of sides) {
    if (sequence.gates.length + sequence.fences.length === 0) continue;
    const met = asRegisterValue(when, registers);
    if (met === undefined)
      return needs3('a condition other than that all bits of one register have one value, as in if (c == 1)');
    const canonical = isValue(met);
    for (const step of steps(sequence)) {
      const [fence] = step.fences;
      if (fence !== undefined && fence.kind !== 'measure' && fence.kind !== 'reset')
        return needs3(
          fence.kind === 'if'
            ? 'a condition under another one'
            : 'a barrier or an angle without a value under a condition',
        );
      const reason = fence === undefined ? undefined : unsayable(fence);
      if (reason !== undefined) return reason;
      const qubits = fence?.qubits ?? step.gates.flatMap((gate) => gate.qubits);
      const none = { gates: [], fences: [] };
      choices.push({ kind: 'if', qubits, condition: canonical, body: step, otherwise: none, position });
    }
  }
  return changesItself(choices, registers)
    ? needs3('a condition whose bits are measured into before all is done that depends on it')
    : choices;
}

/** Every gate and every fence of a sequence as one by itself. */
function steps(sequence: Sequence): Sequence[] {
  const found: Sequence[] = [];
  let done = 0;
  const upTo = (position: number): void => {
    for (; done < position; done += 1)
      found.push({ gates: sequence.gates.slice(done, done + 1), fences: [] });
  };
  for (const fence of sequence.fences) {
    upTo(fence.position);
    found.push({ gates: [], fences: [{ ...fence, position: 0 }] });
  }
  upTo(sequence.gates.length);
  return found;
}

/** Whether a step but the last one writes into a register that the next ones ask for. */
function changesItself(choices: readonly Choice[], registers: readonly Register[]): boolean {
  return choices.slice(0, -1).some(({ body, condition }) => {
    const [fence] = body.fences;
    if (fence?.kind !== 'measure' || fence.bit === null) return false;
    const asked = condition.kind === 'binary' && condition.left.kind === 'bits' ? condition.left.bits : [];
    return registerOf(registers, fence.bit)?.some((bit) => asked.includes(bit)) === true;
  });
}
