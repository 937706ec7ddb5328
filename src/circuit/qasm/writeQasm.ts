import { KroncutError, required } from '../../error.js';
import { checkArgument } from '../../options/option.js';
import { anObject, value } from '../../options/readers.js';
import { checkCircuit } from '../checkCircuit.js';
import type { Circuit, Gate, Register } from '../circuit.js';
import { FENCE_KINDS, type Fence, type FreeInput, type Sequence, type SymbolicGate } from '../fence.js';
import { findGate } from '../gates.js';
import { outerText, sequenceLines } from './fenceText.js';
import { formatAngle } from './formatAngle.js';
import { GATE_NAMES, gateDefinitionText, LIBRARY_GATES } from './library.js';

const RESERVED: ReadonlySet<string> = new Set(
  (
    'OPENQASM include qreg creg qubit bit gate opaque measure barrier reset if else for while let const input output ' +
    'ctrl negctrl inv pow gphase U CX pi tau euler int uint float angle bool complex array def extern return delay box ' +
    'duration stretch cal defcal defcalgrammar switch case default break continue end in pragma true false mutable ' +
    'readonly void durationof sin cos tan exp ln sqrt'
  ).split(' '),
);

const CIRCUIT = anObject('what readQasm gives');
const VERSION = value('2 or 3', (given) => given === 2 || given === 3);
const FENCES = value(
  'a list of { kind, qubits, position }',
  (given) =>
    Array.isArray(given) &&
    given.every(
      (item) => FENCE_KINDS.includes(item?.kind) && Array.isArray(item.qubits) && item.position >= 0,
    ),
);
const INPUTS = value(
  'a list of { name, type }',
  (given) =>
    Array.isArray(given) &&
    given.every((item) => typeof item?.name === 'string' && typeof item.type === 'string'),
);

/**
 * Writes a circuit as OpenQASM 2 or 3. Reading the text back gives the same circuit, to the last bit of every angle.
 * Gates that the version's standard library lacks come with their definitions. Register names that the version does
 * not allow are changed. `fences` stand where they stood, in the order of their positions; `inputs` are those without a value,
 * which version 3 alone has.
 *
 * @example
 * ```js
 * import { readQasm, writeQasm } from 'kroncut';
 *
 * const circuit = readQasm('include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0], q[1];');
 * console.log(writeQasm(circuit, 3));
 * ```
 */
export function writeQasm(
  circuit: Circuit,
  version: 2 | 3,
  fences: readonly Fence[] = [],
  inputs: readonly FreeInput[] = [],
): string {
  checkArgument('circuit', CIRCUIT, circuit);
  checkArgument('version', VERSION, version);
  checkArgument('fences', FENCES, fences);
  checkArgument('inputs', INPUTS, inputs);
  checkCircuit(circuit);
  const lines = header(version);
  const foreign = foreignGates(allGates({ gates: circuit.gates, fences }), version);
  lines.push(...foreign.map((name) => definitionOf(name, version)));
  lines.push(...inputs.map(({ name, type }) => `input ${type} ${name};`));
  const taken = new Set([...RESERVED, ...GATE_NAMES[version], ...foreign, ...inputs.map(({ name }) => name)]);
  const quantum = renamed(circuit.qubitRegisters, taken, version);
  const classical = renamed(bitRegistersOf(circuit), taken, version);
  const declare = (word: string, { name, size }: Register): string =>
    version === 2 ? `${word === 'qubit' ? 'qreg' : 'creg'} ${name}[${size}];` : `${word}[${size}] ${name};`;
  lines.push(...quantum.map((register) => declare('qubit', register)));
  lines.push(...classical.map((register) => declare('bit', register)));
  const [qubits, bits] = [elementNames(quantum), elementNames(classical)];
  const text = (gate: Gate | SymbolicGate): string => gateText(gate, qubits);
  const names = { version, qubits, bits, registers: classical, gateText: text };
  for (const line of sequenceLines({ gates: circuit.gates, fences }, names)) lines.push(line);
  if (circuit.measured) {
    for (const [bit, qubit] of circuit.outcomes.entries()) {
      if (qubit >= 0) {
        const from = required(qubits[qubit], 'a qubit that is measured');
        const to = required(bits[bit], 'a classical bit for every outcome');
        lines.push(version === 2 ? `measure ${from} -> ${to};` : `${to} = measure ${from};`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Gates of a sequence and of its fences. */
function allGates({ gates, fences }: Sequence): readonly Pick<Gate, 'name'>[] {
  const inFences = fences.flatMap((fence): readonly Pick<Gate, 'name'>[] => {
    if (fence.kind === 'symbolic') return [fence];
    return fence.kind === 'if' ? [...allGates(fence.body), ...allGates(fence.otherwise)] : [];
  });
  return inFences.length === 0 ? gates : [...gates, ...inFences];
}

/** The classical registers; one for all outcomes where the circuit was made without any. */
function bitRegistersOf({ measured, bitRegisters, outcomes }: Circuit): readonly Register[] {
  return measured && bitRegisters.length === 0 ? [{ name: 'c', size: outcomes.length }] : bitRegisters;
}

/** The first lines of a file. */
export function header(version: 2 | 3): string[] {
  return version === 2
    ? ['OPENQASM 2.0;', 'include "qelib1.inc";']
    : ['OPENQASM 3.0;', 'include "stdgates.inc";'];
}

/** Names of the gates in use that the library of a version lacks, in order of first use. */
export function foreignGates(gates: readonly Pick<Gate, 'name'>[], version: 2 | 3): string[] {
  const names = new Set(gates.map((gate) => gate.name));
  return [...names].filter((name) => !LIBRARY_GATES[version].has(name) && name !== 'u');
}

/** The definition of a gate that a library lacks. */
export function definitionOf(name: string, version: 2 | 3): string {
  const text = gateDefinitionText(name, version);
  if (text === undefined) {
    throw new KroncutError('internal', `the gate '${name}' cannot be written as OpenQASM ${version}`);
  }
  return text;
}

/** One gate as a statement; `names` holds the text of every qubit. */
export function gateText(gate: Gate | SymbolicGate, names: readonly string[]): string {
  // `u` is in no library, but the language has it.
  const name = gate.name === 'u' ? 'U' : (findGate(gate.name)?.name ?? gate.name);
  const params =
    gate.params.length > 0
      ? `(${gate.params.map((param) => (typeof param === 'number' ? formatAngle(param) : outerText(param))).join(',')})`
      : '';
  return `${name}${params} ${gate.qubits.map((q) => required(names[q], 'a qubit of a gate')).join(',')};`;
}

function elementNames(registers: readonly Register[]): string[] {
  return registers.flatMap(({ name, size }) => Array.from({ length: size }, (_, i) => `${name}[${i}]`));
}

/** Registers under names that are allowed and not taken; the new names are added to `taken`. */
function renamed(registers: readonly Register[], taken: Set<string>, version: 2 | 3): Register[] {
  const allowed = version === 2 ? /^[a-z]\w*$/ : /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Nd}_]*$/u;
  return registers.map(({ name, size }) => {
    const base = allowed.test(name) ? name : `r_${name.replaceAll(/\W/g, '_')}`;
    let free = base;
    for (let i = 0; taken.has(free); i++) {
      free = `${base}_${i}`;
    }
    taken.add(free);
    return { name: free, size };
  });
}
