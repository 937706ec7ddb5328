/** `compile` of circuits that measure, reset and choose in the middle, or have inputs without a value. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/api/compile.js';
import { compileThenCut } from '../../src/api/compileThenCut.js';
import { dryRunCompile } from '../../src/api/dryRunCompile.js';
import type { CompileOptions } from '../../src/api/options/compile.js';
import { readProgram } from '../../src/circuit/qasm/readQasm.js';
import { Random } from '../../src/circuit/random.js';
import { dynamicDistribution, largestDifference, randomProgram } from '../support/dynamicSimulator.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-dynamic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const COMMON: CompileOptions = { device: 'cpu', threads: 2, synthesis: 'off' };
const QUBITS = 4;
const values = { theta: 0.83, phi: -0.31 };

/** Compiles a text, reads the file that is written, and gives both with the difference of their distributions. */
async function compiled(text: string, options: CompileOptions) {
  const version = options.format === 'qasm3' ? 3 : 2;
  const keeping = { version, always: true } as const;
  const output = join(folder, 'short.qasm');
  const result = await compile(
    { text, name: 'dynamic.qasm' },
    { ...COMMON, ...options, output, force: true },
  );
  const written = await readFile(output, 'utf8');
  const [before, after] = [text, written].map((each) => readProgram(each, { keeping }));
  const { permutation } = result;
  const [expected, found] = [
    dynamicDistribution(QUBITS, 3, { ...before!, gates: before!.circuit.gates }, { values }),
    dynamicDistribution(QUBITS, 3, { ...after!, gates: after!.circuit.gates }, { values, permutation }),
  ];
  return { result, written, before: before!, after: after!, off: largestDifference(expected, found) };
}

function twoQubit(gates: Readonly<Record<string, number>>): number {
  return (gates['cx'] ?? 0) + (gates['cz'] ?? 0) + 3 * (gates['swap'] ?? 0);
}

/** Three qubits measured, the last under a condition on the first two. */
function cast(condition: string): string {
  return `OPENQASM 3.0; include "stdgates.inc"; bit[2] c; bit[1] d; qubit[4] q;
    h q[0]; rx(0.7) q[1]; c[0] = measure q[0]; c[1] = measure q[1];
    if (${condition}) { x q[3]; } d[0] = measure q[3];`;
}

describe('circuits that are not fixed', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('give what they gave, random one %i', async (seed) => {
    const version = seed % 2 === 0 ? 2 : 3;
    const text = randomProgram(new Random(seed, 'dynamic'), { qubits: QUBITS, gates: 40, version });
    const { result, after, off } = await compiled(text, {
      format: version === 2 ? 'qasm2' : 'qasm3',
      permuteOutput: seed % 4 > 1,
      newPairs: seed % 4 > 1,
    });
    // A distance sees the square of what amplitudes are off.
    expect(off).toBeLessThan(4 * Math.sqrt(result.errorBound) + 1e-12);
    expect(result.errorBound).toBeLessThan(1e-6);
    expect(after.fences).toEqual(result.fences);
    expect(result.distance).toBeLessThan(1e-6);
    expect(twoQubit(result.after.gates)).toBeLessThanOrEqual(twoQubit(result.before.gates));
  });

  const head = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; creg c[2]; creg d[1];';

  it('keep the order of what is classical, and are shortened beside it', async () => {
    const text = `${head} h q[0]; cx q[0],q[1]; cx q[2],q[3]; measure q[0] -> c[0]; if(c==1) x q[1]; cx q[2],q[3];
      reset q[0]; h q[0]; measure q[0] -> c[1]; measure q[1] -> d[0];`;
    const { result, written, off } = await compiled(text, {});
    expect(off).toBeLessThan(1e-12);
    // The pair around the measurement has nothing to do with it.
    expect(result.after.gates['cx']).toBe(1);
    expect(written.split('\n').filter((line) => /measure|reset|if/.test(line))).toEqual([
      'measure q[0] -> c[0];',
      'if(c==1) x q[1];',
      'reset q[0];',
      'measure q[0] -> c[1];',
      'measure q[1] -> d[0];',
    ]);
  });

  it.each(['uint[1](c) == 1', 'int[2](c) < 0', 'int[1](c[0]) < 0', 'int[1](uint[4](c)) == 1'])(
    'are refused where a cast changes what was measured: %s',
    async (condition) => {
      await expect(
        compile({ text: cast(condition), name: 'cast.qasm' }, { ...COMMON, format: 'qasm3' }),
      ).rejects.toThrow(/^cast\.qasm:3:\d+: a cast of [12] measured bits to '.*', which may change/);
    },
  );

  it.each([
    ['uint[2](c) == 1', 'if (c == 1)'],
    ['int[3](c) > 2', 'if (c == 3)'],
    ['uint(c[1]) == 1', 'if (c[1]'],
    ['c < 0 || c == 2', 'if (c == 2)'],
    ['uint[4](c) == 9 || c[0]', 'if (c[0])'],
  ])('say conditions as they are, %s as %s', async (condition, said) => {
    const { written, off } = await compiled(cast(condition), { format: 'qasm3' });
    expect(off).toBeLessThan(1e-12);
    expect(written).toContain(said);
  });

  it('lose what no measurement makes true, and keep what each does', async () => {
    const never = await compiled(cast('c == 4'), { format: 'qasm3' });
    expect(never.written).not.toMatch(/if|x q/);
    const always = await compiled(cast('c[1] != 2'), { format: 'qasm3' });
    expect(always.written).not.toMatch(/if/);
    expect(always.written).toMatch(/q\[3\]/);
  });

  it('do not move gates across what is on their qubits', async () => {
    const text = `${head} h q[0]; cx q[0],q[1]; measure q[1] -> c[0]; cx q[0],q[1]; h q[0]; reset q[1]; h q[0];`;
    const { result, off } = await compiled(text, {});
    expect(off).toBeLessThan(1e-12);
    expect(result.after.gates['cx']).toBe(2);
  });

  it('are refused in one sentence with the place where version 2 cannot say them', async () => {
    const cases: [string, RegExp][] = [
      [
        'measure q[0] -> c[0]; if (c != 3) { x q[0]; }',
        /^dynamic\.qasm:1:\d+: OpenQASM 2 cannot say a condition .*--format|format qasm3/,
      ],
      [
        'bit e; measure q[0]; h q[0];',
        /cannot say a measurement that is kept nowhere; write version 3 with format qasm3/,
      ],
      [
        'c[0] = measure q[0]; if (c == 1) { d[0] = measure q[1]; if (d[0]) x q[0]; }',
        /a condition under another one/,
      ],
      [
        'c[0] = measure q[0]; if (c == 1) { c[0] = measure q[1]; x q[0]; }',
        /measured into before all is done/,
      ],
    ];
    const open = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; bit[1] d;';
    for (const [body, message] of cases) {
      const source = { text: `${open} ${body}`, name: 'dynamic.qasm' };
      await expect(compile(source, COMMON)).rejects.toThrow(message);
      await compile(source, { ...COMMON, format: 'qasm3' });
    }
  });

  it('can be neither cut nor kept from what they depend on', async () => {
    const text = `${head} h q[0]; measure q[0] -> c[0]; h q[0];`;
    await expect(
      compileThenCut({ text, name: 'dynamic.qasm' }, COMMON, { directory: join(folder, 'run') }),
    ).rejects.toThrow(/mid-circuit measurement is not supported/);
    const { before } = await dryRunCompile({ text, name: 'dynamic.qasm' }, COMMON);
    expect(before.gates).toEqual({ h: 2 });
  });
});

describe('inputs without a value', () => {
  const text = `OPENQASM 3.0; include "stdgates.inc"; input float theta; input angle[32] phi; qubit[4] q; bit[3] c;
    gate pair(a, b) x, y { rz(a / 2) x; cx x, y; rx(b) y; }
    h q[0]; cx q[0],q[1]; cx q[0],q[1]; pair(theta, pi / 4) q[0],q[1]; crx(-phi * 2) q[2],q[3];
    rz(sin(theta)) q[1]; t q[1]; t q[1]; u3(theta, 0.25, -theta) q[3];`;

  it('stay where they are, and the rest is shortened', async () => {
    const { result, written, off } = await compiled(text, { format: 'qasm3' });
    expect(off).toBeLessThan(1e-12);
    expect(result.inputs).toEqual([
      { name: 'theta', type: 'float' },
      { name: 'phi', type: 'angle[32]' },
    ]);
    expect(result.before.gates['cx']).toBe(3);
    expect(result.after.gates).toEqual({ cx: 1, crx: 1, rz: 2, u3: 4 });
    for (const statement of [
      'input float theta;',
      'input angle[32] phi;',
      'rz(theta / 2) q[0];',
      'rz(sin(theta)) q[1];',
    ])
      expect(written).toContain(statement);
  });

  it('need a value in version 2, and where no gate of the table takes them', async () => {
    await expect(compile({ text, name: 'free.qasm' }, COMMON)).rejects.toThrow(
      /^free\.qasm:1:\d+: the inputs theta, phi of the circuit have no value; give one with parameters theta=0\.4, or keep/,
    );
    const part = { text: text.replaceAll('h q[0];', 'inv @ rz(theta) q[0];'), name: 'free.qasm' };
    await expect(compile(part, { ...COMMON, format: 'qasm3' })).rejects.toThrow(
      /'rz' under a modifier needs the value of the input theta/,
    );
    const { after } = await compile(part, { ...COMMON, parameters: { theta: 0.3, phi: 1 } });
    expect(after.gates['cx']).toBeGreaterThan(0);
  });
});
