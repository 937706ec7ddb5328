/** Values of free parameters, by name or in the order of declaration, from files and beside them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCircuit } from '../../../../src/api/input/readCircuit.js';
import { Inputs } from '../../../../src/run/files/inputs.js';
import { npyBytes } from '../../../support/npy.js';

const TEXT =
  'OPENQASM 3.0; include "stdgates.inc"; input float θ; input float[64] phi; input int n; qubit q; rx(θ) q; rz(phi*n) q;';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-parameters-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function angles(
  content: string | Buffer,
  parameters: Readonly<Record<string, number>> = {},
  name = 'values.json',
): Promise<readonly number[]> {
  const parametersFrom = path.join(folder, name);
  writeFileSync(parametersFrom, content);
  const { circuit, parameters: bound } = await readCircuit(
    { inputs: new Inputs() },
    { text: TEXT, name: 'a.qasm' },
    { parametersFrom, parameters },
  );
  expect(Object.keys(bound)).toEqual(['θ', 'phi', 'n']);
  return circuit.gates.flatMap(({ params }) => params);
}

describe('a file of parameters', () => {
  it('has values by name, or in the order of declaration; others go first', async () => {
    const expected = [Math.PI / 2, 0.5];
    expect(await angles('{ "θ": "pi/2", "phi": 0.25, "n": 2 }')).toEqual(expected);
    expect(await angles('["pi/2", 0.25, 2]')).toEqual(expected);
    expect(await angles(npyBytes(Float64Array.of(Math.PI / 2, 0.25, 2), 'float64'), {}, 'v.npy')).toEqual(
      expected,
    );
    expect(await angles('{ "θ": 7, "n": 2 }', { θ: 0.5, phi: 1 })).toEqual([0.5, 2]);
    expect(await angles('[7, 1, 2]', { θ: 0.5 })).toEqual([0.5, 2]);
  });

  it.each([
    ['[1, 2]', /^a\.qasm:1:1: parametersFrom has 2 values, but the circuit has 3 inputs/],
    ['[1, 2, 3, 4]', /has 4 values, but the circuit has 3 inputs/],
    ['{ "θ": 1, "n": 2 }', /the input phi of the circuit has no value/],
    ['{ "θ": 1, "n": 2, "phi": 1, "psi": 0 }', /no input 'psi'; its inputs are: θ, phi, n/],
    [
      '{ "θ": true, "n": 2, "phi": 1 }',
      /values\.json: the value of θ is no number, true: a number, or a text such as "pi\/2"/,
    ],
    [
      '[1, "pi/", 3]',
      /values\.json: value 1 is no number, "pi\/": a number or an expression is expected here/,
    ],
    ['1', /values\.json: neither values by name/],
    ['{ theta: 1 }', /values\.json:1:3: not JSON/],
    ['[0.1, 0.2, 0.5]', /the value 0\.5 given for 'n' is not a number of type int/],
  ])('%s is refused', async (content, message) => {
    await expect(angles(content)).rejects.toThrow(message);
  });

  it('is refused where it is absent, no array, or not real', async () => {
    const given = { parametersFrom: path.join(folder, 'none.json') };
    await expect(readCircuit({ inputs: new Inputs() }, { text: TEXT }, given)).rejects.toThrow(/none\.json/);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await expect(angles(deep)).rejects.toThrow(/values\.json: value 0 is no number, but a list/);
    await expect(angles('no array', {}, 'v.npy')).rejects.toThrow(/v\.npy: is no \.npy file/);
    await expect(angles(npyBytes(Float64Array.of(1, NaN, 2), 'float64'), {}, 'v.npy')).rejects.toThrow(
      /v\.npy: value 1 is not a finite real number/,
    );
  });
});
