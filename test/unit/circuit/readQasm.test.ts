import { describe, expect, it } from 'vitest';
import { readQasm } from '../../../src/circuit/readQasm.js';

describe('readQasm', () => {
  it('reads a version 2 program with registers, broadcasting and measurements', () => {
    const circuit = readQasm(
      `OPENQASM 2.0; include "qelib1.inc";
      qreg a[2]; qreg b[2]; creg c[3];
      h a; cx a,b; u3(pi/2,0,-pi) b[1]; barrier a; measure a -> c[0];`.replace('a -> c[0]', 'b[1] -> c[0]'),
    );
    expect(circuit.qubits).toBe(4);
    expect(circuit.gates.map((gate) => [gate.name, ...gate.qubits])).toEqual([
      ['h', 0],
      ['h', 1],
      ['cx', 0, 2],
      ['cx', 1, 3],
      ['u3', 3],
    ]);
    expect(circuit.gates.at(-1)?.params).toEqual([Math.PI / 2, 0, -Math.PI]);
    expect(circuit.outcomes).toEqual([3, -1, -1]);
  });
});
