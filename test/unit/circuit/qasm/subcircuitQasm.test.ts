import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { readSubcircuitQasm, writeSubcircuitQasm } from '../../../../src/circuit/qasm/subcircuitQasm.js';

const sample = {
  qubits: 3,
  gates: [gateOf('h', [0]), gateOf('rzz', [0, 2], 0.3), gateOf('ecr', [2, 1]), gateOf('t', [1])],
  inputs: [
    { cut: 0, qubit: 2 },
    { cut: 12, qubit: 0 },
  ],
  outputs: [
    { cut: 3, qubit: 0 },
    { cut: 4, qubit: 2 },
  ],
  gateEnds: [
    { cut: 7, qubit: 0, position: 0 },
    { cut: 9, qubit: 1, position: 2 },
    { cut: 7, qubit: 1, position: 4 },
  ],
};

describe('subcircuit files', () => {
  it('are read back as they were', () => {
    const text = writeSubcircuitQasm(sample);
    expect(readSubcircuitQasm(text, '0.qasm')).toEqual(sample);
    expect(text).toContain('opaque cut_in_12 a;\n');
    expect(text.match(/qreg/g)).toHaveLength(1);
    const bare = { qubits: 1, gates: [], inputs: [{ cut: 0, qubit: 0 }], outputs: [{ cut: 1, qubit: 0 }] };
    expect(readSubcircuitQasm(writeSubcircuitQasm(bare), '1.qasm')).toEqual({ ...bare, gateEnds: [] });
  });

  it('are no ordinary circuits', () => {
    expect(() => readQasm(writeSubcircuitQasm(sample))).toThrow(/is opaque/);
  });

  it.each([
    ['h q[0];\ncut_in_0 q[0];', /^s\.qasm:7:1: 'cut_in_0' must stand before the first gate on q\[0\]/],
    ['cut_out_0 q[0];\nh q[0];', /^s\.qasm:6:1: 'cut_out_0' must stand after the last gate on q\[0\]/],
    ['cut_in_0 q[0];\ncut_in_0 q[1];', /^s\.qasm:7:1: 'cut_in_0' repeats a cut/],
    ['cut_out_0 q[0];\nopaque cut_out_2 a;\ncut_out_2 q[0];', /^s\.qasm:8:1: 'cut_out_2' repeats/],
    ['creg c[1];\nmeasure q[0] -> c[0];', /^s\.qasm: a subcircuit has no measurements/],
    ['qreg r[1];', /^s\.qasm: a subcircuit has one register/],
    ['cut_in_0 q;', /^s\.qasm:6:1: 'cut_in_0' repeats/],
    ['cut_foo q[0];', /^s\.qasm:6:1: there is no gate 'cut_foo'/],
  ])('refuses %j', (body, message) => {
    const start =
      'OPENQASM 2.0;\ninclude "qelib1.inc";\nopaque cut_in_0 a;\nopaque cut_out_0 a;\nqreg q[2];\n';
    expect(() => readSubcircuitQasm(start + body, 's.qasm')).toThrow(message);
  });
});
