/**
 * Cuts that the user chose: a cuts file `{ "parts": [0, 0, [0, 1], 1] }` with one entry per two-qubit gate in
 * circuit order, or labels such as `AABB` with one part per qubit.
 */
import { z } from 'zod';
import type { Circuit, Gate } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import { buildCutCircuit } from './buildCutCircuit.js';
import { checkCutCircuit, type CheckLimits } from './checker.js';
import type { CutCircuit } from './cutCircuit.js';
import type { GatePart } from './cutGraph.js';

const partNumber = z.number().int().nonnegative();
const partEntry = z.union([partNumber, z.tuple([partNumber, partNumber])]);

/**
 * Reads a cuts file for a circuit and returns one part per two-qubit gate. Other keys are passed over, so that the
 * `cuts.json` of a run directory is a cuts file too. Throws `input`, naming the file, the entry and what would be
 * right.
 */
export function readManualCuts(text: string, file: string, circuit: Circuit): GatePart[] {
  const gates = twoQubitGates(circuit);
  const entries = partsArray(text, file);
  if (entries.length !== gates.length) {
    throw new KroncutError(
      'input',
      `${file}: "parts" has ${entries.length} entries, but the circuit has ${gates.length} two-qubit gates: ` +
        `give one entry for each, in circuit order`,
    );
  }
  return entries.map((entry, index) => {
    const parsed = partEntry.safeParse(entry);
    if (!parsed.success) {
      throw new KroncutError(
        'input',
        `${file}: entry ${index} of "parts" is ${JSON.stringify(entry)}, but it has to be the part of ` +
          `${gateText(gates[index])}: a number 0, 1, 2, ... or a pair of them, one for each end`,
      );
    }
    if (typeof parsed.data === 'number') return parsed.data;
    const [first, second] = parsed.data;
    return first === second ? first : [first, second];
  });
}

/**
 * Parts from one label per qubit, the first character for qubit 0: gates between qubits with different labels are
 * cut. Throws `input` for labels that do not fit the circuit.
 */
export function partsFromLabels(labels: string, circuit: Circuit): GatePart[] {
  const characters = labels.split('');
  if (characters.length !== circuit.qubits) {
    throw new KroncutError(
      'input',
      `--labels ${labels} has ${characters.length} characters, but the circuit has ${circuit.qubits} qubits: ` +
        `give one character for each, the first for qubit 0`,
    );
  }
  const bad = characters.find((character) => !/^[A-Za-z0-9]$/.test(character));
  if (bad !== undefined) {
    throw new KroncutError('input', `--labels ${labels} contains '${bad}': use letters and digits only`);
  }
  const names = [...new Set(characters)];
  return twoQubitGates(circuit).map((gate) => {
    const [first = 0, second = 0] = gate.qubits.map((qubit) => names.indexOf(characters[qubit] ?? ''));
    return first === second ? first : [first, second];
  });
}

/**
 * Builds and checks the subcircuits of parts that a user chose. `source` names them in messages (a file, or
 * `--labels`). Throws `input` where a limit is exceeded, with the value that would do.
 */
export function applyManualCuts(
  circuit: Circuit,
  parts: readonly GatePart[],
  limits: CheckLimits,
  source: string,
): CutCircuit {
  const cut = buildCutCircuit(circuit, parts);
  const widest = cut.subcircuits.reduce((most, sub) => Math.max(most, sub.width), 0);
  for (const { value, limit, option, what } of [
    {
      value: widest,
      limit: limits.maxWidth,
      option: '--max-width',
      what: 'a subcircuit that many qubits wide',
    },
    {
      value: cut.subcircuits.length,
      limit: limits.maxSubcircuits,
      option: '--max-subcircuits',
      what: 'that many subcircuits',
    },
    { value: cut.cuts.length, limit: limits.maxCuts, option: '--max-cuts', what: 'that many cuts' },
  ]) {
    if (limit !== undefined && value > limit) {
      throw new KroncutError(
        'input',
        `${source} gives ${value} where ${option} allows ${limit} (${what}): change the parts, or say ${option} ${value}`,
      );
    }
  }
  checkCutCircuit(circuit, cut, limits);
  return cut;
}

function partsArray(text: string, file: string): readonly unknown[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KroncutError('input', `${file}: not JSON (${reason}); a cuts file is { "parts": [0, 0, 1] }`, {
      cause,
    });
  }
  const parsed = z.object({ parts: z.array(z.unknown()) }).safeParse(data);
  if (!parsed.success) {
    throw new KroncutError('input', `${file}: no list "parts"; a cuts file is { "parts": [0, 0, 1] }`);
  }
  return parsed.data.parts;
}

function twoQubitGates(circuit: Circuit): Gate[] {
  return circuit.gates.filter((gate) => gate.qubits.length === 2);
}

function gateText(gate: Gate | undefined): string {
  return gate === undefined ? 'a gate' : `the gate ${gate.name} on qubits ${gate.qubits.join(', ')}`;
}
