import { describe, expect, it } from 'vitest';
import { generateCircuit } from '../../../../src/circuit/families/families.js';
import { KroncutError } from '../../../../src/error.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { cutsFile, readCutsFile } from '../../../../src/cut/solution/cutsFile.js';
import { randomNumbers } from '../../../../src/run/resources/pace.js';

const QUALITY = { objective: 'cost', value: 1, lowerBound: 1, proven: true, seconds: 0 } as const;

/** Two parts, with cut wires and cut gates. */
function text(): string {
  const circuit = generateCircuit('supremacy', { qubits: 8, depth: 6, seed: 1 });
  const gates = circuit.gates.filter(({ qubits }) => qubits.length === 2);
  const parts = gates.map(({ qubits }, i): number | [number, number] => {
    const [a, b] = qubits.map((qubit) => Number(qubit >= 4));
    return a === b ? Number(i % 7 === 3) : [a ?? 0, b ?? 0];
  });
  return cutsFile({ parts, quality: QUALITY, cutCircuit: buildCutCircuit(circuit, parts, {}) });
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Paths of all numbers and lists below a node. */
function* places(node: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof node === 'number' || Array.isArray(node)) yield path;
  if (Array.isArray(node)) for (const [i, item] of node.entries()) yield* places(item, [...path, i]);
  else if (typeof node === 'object' && node !== null) {
    for (const [key, item] of Object.entries(node)) yield* places(item, [...path, key]);
  }
}

function changed(document: Json, path: readonly (string | number)[], change: (old: Json) => Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return change(document);
  const copy = structuredClone(document);
  const holder: Record<string | number, Json> = Object(copy);
  holder[first] = changed(holder[first] ?? null, rest, change);
  return copy;
}

/** What names a thing by its number or says how many there are; angles and measures may be any number. */
const NUMBERING = /qubit|width|wires|outcome|bit|index|from|to|bonds|cut\b|position|end\b/;

describe('cuts.json', () => {
  it('is read as it was written', () => {
    const written = text();
    expect(cutsFile(readCutsFile(written, 'cuts.json'))).toBe(written);
  });

  it('is refused, with the file, where a number in it names what is not there', () => {
    const document: Json = JSON.parse(text());
    const all = [...places(Object(document).cutCircuit, ['cutCircuit'])];
    const numbers = all.filter((path) => NUMBERING.test(path.filter((p) => typeof p === 'string').join('.')));
    const random = randomNumbers(1);
    let refused = 0;
    for (let i = 0; i < 400; i += 1) {
      const path = numbers[Math.floor(random() * numbers.length)] ?? [];
      const bad = changed(document, path, (old) =>
        Array.isArray(old) ? [...old, ...old.slice(-1)] : 2 ** 40,
      );
      if (JSON.stringify(bad) === JSON.stringify(document)) continue;
      refused += 1;
      let error: unknown;
      try {
        readCutsFile(JSON.stringify(bad), 'cuts.json');
      } catch (thrown) {
        error = thrown;
      }
      expect(error, path.join('.')).toBeInstanceOf(KroncutError);
      expect(error, path.join('.')).toMatchObject({
        code: 'input',
        message: expect.stringMatching(/^cuts\.json: .*; cut again to write it$/s),
      });
    }
    expect(refused).toBeGreaterThan(300);
  });

  it.each([
    ['gates.0.name', ['cutCircuit', 'subcircuits', 0, 'gates', 0, 'name'], 'nothing', 'is no gate: nothing'],
    ['qubits', ['cutCircuit', 'qubits'], 2 ** 53 - 1, 'qubits are more than'],
    ['outcomeBits', ['cutCircuit', 'outcomeBits'], 2 ** 31, 'outcome bits, each once'],
  ] as const)('says what is wrong with %s', (_, path, value, message) => {
    const bad = changed(JSON.parse(text()), path, () => value);
    expect(() => readCutsFile(JSON.stringify(bad), 'cuts.json')).toThrow(message);
  });
});
