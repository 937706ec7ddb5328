import { describe, expect, it } from 'vitest';
import type { Circuit } from '../../../../src/circuit/circuit.js';
import { maxDifference } from '../../../../src/circuit/matrix.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { unitaryOf } from '../../../support/denseSimulator.js';
import { product } from '../../../support/pauliReference.js';

const V2 = 'OPENQASM 2.0; include "qelib1.inc"; ';
const V3 = 'OPENQASM 3.0; include "stdgates.inc"; ';

/** Gates as text: name, parameters, qubits. */
function listed(circuit: Circuit): string[] {
  return circuit.gates.map(({ name, params, qubits }) =>
    [params.length > 0 ? `${name}(${params.join(',')})` : name, ...qubits].join(' '),
  );
}

function gatesOf(text: string): string[] {
  return listed(readQasm(text));
}

/** The value of an expression in the given version. */
function valueOf(expression: string, start = V3): number | undefined {
  return readQasm(`${start} qreg q[1]; rx(${expression}) q[0];`).gates[0]?.params[0];
}

/** What is said about a text. */
function warned(text: string): string[] {
  const warnings: string[] = [];
  readQasm(text, { file: 'a.qasm', onWarning: (warning) => warnings.push(warning) });
  return warnings;
}

/** Gates of a power on some of three qubits; `qq` stands for the first two. */
function power(k: string, gate: string): string[] {
  return gatesOf(`${V3} qubit[3] q; pow(${k}) @ ${gate};`.replaceAll('qq', 'q[0], q[1]'));
}

function refused(call: string): void {
  expect(() => power('1e15', call)).toThrow(
    /^<text>:1:\d+: the power 1000000000000000 of '\w+' turns by about/,
  );
}

describe('registers, operands and measurements', () => {
  it.each([
    ['uint[2](5)', 1],
    ['uint[3](5)', 5],
    ['int[3](7)', -1],
    ['int[2](1)', 1],
    ['uint[2](-1)', 3],
    ['int[4](2.9)', 2],
  ])('casts to so many bits keep the lowest: %s', (cast, value) => {
    const { gates } = readQasm(`OPENQASM 3.0; include "stdgates.inc"; qubit q; rz(${cast}) q;`);
    expect(gates[0]?.params).toEqual([value]);
  });

  it('numbers qubits in the order declared and broadcasts', () => {
    const circuit = readQasm(`${V2} qreg a[2]; qreg b[2]; h a; cx a,b; cx a[1],b; barrier a,b[0]; id b[1];`);
    expect(circuit.qubits).toBe(4);
    expect(listed(circuit)).toEqual(['h 0', 'h 1', 'cx 0 2', 'cx 1 3', 'cx 1 2', 'cx 1 3', 'id 3']);
    expect(circuit.qubitRegisters).toEqual([
      { name: 'a', size: 2 },
      { name: 'b', size: 2 },
    ]);
    expect(circuit).toMatchObject({ outcomes: [0, 1, 2, 3], measured: false, bitRegisters: [] });
  });

  it('follows final measurements: bits in order, unwritten ones -1', () => {
    const circuit = readQasm(
      `${V2} qreg q[3]; creg c[2]; creg d[3]; h q; measure q[2] -> c[1]; h q[0]; measure q[0] -> d[0];`,
    );
    expect(circuit).toMatchObject({ measured: true, outcomes: [-1, 2, 0, -1, -1] });
    expect(circuit.bitRegisters).toEqual([
      { name: 'c', size: 2 },
      { name: 'd', size: 3 },
    ]);
  });

  it('measures registers and slices in all forms of version 3', () => {
    expect(readQasm(`${V3} qubit[2] q; bit[2] c = measure q;`).outcomes).toEqual([0, 1]);
    expect(readQasm(`${V3} bit[2] c; qubit[2] q; c = measure q;`).outcomes).toEqual([0, 1]);
    expect(
      readQasm(`${V3} bit[3] c; qubit[3] q; c[0:1] = measure q[1:2]; c[2] = measure q[0];`).outcomes,
    ).toEqual([1, 2, 0]);
    expect(readQasm(`${V3} bit c; qubit q; measure q -> c;`).outcomes).toEqual([0]);
    expect(readQasm(`${V3} qubit[3] q; bit[2] c; let d = c[{1,0}]; d = measure q[0:2:2];`).outcomes).toEqual([
      2, 0,
    ]);
  });

  it('keeps classical registers that nothing is measured into', () => {
    const circuit = readQasm(`${V2} qreg q[2]; creg c[5]; h q;`);
    expect(circuit).toMatchObject({
      measured: false,
      outcomes: [0, 1],
      bitRegisters: [{ name: 'c', size: 5 }],
    });
  });

  it('takes slices, index sets, negative indices, aliases and concatenations', () => {
    const gates =
      gatesOf(`${V3} const int n = 6; qubit[n] q; qubit a; let even = q[:2:]; let rest = q[1:2:5] ++ a;
      x q[0:2]; y q[{4,1}]; z q[-1]; h even[1]; s rest[3]; t q[n-2:-1:n-4]; sdg rest[0:1][1]; h q[2:];`);
    expect(gates).toEqual([
      'x 0',
      'x 1',
      'x 2',
      'y 4',
      'y 1',
      'z 5',
      'h 2',
      's 6',
      't 4',
      't 3',
      't 2',
      'sdg 3',
      'h 2',
      'h 3',
      'h 4',
      'h 5',
    ]);
  });

  it('takes hardware qubits', () => {
    const circuit = readQasm(`${V3} bit[1] c; h $3; cx $3, $0; c[0] = measure $0;`);
    expect(circuit).toMatchObject({ qubits: 4, outcomes: [0], qubitRegisters: [{ name: 'q', size: 4 }] });
    expect(listed(circuit)).toEqual(['h 3', 'cx 3 0']);
  });

  it('lets registers have the names of gates', () => {
    expect(gatesOf(`${V2} qreg x[2]; qreg r[1]; creg z[1]; x x[1]; cx x[0],r[0]; measure r -> z;`)).toEqual([
      'x 1',
      'cx 0 2',
    ]);
    expect(readQasm(`${V3} qubit[1] q; bit[1] x; x[0] = measure q[0];`).outcomes).toEqual([0]);
  });

  it('reads files without a version, byte order marks, comments and Windows line ends', () => {
    expect(gatesOf('qreg q[2]; CX q[0],q[1]; U(0.5,0,0) q[0];')).toEqual(['cx 0 1', 'u(0.5,0,0) 0']);
    expect(gatesOf('include "stdgates.inc";\nqubit[2] q;\nh q[0];')).toEqual(['h 0']);
    expect(
      gatesOf(
        '\uFEFFOPENQASM 2.0;\r\n// h q;\r\ninclude "qelib1.inc";\r\n/* x\r\n */qreg q[1];\r\nh q[0]; // end',
      ),
    ).toEqual(['h 0']);
    expect(gatesOf('OPENQASM 2.0;\rinclude "qelib1.inc";\rqreg q[1]; // one\rh q[0];\r')).toEqual(['h 0']);
  });
});

describe('gates', () => {
  it('knows the other names of gates', () => {
    expect(
      gatesOf(`${V3} qubit[2] q; U(1,2,3) q[0]; CX q[0],q[1]; phase(0.5) q[0]; cphase(0.5) q[0],q[1];`),
    ).toEqual(['u(1,2,3) 0', 'cx 0 1', 'p(0.5) 0', 'cp(0.5) 0 1']);
  });

  it('expands definitions, nested and with parameters', () => {
    const gates = gatesOf(`${V2} gate half(t) a { rx(t/2) a; }
      gate pair(t,s) a,b { half(t*s) b; barrier a,b; cx b,a; half(-t) a; }
      qreg q[3]; pair(pi,2) q[2],q[0];`);
    expect(gates).toEqual([`rx(${Math.PI}) 0`, 'cx 0 2', `rx(${-Math.PI / 2}) 2`]);
  });

  it('reads a definition that spells out a gate of the table as that gate', () => {
    const body = 'cx q0,q1; rz(p0) q1; cx q0,q1;';
    expect(gatesOf(`${V3} gate rzz(p0) q0,q1 { ${body} } qubit[2] q; rzz(0.3) q[0],q[1];`)).toEqual([
      'rzz(0.3) 0 1',
    ]);
    expect(gatesOf(`${V3} gate rzz_12(p0) q0,q1 { ${body} } qubit[2] q; rzz_12(0.3) q[0],q[1];`)).toEqual([
      'rzz(0.3) 0 1',
    ]);
    expect(gatesOf(`${V3} gate ecr q0,q1 { ${body.replace('p0', '1')} } qubit[2] q; ecr q[0],q[1];`)).toEqual(
      ['cx 0 1', 'rz(1) 1', 'cx 0 1'],
    );
    // In version 2 a phase does not matter, in version 3 it does: a control would make it relative.
    const withU1 = `gate rzz(t) a,b { cx a,b; u1(t) b; cx a,b; }`;
    expect(gatesOf(`${V2} ${withU1} qreg q[2]; rzz(0.3) q[0],q[1];`)).toEqual(['rzz(0.3) 0 1']);
    expect(gatesOf(`${V3} ${withU1} qubit[2] q; rzz(0.3) q[0],q[1];`)).toHaveLength(3);
    expect(gatesOf(`${V3} gate u2(t,s) a { rx(sqrt(t)) a; } qubit q; u2(4,0) q;`)).toEqual(['rx(2) 0']);
  });

  it('decomposes wide gates and drops global phases', () => {
    expect(gatesOf(`${V2} qreg q[3]; ccx q[0],q[1],q[2];`)).toHaveLength(15);
    expect(gatesOf(`${V3} qubit q; gphase(pi/3); h q; inv @ gphase(0.2);`)).toEqual(['h 0']);
    expect(gatesOf(`${V3} qubit q; ctrl @ gphase(0.25) q;`)).toEqual(['p(0.25) 0']);
  });

  it('lets version 2 define gates that are words of version 3', () => {
    expect(gatesOf(`${V2} gate inv a { s a; } gate two a { inv a; } qreg q[1]; two q[0]; inv q[0];`)).toEqual(
      ['s 0', 's 0'],
    );
  });

  it('accepts opaque declarations that are not called, and of known gates', () => {
    expect(gatesOf(`${V2} opaque magic(a,b) q; opaque rzz(t) a,b; qreg q[2]; rzz(1) q[0],q[1];`)).toEqual([
      'rzz(1) 0 1',
    ]);
  });

  it("reads Qiskit's exports of both versions", () => {
    const two = readQasm(`OPENQASM 2.0;
include "qelib1.inc";
gate rzx(param0) q0,q1 { h q1; cx q0,q1; rz(param0) q1; cx q0,q1; h q1; }
gate unitary q0 { u(pi/2,-pi,pi/4) q0; }
gate circuit_166(param0,param1) q0,q1 { rzx(0.7) q0,q1; unitary q1; rx(-1.25e-1) q0; }
gate mcx q0,q1,q2,q3 { h q3; p(pi/8) q0; cx q0,q1; p(-pi/8) q1; cx q0,q1; h q3; }
qreg q[4];
creg meas[4];
circuit_166(0.7,0.125) q[1],q[3];
mcx q[0],q[1],q[2],q[3];
barrier q[0],q[1],q[2],q[3];
measure q[0] -> meas[0];
measure q[3] -> meas[3];
`);
    expect(listed(two).slice(0, 3)).toEqual([
      'rzx(0.7) 1 3',
      `u(${Math.PI / 2},${-Math.PI},${Math.PI / 4}) 3`,
      'rx(-0.125) 1',
    ]);
    expect(two.outcomes).toEqual([0, -1, -1, 3]);
    const three = readQasm(
      `OPENQASM 3.0;
include "stdgates.inc";
input float[64] θ;
input float[64] _beta_0_;
gate rzz(p0) _gate_q_0, _gate_q_1 {
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
}
gate sxdg _gate_q_0 {
  s _gate_q_0;
  h _gate_q_0;
  s _gate_q_0;
}
gate my_block(_gate_p_0) _gate_q_0, _gate_q_1 {
  rzz(2*_gate_p_0) _gate_q_0, _gate_q_1;
  sxdg _gate_q_1;
}
bit[2] meas;
qubit[2] q;
my_block(θ) q[1], q[0];
negctrl @ ry(_beta_0_ + π/2) q[0], q[1];
U(0, 0, pi) q[0];
barrier q[0], q[1];
meas[0] = measure q[0];
meas[1] = measure q[1];
`,
      { parameters: { θ: 0.25, _beta_0_: 1 } },
    );
    expect(listed(three)).toEqual([
      'rzz(0.5) 1 0',
      's 0',
      'h 0',
      's 0',
      'x 0',
      `cry(${1 + Math.PI / 2}) 0 1`,
      'x 0',
      `u(0,0,${Math.PI}) 0`,
    ]);
    expect(three.outcomes).toEqual([0, 1]);
  });
});

describe('expressions', () => {
  it.each([
    ['pi', Math.PI],
    ['π/2', Math.PI / 2],
    ['tau', 2 * Math.PI],
    ['euler', Math.E],
    ['ℇ', Math.E],
    ['-3*pi/4', (-3 * Math.PI) / 4],
    ['2**3**2', 512],
    ['-2**2', -4],
    ['2 - 3 - 4', -5],
    ['2+3*4', 14],
    ['(2+3)*4', 20],
    ['7 % 4', 3],
    ['6 ^ 3', 5],
    ['1/2', 0],
    ['1/2*pi', 0],
    ['pi*1/2', Math.PI / 2],
    ['1.0/2', 0.5],
    ['-7/2', -3],
    ['int(7.9)/2', 3],
    ['1 << 3 | 1', 9],
    ['(3 < 4) + (2 == 2 && !false)', 2],
    ['1_000.5', 1000.5],
    ['.5e+1', 5],
    ['0x1F', 31],
    ['0b101', 5],
    ['sin(pi/6)', Math.sin(Math.PI / 6)],
    ['cos(1)', Math.cos(1)],
    ['tan(1)', Math.tan(1)],
    ['exp(2)', Math.exp(2)],
    ['log(2)', Math.LN2],
    ['sqrt(2)', Math.SQRT2],
    ['arccos(0.3)', Math.acos(0.3)],
    ['arcsin(0.3)', Math.asin(0.3)],
    ['arctan(0.3)', Math.atan(0.3)],
    ['pow(2, 0.5)', Math.SQRT2],
    ['mod(7, 4)', 3],
    ['floor(1.7) + ceiling(1.2)', 3],
    ['popcount(11)', 3],
    ['float[64](3)/2', 1.5],
    ['+1--1', 2],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression)).toBe(expected);
  });

  it('has ^ as the power and ln in version 2', () => {
    expect(valueOf('2^3', V2)).toBe(8);
    expect(valueOf('-2^2*3', V2)).toBe(-12);
    expect(valueOf('ln(2)', V2)).toBe(Math.LN2);
  });

  it('has constants of all kinds; whole numbers divide to whole numbers in sizes', () => {
    const circuit = readQasm(
      `${V3} const int n = 7/2; const float x = 1.0/4; float[32] y = x*2; angle z = pi*y; uint[8] m = 2**n; bool b = true;
       qubit[m/3] q; rx(z) q[n/2]; rx(x) q[b];`,
    );
    expect(circuit.qubits).toBe(2);
    expect(listed(circuit)).toEqual([`rx(${Math.PI / 2}) 1`, 'rx(0.25) 1']);
  });

  it('binds inputs', () => {
    const text = `${V3} input float[64] a; input int n; input angle[20] c; qubit[n] q; rx(a*c) q[n-1];`;
    expect(listed(readQasm(text, { parameters: { a: 0.5, n: 3, c: 4 } }))).toEqual(['rx(2) 2']);
  });

  it('divides whole numbers as each version has it, and says where the readings differ', () => {
    expect(valueOf('3/2', V2)).toBe(1.5);
    expect(warned(`${V2} qreg q[1]; rx(3/2) q[0];`)).toEqual([]);
    expect(
      warned(`${V3} qubit q;\nconst int n = 3;\nrx(n/2) q; rx(6/2) q; rx(n/2.0) q; rx(pi/2) q;`),
    ).toEqual([
      'a.qasm:3:5: 3/2 is 1 in OpenQASM 3, where whole numbers divide to a whole number; write 3.0/2 for 1.5',
    ]);
    // Parameters of gates are angles; in sizes nothing else is meant.
    expect(warned(`${V3} gate g(t) a { rx(t/2) a; } qubit[7/2] q; g(3) q[3/2];`)).toEqual([]);
    const [root, ...others] = warned(`${V3} qubit q; pow(1/2) @ x q;`);
    expect(root).toContain('1/2 is taken as 0.5 here');
    expect(others).toEqual([]);
    expect(gatesOf(`${V3} qubit q; pow(1/2) @ x q;`)).toEqual(['sx 0']);
    const many = warned(`${V3} qubit q; ${'rx(1/3) q; '.repeat(20)}`);
    expect(many).toHaveLength(9);
    expect(many.at(-1)).toBe('12 more such places');
  });
});

describe('powers', () => {
  it('reduces exponents of gates of finite order exactly', () => {
    // 10^15 is 0 modulo 8; 2^53 - 1 is 7.
    expect(power('1e15', 't q[0]')).toEqual(['p(0) 0']);
    expect(power('9007199254740991', 't q[0]')).toEqual([`p(${-Math.PI / 4}) 0`]);
    expect(power('1000000000000002', 'ctrl @ p(pi/8) qq')).toEqual([`cp(${Math.PI / 4}) 0 1`]);
    expect(power('-999999999999999', 'rz(pi/4) q[0]')).toEqual([`rz(${Math.PI / 4}) 0`]);
    expect(power('3', 'pow(9007199254740991) @ s q[0]')).toEqual([`p(${Math.PI / 2}) 0`]);
  });

  it.each([
    ['sx q[0]', 1e15 + 1, 'sx q[0]'],
    ['iswap qq', 1e15 + 2, 'z q[0]; z q[1]'],
    ['dcx qq', 1e15, 'dcx qq'],
    ['u(pi/2, 0, pi) q[0]', 1e15 + 1, 'h q[0]'],
    ['hs q[0]', 24e14 + 1, 'hs q[0]'],
    ['crx(pi) qq', 4e15 + 2, 'z q[0]'],
    ['csx qq', 1e15 + 2, 'cx qq'],
    ['cu(pi/2, 0, pi, pi) qq', 2e15 + 1, 'cu(pi/2, 0, pi, pi) qq'],
  ])('takes %s to the power %f', (gate, k, same) => {
    // Controlled, so that a phase would show.
    const start = `${V3} gate hs a { h a; s a; } gate iswap a,b { s a; s b; h a; cx a,b; cx b,a; h b; }
      gate dcx a,b { cx a,b; cx b,a; } gate csx a,b { ctrl @ sx a,b; } qubit[3] q;`;
    const controlled = (call: string, before = ''): Float64Array =>
      unitaryOf(
        3,
        readQasm(
          `${start} ctrl @ ${before}${call.replace(/ (?=q)/, ' q[2], ').replaceAll('qq', 'q[0], q[1]')};`,
        ).gates,
      );
    const calls = same.split('; ').map((call) => controlled(call));
    const expected = calls.reduce((left, right) => product(left, right));
    expect(maxDifference(controlled(gate, `pow(${k}) @ `), expected)).toBeLessThan(1e-12);
  });

  it('names the place where rounding leaves nothing of an angle', () => {
    refused('rx(0.3) q[0]');
    refused('cp(0.3) qq');
    refused('u(0.3, 0.1, 0.2) q[0]');
    refused('gphase(0.3)');
    const warnings: string[] = [];
    readQasm(`${V2}\nqreg q[1]; gate g(t) a { rx(t*1e15) a; }\nrx(1e15*pi) q[0]; g(0.3) q[0];`, {
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^<text>:3:4: the angle 3141592653589793 is so large that rounding alone may turn it by 0.3/,
    );
    expect(warnings[1]).toMatch(/^<text>:2:26: the angle 300000000000000/);
  });
});
