/** What programs write beside gates and final measurements, and may be read as a fixed circuit. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCircuit } from '../../../../src/api/input/readCircuit.js';
import type { Circuit } from '../../../../src/circuit/circuit.js';
import { maxDifference } from '../../../../src/circuit/matrix.js';
import { readQasm, type ReadQasmOptions } from '../../../../src/circuit/qasm/readQasm.js';
import { Inputs } from '../../../../src/run/files/inputs.js';
import { outcomeDistribution, unitaryOf } from '../../../support/denseSimulator.js';
import { distance } from '../../../support/otherPrograms.js';

const V2 = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; ';
const V3 = 'OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[3] c; ';
const BARE = 'OPENQASM 3.0; qubit[3] q; ';

function read(text: string, options: ReadQasmOptions = {}): Circuit & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const circuit = readQasm(text, { file: 'a', ...options, onWarning: (warning) => warnings.push(warning) });
  return { ...circuit, warnings };
}

/** Gates as text: name, parameters, qubits. */
function gates(text: string, options: ReadQasmOptions = {}): string[] {
  return read(text, options).gates.map(({ name, params, qubits }) =>
    [params.length > 0 ? `${name}(${params.join(',')})` : name, ...qubits].join(' '),
  );
}

/** A diagonal matrix of phases, real and imaginary parts side by side. */
function phases(...angles: number[]): number[][] {
  return angles.map((angle, row) =>
    angles.flatMap((_, column) => (row === column ? [Math.cos(angle), Math.sin(angle)] : [0, 0])),
  );
}

describe('resets, measurements and conditions that do not matter', () => {
  it('leaves out resets of qubits without gates, and those that come last', () => {
    const circuit = read(
      `${V2} reset q; h q[0]; cx q[0],q[1]; measure q[0] -> c[0]; reset q[0]; reset q[1];`,
    );
    expect(circuit).toMatchObject({ outcomes: [0, -1, -1], measured: true });
    expect(circuit.gates.map(({ name }) => name)).toEqual(['h', 'cx']);
    expect(circuit.warnings).toEqual([
      expect.stringMatching(/^a:1:\d+: this reset is left out/),
      expect.stringMatching(/^a:1:\d+: this reset is left out/),
    ]);
    expect(read(`${V2} reset q[1]; h q[0];`).warnings).toEqual([]);
  });

  it('lets gates on other qubits, identities and barriers follow a measurement', () => {
    const text = `${V2} h q[0]; measure q[0] -> c[2]; h q[1]; id q[0]; barrier q; cx q[1],q[2]; measure q[1] -> c[0];`;
    expect(gates(text)).toEqual(['h 0', 'h 1', 'id 0', 'cx 1 2']);
    expect(read(text).outcomes).toEqual([1, -1, 0]);
  });

  it('measures a qubit twice into one bit or two, which agree', () => {
    expect(read(`${V2} h q[0]; measure q[0] -> c[1]; measure q[0] -> c[1];`).outcomes).toEqual([-1, 0, -1]);
    const twice = read(`${V2} h q[0]; measure q[0] -> c[0]; measure q[0] -> c[1];`);
    expect(twice).toMatchObject({ qubits: 4, outcomes: [0, 3, -1] });
    expect(twice.qubitRegisters).toEqual([
      { name: 'q', size: 3 },
      { name: 'copy', size: 1 },
    ]);
    expect(twice.warnings).toEqual([
      expect.stringMatching(
        /^a:1:\d+: a qubit is measured into several bits; the register 'copy' of 1 is added/,
      ),
    ]);
    const agreeing = outcomeDistribution(twice);
    expect(agreeing[0]).toBeCloseTo(0.5, 12);
    expect(agreeing[3]).toBeCloseTo(0.5, 12);
  });

  it('measures without a target', () => {
    expect(read(`${V3} h q[0]; measure q[0]; measure q;`)).toMatchObject({
      measured: false,
      outcomes: [0, 1, 2],
    });
    expect(read(`${V3} h q[0]; measure q[0]; c[1] = measure q[1];`)).toMatchObject({ outcomes: [-1, 1, -1] });
  });

  it('decides conditions that no measurement decides', () => {
    const text = `${V3} const int n = 3; if (n == 3 && !false) x q[0]; else y q[0];
      if (c == 1) { z q[1]; if (true) { z q[1]; } } else { if (c[2]) z q[1]; else h q[1]; }
      if (c != 0) ; else s q[2]; x q[0];`;
    expect(gates(text)).toEqual(['x 0', 'h 1', 's 2', 'x 0']);
    expect(gates(`${V2} if(c==1) x q[0]; if (c==0) y q[0];`)).toEqual(['y 0']);
  });

  it('leaves out what is under other conditions where nothing reads its qubits afterwards', () => {
    const circuit = read(
      `${V2} h q[0]; cx q[0],q[1]; measure q[0] -> c[0];\nif(c==1) cx q[1],q[2];\nif(c==0) reset q[1]; id q[1];`,
    );
    expect(circuit.gates).toHaveLength(3);
    expect(circuit.outcomes).toEqual([0, -1, -1]);
    expect(circuit.warnings).toEqual([
      'a:2:1: the gates under this condition are left out, for nothing reads the qubits afterwards',
    ]);
    expect(
      read(
        `${V3} bit d = measure q[0]; if (d && false) { h q[1]; } if (d || true) x q[1]; c[1] = measure q[1];`,
      ).gates,
    ).toHaveLength(1);
  });
});

describe('loops', () => {
  it('run over ranges and sets of constants, nested, with constants of their own', () => {
    const text = `${V3} const int n = 3; int k = 7;
      for int i in [0:n-1] { const float half = i/2.0; rx(half) q[i]; for uint k in {1, 2} if (k == i) z q[k]; }
      for int i in [2:-2:0] h q[i];
      for k in [5:4] { anything at all { ; } }
      for float t in {0.5, pi} rz(t) q[0];
      rx(k) q[0];`;
    expect(gates(text)).toEqual([
      'rx(0) 0',
      'rx(0.5) 1',
      'z 1',
      'rx(1) 2',
      'z 2',
      'h 2',
      'h 0',
      'rz(0.5) 0',
      `rz(${Math.PI}) 0`,
      'rx(7) 0',
    ]);
  });

  it('may measure', () => {
    expect(
      read(`${V3} for int i in [0:2] { let one = q[i:i]; h one; c[2 - i] = measure q[i]; }`).outcomes,
    ).toEqual([2, 1, 0]);
  });
});

describe('what does nothing', () => {
  it('is skipped: delays, annotations, pragmas, registers without elements', () => {
    const text = `${V3}
      @vendor.note anything ; { here
      delay[100ns] q[0]; delay[2.5 * 3dt] q; delay[1µs] q[1], q[2];
      #pragma vendor option
      pragma another one
      qubit[0] none; bit[0] nothing; h none; nothing = measure none;
      h q[0];`;
    const circuit = read(text);
    expect(circuit.gates).toHaveLength(1);
    expect(circuit.qubitRegisters).toEqual([{ name: 'q', size: 3 }]);
    expect(circuit.warnings).toEqual(['a:4:7: this pragma is left out', 'a:5:7: this pragma is left out']);
    expect(gates(`${V2} opaque delay(t) a; qreg e[0]; delay(100) q[0]; h q[0]; barrier e;`)).toEqual(['h 0']);
  });

  it('is a global phase in version 2, also of its own making', () => {
    expect(gates(`${V2} gphase(pi/3); gate g a { gphase(0.5); x a; } g q[0];`)).toEqual(['x 0']);
    expect(gates(`${V2} gate gphase(t) { } gphase(0.5); h q[0];`)).toEqual(['h 0']);
  });
});

describe('dialects', () => {
  it('declares hardware qubits as early files of version 3 do, and sizes behind names', () => {
    expect(read('OPENQASM 3; include "stdgates.inc"; qubit $0; qubit $3; h $3;')).toMatchObject({
      qubits: 4,
    });
    expect(read('OPENQASM 3; include "stdgates.inc"; qubit q[2]; bit c[2]; c = measure q;').outcomes).toEqual(
      [0, 1],
    );
  });

  it("has Quantinuum's gates with hqslib1.inc", () => {
    const text = `OPENQASM 2.0; include "hqslib1.inc"; qreg q[2];
      U1q(0.5*pi,0.1*pi) q[0]; Rz(0.3*pi) q[1]; ZZ q[0],q[1]; RZZ(0.2*pi) q[0],q[1]; h q[0]; Rxxyyzz(1,2,3) q[0],q[1];`;
    expect(gates(text)).toEqual([
      `r(${Math.PI / 2},${0.1 * Math.PI}) 0`,
      `rz(${0.3 * Math.PI}) 1`,
      `rzz(${Math.PI / 2}) 0 1`,
      `rzz(${0.2 * Math.PI}) 0 1`,
      'h 0',
      'rxx(1) 0 1',
      'ryy(2) 0 1',
      'rzz(3) 0 1',
    ]);
  });

  it('takes the standard libraries from wherever a file says they are', () => {
    expect(gates('OPENQASM 2.0; include "../lib/qelib1.inc"; qreg q[1]; h q[0];')).toEqual(['h 0']);
  });

  // Matrices in Braket's order, where the first qubit is the high bit: rows 00, 01, 10, 11.
  const f = 0.7;
  const [c, s] = [Math.cos(f), Math.sin(f)];
  const [C, S] = [Math.cos(f / 2), Math.sin(f / 2)];
  it.each<[string, number[][]]>([
    ['cphaseshift00(0.7)', phases(f, 0, 0, 0)],
    ['cphaseshift01(0.7)', phases(0, f, 0, 0)],
    ['cphaseshift10(0.7)', phases(0, 0, f, 0)],
    ['cphaseshift(0.7)', phases(0, 0, 0, f)],
    [
      'pswap(0.7)',
      [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, c, s, 0, 0],
        [0, 0, c, s, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
      ],
    ],
    [
      'xy(0.7)',
      [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, C, 0, 0, S, 0, 0],
        [0, 0, 0, S, C, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
      ],
    ],
    ['zz(0.7)', phases(-f / 2, f / 2, f / 2, -f / 2)],
    [
      'xx(0.7)',
      [
        [C, 0, 0, 0, 0, 0, 0, -S],
        [0, 0, C, 0, 0, -S, 0, 0],
        [0, 0, 0, -S, C, 0, 0, 0],
        [0, -S, 0, 0, 0, 0, C, 0],
      ],
    ],
    [
      'cnot',
      [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
      ],
    ],
  ])("has Braket's gate %s without an include", (call, rows) => {
    // Under a control, so that a phase would show; q[1] is the high bit here, so it goes first.
    const { gates: made } = read(`${BARE} ctrl @ ${call} q[2],q[1],q[0];`);
    const plain = read(`${BARE} ${call} q[1],q[0];`);
    expect(plain.qubits).toBe(3);
    const whole = unitaryOf(3, made);
    rows.forEach((row, r) => {
      for (let column = 0; column < 4; column++) {
        const at = 2 * ((4 + r) * 8 + 4 + column);
        expect(whole[at], `${r} ${column}`).toBeCloseTo(row[2 * column]!, 12);
        expect(whole[at + 1], `${r} ${column}`).toBeCloseTo(row[2 * column + 1]!, 12);
      }
    });
  });

  it.each([
    ['st q[0]; st q[0];', 't q[0];'],
    ['ct q[0],q[1]; ct q[1],q[0];', 'cs q[0],q[1];'],
    ['sqisw q[0],q[1]; sqisw q[0],q[1];', 'iswap q[0],q[1];'],
    ['b q[0],q[1]; b q[0],q[1];', 'rxx(-pi) q[0],q[1]; ryy(-pi/2) q[0],q[1];'],
    ['syc q[0],q[1];', 'iswap q[0],q[1]; z q[0]; z q[1]; cp(-pi/6) q[0],q[1];'],
    ['fsim(0,0.4) q[0],q[1]; ', 'cp(-0.4) q[0],q[1];'],
    ['ccp(pi) q[0],q[1],q[2];', 'h q[2]; ccx q[0],q[1],q[2]; h q[2];'],
    ['iccx q[0],q[1],q[2]; iccx q[0],q[1],q[2];', 'cz q[0],q[1];'],
    ['pxz(1,0,0) q[0]; U1q(pi,0) q[1];', 'x q[0]; x q[1];'],
    ['gate syc a,b { cx a,b; } syc q[0],q[1];', 'cx q[0],q[1];'],
  ])("has BQSKit's gates in version 2: %s", (theirs, ours) => {
    const [found, expected] = [theirs, ours].map((text) => unitaryOf(3, read(V2 + text).gates));
    expect(distance(found!, expected!)).toBeLessThan(1e-12);
  });

  it("has Braket's gates on one qubit, and lets a file define them itself", () => {
    expect(
      gates(
        `${BARE} i q[0]; si q[0]; ti q[0]; v q[0]; vi q[0]; phaseshift(0.3) q[1]; prx(1,2) q[0]; gpi2(0.4) q[2];`,
      ),
    ).toEqual([
      'id 0',
      'sdg 0',
      'tdg 0',
      'sx 0',
      'sxdg 0',
      'p(0.3) 1',
      'r(1,2) 0',
      `r(${Math.PI / 2},0.4) 2`,
    ]);
    const gpi = unitaryOf(1, read('OPENQASM 3.0; qubit q; gpi(0.4) q;').gates);
    const expected = Float64Array.of(0, 0, Math.cos(0.4), -Math.sin(0.4), Math.cos(0.4), Math.sin(0.4), 0, 0);
    expect(maxDifference(gpi, expected)).toBeLessThan(1e-15);
    expect(gates(`${BARE} h q[0]; gate cnot a, b { U(pi, 0, pi) b; } cnot q[0], q[1];`)).toEqual([
      'h 0',
      `u(${Math.PI},0,${Math.PI}) 1`,
    ]);
  });
});

describe('files beside the circuit', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-include-'));
    mkdirSync(path.join(folder, 'circuits', 'lib'), { recursive: true });
    writeFileSync(
      path.join(folder, 'circuits', 'lib', 'own.inc'),
      '// own\nOPENQASM 2.0;\ngate own(t) a, b { cx a, b; rz(t) b; }\n',
    );
    writeFileSync(path.join(folder, 'circuits', 'three.inc'), '\nOPENQASM 3.0;');
    writeFileSync(path.join(folder, 'circuits', 'wrong.inc'), '\n  gate own a { x b; }');
    writeFileSync(path.join(folder, 'circuits', 'circle.inc'), 'include "circle.inc";');
    writeFileSync(path.join(folder, 'outside.inc'), 'gate own(t) a, b { }');
    symlinkSync(path.join(folder, 'outside.inc'), path.join(folder, 'circuits', 'link.inc'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function including(file: string, call = 'own(0.5) q[0],q[1]; x q[0];'): Promise<string[]> {
    const source = path.join(folder, 'circuits', 'a.qasm');
    writeFileSync(source, `OPENQASM 2.0;\ninclude "qelib1.inc";\ninclude "${file}"; qreg q[2];\n${call}`);
    const { circuit } = await readCircuit({ inputs: new Inputs() }, source, {});
    return circuit.gates.map(({ name }) => name);
  }

  it('are included', async () => {
    expect(await including('lib/own.inc')).toEqual(['cx', 'rz', 'x']);
  });

  it.each([
    [
      'no.inc',
      /a\.qasm:3:9: "no\.inc" cannot be included: .*no\.inc.*(no such|does not exist|is not there)/i,
    ],
    ['../outside.inc', /a\.qasm:3:9: "\.\.\/outside\.inc" cannot be included: it lies outside of the folder/],
    ['link.inc', /"link\.inc" cannot be included: it lies outside of the folder/],
    ['/etc/hostname', /cannot be included: it lies outside of the folder/],
    ['three.inc', /^three\.inc:2:1: this file says version 3, and the one that includes it version 2/],
    ['wrong.inc', /^wrong\.inc:2:18: 'b' is not a qubit of this gate definition/],
    ['circle.inc', /^circle\.inc:1:\d+: files include one another more than 16 deep/],
  ])('are refused: %s', async (file, message) => {
    await expect(including(file)).rejects.toThrow(message);
  });

  it('have their places in messages about later calls', async () => {
    await expect(including('lib/own.inc', 'own(ln(0)) q[0],q[1];')).rejects.toThrow(
      /a\.qasm:4:5: the result of 'ln'/,
    );
    await expect(including('lib/own.inc', '\nown(1) q[0];')).rejects.toThrow(
      /a\.qasm:5:1: 'own' acts on 2 qubits/,
    );
  });

  it('are none for a text without a folder', () => {
    expect(() => readQasm('include "x.inc"; qreg q[1];')).toThrow(
      /copy the gate definitions of "x.inc" into this file/,
    );
  });
});
