import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../../../src/circuit/circuit.js';
import {
  applyManualCuts,
  partsFromLabels,
  readManualCuts,
  requireWholeGates,
} from '../../../../../src/cut/search/modes/manualCuts.js';
import { cxCircuit, gate, ghz, reentrant3 } from '../../circuits.js';

describe('readManualCuts', () => {
  test('reads one part per two-qubit gate; a pair with one part is that part', () => {
    expect(readManualCuts('{ "parts": [0, 0, [1, 1], 0] }', 'my.json', reentrant3).parts).toEqual([
      0, 0, 1, 0,
    ]);
  });

  test.each([
    ['[0', /^my\.json:1:3: not JSON/],
    ['[0, 0, 1, 0]', /^my\.json: no list "parts"; a cuts file is/],
    [
      '{ "parts": [0, 0, 1, 0], "wholegates": [1] }',
      /^my\.json: "wholegates" is nothing that a cuts file has/,
    ],
    ['{ "parts": [0, 0, 1] }', /^my\.json: "parts" has 3 entries.*4 two-qubit gates/],
    ['{ "parts": [0, 0, "B", 0] }', /^my\.json: entry 2 of "parts" is "B".*cx on qubits 1, 2: a number 0, 1/],
    ['{ "parts": [0, -1, 1, 0] }', /^my\.json: entry 1 of "parts" is -1/],
    ['{ "parts": [0, 0.5, 1, 0] }', /^my\.json: entry 1 of "parts" is 0\.5/],
    ['{ "parts": [0, [0, 1, 2], 1, 0] }', /^my\.json: entry 1 of "parts" is \[0,1,2\]/],
  ])('%s is refused with what would be right', (text, message) => {
    expect(() => readManualCuts(text, 'my.json', reentrant3)).toThrow(message);
  });
});

describe('partsFromLabels', () => {
  const two = cxCircuit(4, [
    [0, 2],
    [1, 3],
    [2, 0],
  ]);

  test('gives gates the part of their qubits', () => {
    expect(partsFromLabels('ABAB', two).parts).toEqual([0, 1, 0]);
    expect(partsFromLabels('AAAA', two).parts).toEqual([0, 0, 0]);
    expect(partsFromLabels('AABB', two).parts).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test('refuses what is no label', () => {
    expect(() => partsFromLabels('AB', two)).toThrow(/2 characters.*4 qubits/);
    expect(() => partsFromLabels('AB-B', two)).toThrow(/'-'.*letters and digits/);
  });
});

describe('applyManualCuts', () => {
  test('builds and checks the subcircuits', () => {
    const cut = applyManualCuts(reentrant3, [0, 0, 1, 0], { maxWidth: 5 }, 'my.json');
    expect(cut.cuts).toHaveLength(4);
  });

  test('names the limit that is exceeded, and the value that would do', () => {
    expect(() => applyManualCuts(reentrant3, [0, 0, 1, 0], { maxWidth: 4 }, 'my.json')).toThrow(
      /^my\.json gives 5 where maxWidth allows 4.*maxWidth 5/,
    );
    expect(() => applyManualCuts(reentrant3, [0, 0, 1, 0], { maxCuts: 3 }, 'my.json')).toThrow(/maxCuts 4/);
    const pieces = makeCircuit(4, [gate('cx', 0, 1), gate('cx', 2, 3)]);
    expect(() => applyManualCuts(pieces, [0, 0], { maxSubcircuits: 1 }, 'labels')).toThrow(
      /maxSubcircuits 2/,
    );
    expect(applyManualCuts(ghz(4), [0, 0, 0], {}, 'my.json').cuts).toEqual([]);
  });
});

describe('labels where wires alone may be cut', () => {
  const circuit = makeCircuit(3, [gate('cx', 0, 1), gate('cz', 1, 2)]);

  test('name the gate that they would cut, and the ways out', () => {
    expect(() => requireWholeGates(circuit, partsFromLabels('AAB', circuit))).toThrow(
      'labels AAB cuts the gate cz on qubits 1, 2, whose ends it puts into two parts, but wireCutsOnly leaves every gate ' +
        'whole: leave out wireCutsOnly, give both qubits one label, or give ? or . to one of them, so that the finder ' +
        'cuts a wire',
    );
    for (const labels of ['AAA', 'A?B', '...']) requireWholeGates(circuit, partsFromLabels(labels, circuit));
  });
});
