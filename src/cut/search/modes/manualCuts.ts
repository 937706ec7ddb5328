/**
 * Cuts that the user chose: a cuts file `{ "parts": [0, 0, [0, 1], 1] }` with one entry per two-qubit gate in
 * circuit order, or labels such as `AABB` with one part per qubit. Both may leave some of it to the finder.
 */
import { z } from 'zod';
import type { Circuit, Gate } from '../../../circuit/circuit.js';
import { KroncutError } from '../../../error.js';
import { parseJson } from '../../../json.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../solution/checker.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import type { CutWishes, PartialPart } from '../moves/completeParts.js';
import type { GatePart } from '../../model/cutGraph.js';
import { exceededLimits, type CutLimits, type Measures } from '../../model/limits.js';
import { optionName } from '../../../options/optionName.js';

const partNumber = z.number().int().nonnegative();
const choice = partNumber.nullable();
const partEntry = z.union([choice, z.tuple([choice, choice])]);

/**
 * Reads a cuts file for a circuit. `parts` has one entry per two-qubit gate, null where the finder decides; left out,
 * it decides all. `wholeGates` and `wholeWires` list two-qubit gates (counted in circuit order) and qubits that must
 * not be cut. Other keys are passed over, so that the `cuts.json` of a run directory is a cuts file too. Throws
 * `input`, naming the file, the entry and what would be right.
 */
export function readManualCuts(text: string, file: string, circuit: Circuit): CutWishes {
  const gates = twoQubitGates(circuit);
  const data = cutsObject(text, file);
  const entries = data.parts ?? gates.map(() => null);
  if (entries.length !== gates.length) {
    throw new KroncutError(
      'input',
      `${file}: "parts" has ${entries.length} entries, but the circuit has ${gates.length} two-qubit gates: ` +
        `give one entry for each, in circuit order`,
    );
  }
  const parts = entries.map((entry, index): PartialPart => {
    const parsed = partEntry.safeParse(entry);
    if (!parsed.success) {
      throw new KroncutError(
        'input',
        `${file}: entry ${index} of "parts" is ${JSON.stringify(entry)}, but it has to be the part of ` +
          `${gateText(gates[index])}: a number 0, 1, 2, ... or a pair of them, one for each end; null lets the finder ` +
          `decide`,
      );
    }
    if (parsed.data === null || typeof parsed.data === 'number') return parsed.data;
    const [first, second] = parsed.data;
    return first === second && first !== null ? first : [first, second];
  });
  return {
    parts,
    wholeGates: numbersBelow(data.wholeGates ?? [], gates.length, 'wholeGates', 'two-qubit gate', file),
    wholeWires: numbersBelow(data.wholeWires ?? [], circuit.qubits, 'wholeWires', 'qubit', file),
    source: file,
  };
}

function numbersBelow(
  list: readonly unknown[],
  limit: number,
  key: string,
  what: string,
  file: string,
): number[] {
  return list.map((entry, index) => {
    const parsed = partNumber.max(limit - 1).safeParse(entry);
    if (parsed.success) return parsed.data;
    throw new KroncutError(
      'input',
      `${file}: entry ${index} of "${key}" is ${JSON.stringify(entry)}, but it has to be the number of a ${what}, ` +
        (limit > 0 ? `0 to ${limit - 1}` : 'and the circuit has none'),
    );
  });
}

/**
 * Parts from one label per qubit, the first character for qubit 0: gates between qubits with different labels are
 * cut, and no wires that have a label. The finder decides about qubits with `?` or `.`. Throws `input` for labels that
 * do not fit the circuit.
 */
export function partsFromLabels(labels: string, circuit: Circuit): CutWishes {
  const characters = labels.split('');
  if (characters.length !== circuit.qubits) {
    throw new KroncutError(
      'input',
      `${optionName('labels')} ${labels} has ${characters.length} characters, but the circuit has ${circuit.qubits} qubits: ` +
        `give one character for each, the first for qubit 0`,
    );
  }
  const bad = characters.find((character) => !/^[A-Za-z0-9?.]$/.test(character));
  if (bad !== undefined) {
    throw new KroncutError(
      'input',
      `${optionName('labels')} ${labels} contains '${bad}': use letters and digits only, and ? or . where the finder decides`,
    );
  }
  const names = [...new Set(characters.filter((character) => !isOpen(character)))];
  const parts = twoQubitGates(circuit).map((gate): PartialPart => {
    const [first = null, second = null] = gate.qubits.map((qubit) => {
      const character = characters[qubit] ?? '?';
      return isOpen(character) ? null : names.indexOf(character);
    });
    return first === second ? first : [first, second];
  });
  return { parts, wholeGates: [], wholeWires: [], source: `${optionName('labels')} ${labels}` };
}

/** Throws `input` for wishes that cut a gate, where wires alone may be cut. */
export function requireWholeGates(circuit: Circuit, { parts, source }: CutWishes): void {
  const gates = twoQubitGates(circuit);
  for (const [i, part] of parts.entries()) {
    if (!Array.isArray(part) || part[0] === part[1] || part.includes(null)) continue;
    throw new KroncutError(
      'input',
      `${source} cuts ${gateText(gates[i])}, whose ends it puts into two parts, but ${optionName('wireCutsOnly')} leaves ` +
        `every gate whole: leave out ${optionName('wireCutsOnly')}, give both qubits one label, or give ? or . to one of ` +
        'them, so that the finder cuts a wire',
    );
  }
}

/**
 * Builds and checks the subcircuits of parts that a user chose. `source` names them in messages (a file, or
 * `--labels`). Throws `input` where a limit is exceeded, with the value that would do.
 */
export function applyManualCuts(
  circuit: Circuit,
  parts: readonly GatePart[],
  limits: CutLimits & Measures & { readonly joint?: boolean | undefined },
  source: string,
): CutCircuit {
  const cut = buildCutCircuit(circuit, parts, limits);
  const [first] = exceededLimits(cut, limits, limits);
  if (first !== undefined) {
    const { kind, value, limit } = first;
    const enough = kind.text(value);
    throw new KroncutError(
      'input',
      `${source} gives ${enough} where ${optionName(kind.key)} allows ${kind.text(limit)} (${kind.what}): change the parts, or ` +
        `say ${optionName(kind.key)} ${enough}`,
    );
  }
  checkCutCircuit(circuit, cut, limits.widthOf === undefined ? limits : { ...limits, maxWidth: undefined });
  return cut;
}

/** Labels of qubits that the finder decides about. */
function isOpen(label: string): boolean {
  return label === '?' || label === '.';
}

/** Lists of wishes, and what else the `cuts.json` of a run directory has. */
const CUTS_KEYS = ['parts', 'wholeGates', 'wholeWires', 'version', 'quality', 'cutCircuit'];

const cutsSchema = z
  .object({
    parts: z.array(z.unknown()).optional(),
    wholeGates: z.array(z.unknown()).optional(),
    wholeWires: z.array(z.unknown()).optional(),
  })
  .refine(({ parts, wholeGates, wholeWires }) => (parts ?? wholeGates ?? wholeWires) !== undefined);

function cutsObject(text: string, file: string): z.infer<typeof cutsSchema> {
  const data = parseJson(text, file, 'a cuts file is { "parts": [0, 0, 1] }');
  const parsed = cutsSchema.safeParse(data);
  if (!parsed.success) {
    throw new KroncutError(
      'input',
      `${file}: no list "parts"; a cuts file is { "parts": [0, 0, 1] }, with lists "wholeGates" and "wholeWires" if need be`,
    );
  }
  const unknown = Object.keys(Object(data)).find((key) => !CUTS_KEYS.includes(key));
  if (unknown !== undefined) {
    throw new KroncutError(
      'input',
      `${file}: "${unknown}" is nothing that a cuts file has; its lists are "parts", "wholeGates" and "wholeWires"`,
    );
  }
  return parsed.data;
}

function twoQubitGates(circuit: Circuit): Gate[] {
  return circuit.gates.filter((gate) => gate.qubits.length === 2);
}

function gateText(gate: Gate | undefined): string {
  return gate === undefined ? 'a gate' : `the gate ${gate.name} on qubits ${gate.qubits.join(', ')}`;
}
