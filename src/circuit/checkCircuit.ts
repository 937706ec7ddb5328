/** Checks a circuit that somebody made or changed without a reader of ours. */
import { KroncutError } from '../error.js';
import type { Circuit, Gate, Register } from './circuit.js';
import { findGate } from './gates.js';

/** Throws `input` with the number of the gate that is wrong, or with what does not fit together. */
export function checkCircuit(circuit: Circuit): void {
  const { qubits, gates, outcomes, qubitRegisters, bitRegisters } = circuit;
  if (!Number.isSafeInteger(qubits) || qubits < 1) {
    throw refuse(`has ${String(qubits)} qubits; a whole number, 1 or more, is needed`);
  }
  if (!Array.isArray(outcomes) || !Array.isArray(qubitRegisters)) {
    throw refuse('has no list of outcomes, or none of qubitRegisters');
  }
  const declared = total(qubitRegisters);
  if (declared !== qubits) throw refuse(`has ${qubits} qubits, and registers of ${declared}`);
  // Without classical registers the outcomes are numbered alone.
  const bits = total(bitRegisters);
  if (circuit.measured && bits > 0 && bits !== outcomes.length)
    throw refuse(`has ${outcomes.length} outcomes, and classical registers of ${bits}`);
  checkGates(gates, qubits);
  const lost = outcomes.findIndex((qubit) => !Number.isInteger(qubit) || qubit < -1 || qubit >= qubits);
  if (lost >= 0) {
    throw refuse(
      `reads outcome bit ${lost} from qubit ${String(outcomes[lost])}; it has qubits 0 to ${qubits - 1}`,
    );
  }
}

/** Throws `input` with the number of the gate that is none, or acts where a circuit of that width has no qubit. */
export function checkGates(gates: readonly Gate[], qubits = Infinity): void {
  if (!Array.isArray(gates)) throw refuse('has no list of gates');
  for (const [i, gate] of gates.entries()) {
    const fault = gateFault(gate, qubits);
    if (fault !== undefined) throw refuse(`is damaged: gate ${i} ${fault}`);
  }
}

function total(registers: readonly Register[] | undefined): number {
  return Array.isArray(registers)
    ? registers.reduce((sum: number, register) => sum + Number(register?.size), 0)
    : 0;
}

function refuse(what: string): KroncutError {
  return new KroncutError('input', `the circuit ${what}`);
}

function gateFault(gate: unknown, width: number): string | undefined {
  if (typeof gate !== 'object' || gate === null)
    return `is ${JSON.stringify(gate)}, not { name, qubits, params }`;
  const name = 'name' in gate ? gate.name : undefined;
  const spec = typeof name === 'string' ? findGate(name) : undefined;
  if (spec === undefined) return `has the name ${JSON.stringify(name)}, which no gate has`;
  const qubits: unknown = 'qubits' in gate ? gate.qubits : undefined;
  const params: unknown = 'params' in gate ? gate.params : undefined;
  if (!Array.isArray(qubits) || qubits.length !== spec.qubits)
    return `(${String(name)}) needs ${spec.qubits} qubits`;
  const outside: unknown = qubits.find((qubit) => !Number.isInteger(qubit) || qubit < 0 || qubit >= width);
  if (outside !== undefined)
    return `(${String(name)}) acts on qubit ${JSON.stringify(outside)}; ${width === Infinity ? 'numbers from 0 on are needed' : `there are 0 to ${width - 1}`}`;
  if (new Set(qubits).size < qubits.length) return `(${String(name)}) acts on one qubit twice`;
  if (!Array.isArray(params) || params.length !== spec.params || !params.every(Number.isFinite)) {
    return `(${String(name)}) needs ${spec.params} finite params`;
  }
  return undefined;
}
