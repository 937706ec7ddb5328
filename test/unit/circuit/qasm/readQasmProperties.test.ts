import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import { gateMatrix, gateOf, GATES } from '../../../../src/circuit/gates.js';
import { maxDifference } from '../../../../src/circuit/matrix.js';
import { countTwoQubitGates } from '../../../support/circuitFacts.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { applyMatrix, outcomeDistribution, runGates, unitaryOf } from '../../../support/denseSimulator.js';
import { build, product, underControls, type Matrix } from '../../../support/pauliReference.js';
import { requireOrSkip } from '../../../support/requirements.js';
import { sharedCircuit, sharedCircuitNames } from '../../../support/sharedCircuits.js';

const PROGRAM = `OPENQASM 3.0;
include "stdgates.inc";
const float x = pi/3 + sin(0.5)**2;
input float theta;
qubit[3] q; qubit a; bit[3] c;
let b = q[0:2:2] ++ a;
gate foo(t) u, v { ctrl @ inv @ rx(t) u, v; gphase(t/2); barrier u; }
foo(x) b[0], b[1];
negctrl @ pow(1/2) @ foo(theta) q[0], q[1], a; // note
ctrl(2) @ x q[{0, 1}], q[2], a;
h q; u3(0.1, -2e-3, .5) a;
for int i in {0, 2} { if (c == 0) h q[i]; }
c[0:1] = measure q[1:2];
measure a -> c[2];
`;

/** Reads text that may be anything; only a KroncutError with a place may come out. */
function readAnything(text: string): void {
  try {
    readQasm(text, { file: 'f', parameters: { theta: 0.3 } });
  } catch (error) {
    if (!(error instanceof KroncutError)) {
      throw error;
    }
    expect(error.code).toBe('input');
    expect(error.message).toMatch(/^f:\d+:\d+: /);
  }
}

describe('whatever the text', () => {
  it('starts from a program that is read', () => {
    expect(readQasm(PROGRAM, { parameters: { theta: 0.3 } }).outcomes).toEqual([1, 2, 3]);
  });

  it('a wrong character, word or order is an error with a place, or still a circuit', () => {
    const pieces = [
      '@',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ';',
      ',',
      ':',
      '-1',
      '1e400',
      '0x',
      '"',
      "'",
      '/*',
      '$',
      '**',
      'ctrl',
      'inv @',
      'pow(-3) @',
      'measure',
      'gate',
      'gphase(1)',
      'q',
      'theta',
      'for int i in [0:2] { ',
      'if (c[0] == 1) ',
      'if (c == 0) { h q; } else ',
      'reset q;',
      'delay[1ns] q;',
      'measure q;',
      '#pragma x\n',
      '@x\n',
      'include "f";',
      'qubit[0] none;',
      '<<',
      '!',
      'i',
      '\u0000',
      '😀',
      'π',
    ];
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(PROGRAM.length),
            fc.nat(6),
            fc.oneof(fc.constantFrom('', ...pieces), fc.string({ maxLength: 3 })),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        (edits) => {
          let text = PROGRAM;
          for (const [at, removed, added] of edits) {
            text = text.slice(0, at) + added + text.slice(at + removed);
          }
          readAnything(text);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('so are swapped statements and loose tokens', () => {
    const tokens = PROGRAM.split(/(?<=\W)|(?=\W)/);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 40 }), (list) => {
        readAnything(`OPENQASM 3; include "stdgates.inc"; qubit[3] q; ${list.join('')}`);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(PROGRAM.split('\n')), (lines) => {
        readAnything(lines.join('\n'));
      }),
      { numRuns: 100 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), readAnything), { numRuns: 300 });
  });
});

type Modifier = 'ctrl' | 'negctrl' | 'inv' | 'pow(2)' | 'pow(-3)' | 'pow(0)';

/** The matrix that modifiers (outermost first) make of one on n qubits, from the definitions. */
function modified(modifiers: readonly Modifier[], matrix: Matrix): Matrix {
  const [first, ...rest] = modifiers;
  if (first === undefined) {
    return matrix;
  }
  const inner = modified(rest, matrix);
  const n = Math.round(Math.sqrt(inner.length / 2));
  const identity = build(n, (row, column) => [row === column ? 1 : 0, 0]);
  const inverse = build(n, (row, column) => {
    const at = 2 * (column * n + row);
    return [inner[at]!, -inner[at + 1]!];
  });
  switch (first) {
    case 'ctrl':
      return underControls(1, inner);
    case 'negctrl': {
      const flip = build(2 * n, (row, column) => [(row ^ 1) === column ? 1 : 0, 0]);
      return product(flip, underControls(1, inner), flip);
    }
    case 'inv':
      return inverse;
    case 'pow(2)':
      return product(inner, inner);
    case 'pow(-3)':
      return product(inverse, inverse, inverse);
    default:
      return identity;
  }
}

describe('modifiers', () => {
  const specs = [...GATES.values()].filter((spec) => spec.matrix);
  const modifier = fc.constantFrom<Modifier>('ctrl', 'negctrl', 'inv', 'pow(2)', 'pow(-3)', 'pow(0)');

  it('act as their definitions say, in any order, on gates and definitions', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...specs),
        fc.array(modifier, { minLength: 1, maxLength: 4 }),
        fc.array(fc.double({ min: -7, max: 7, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (spec, modifiers, angles, defined) => {
          const controls = modifiers.filter((m) => m.endsWith('ctrl')).length;
          fc.pre(controls + spec.qubits <= 5);
          const params = angles.slice(0, spec.params);
          const total = controls + spec.qubits;
          const names = Array.from({ length: total }, (_, q) => `q[${q}]`);
          const formal = ['u', 'v'].slice(0, spec.qubits).join(',');
          const call = `${spec.name}${params.length > 0 ? `(${params.join(',')})` : ''}`;
          // The definition adds a phase, which a control makes relative.
          const start = `OPENQASM 3; include "stdgates.inc"; gate made ${formal} { ${call} ${formal}; gphase(0.4); } qubit[${total}] q;`;
          const text = `${start} ${modifiers.map((m) => `${m} @ `).join('')}${defined ? 'made' : call} ${names.join(',')};`;
          const matrix = gateMatrix(gateOf(spec.name, [0, 1].slice(0, spec.qubits), ...params));
          const base = defined
            ? product(
                matrix,
                build(2 ** spec.qubits, (r, c) => (r === c ? [Math.cos(0.4), Math.sin(0.4)] : [0, 0])),
              )
            : matrix;
          const { gates } = readQasm(text);
          expect(gates.every((gate) => gate.qubits.length <= 2)).toBe(true);
          // A global phase is dropped, so the comparison is on states relative to the first amplitude of a column.
          const expected = modified(modifiers, base);
          const actual = unitaryOf(total, gates);
          if (controls > 0) {
            expect(maxDifference(actual, expected)).toBeLessThan(1e-11);
          } else {
            expect(overlap(actual, expected)).toBeCloseTo(1, 11);
          }
        },
      ),
      { numRuns: 250 },
    );
  });

  it('takes fractional powers on the principal branch', () => {
    const start = 'OPENQASM 3; include "stdgates.inc"; qubit[4] q;';
    const matrixOf = (call: string): Matrix => unitaryOf(4, readQasm(`${start} ${call}`).gates);
    const pairs = [
      ['ctrl @ pow(0.5) @ x q[0],q[1];', 'csx q[0],q[1];'],
      ['ctrl @ pow(1/2) @ z q[0],q[1];', 'ctrl @ s q[0],q[1];'],
      ['pow(0.25) @ ctrl @ z q[0],q[1];', 'cp(pi/4) q[0],q[1];'],
      ['ctrl @ pow(1/3) @ pow(3) @ rx(0.4) q[0],q[1];', 'crx(0.4) q[0],q[1];'],
      ['pow(0.5) @ pow(0.5) @ ccx q[2],q[0],q[1];', 'ctrl(2) @ pow(0.25) @ x q[2],q[0],q[1];'],
      ['ctrl @ pow(0.5) @ gphase(0.8) q[3];', 'p(0.4) q[3];'],
      ['negctrl(2) @ x q[0],q[1],q[2];', 'x q[0]; x q[1]; ccx q[0],q[1],q[2]; x q[0]; x q[1];'],
    ];
    for (const [left, right] of pairs) {
      expect(maxDifference(matrixOf(left!), matrixOf(right!)), left).toBeLessThan(1e-13);
    }
    const root = 'ctrl @ pow(0.5) @ swap q[0],q[1],q[2];';
    expect(maxDifference(matrixOf(root + root), matrixOf('cswap q[0],q[1],q[2];'))).toBeLessThan(1e-13);
  });
});

/** |Tr(a^dagger b)| / order: 1 for unitaries that are equal up to a phase. */
function overlap(a: Matrix, b: Matrix): number {
  let re = 0;
  let im = 0;
  for (let i = 0; i < a.length; i += 2) {
    re += a[i]! * b[i]! + a[i + 1]! * b[i + 1]!;
    im += a[i]! * b[i + 1]! - a[i + 1]! * b[i]!;
  }
  return Math.hypot(re, im) / Math.sqrt(a.length / 2);
}

function entropy(p: Float64Array): number {
  return -p.reduce((sum, x) => sum + (x > 0 ? x * Math.log(x) : 0), 0);
}

describe('circuits with known answers', () => {
  beforeEach((context) => {
    requireOrSkip(context, 'shared');
  });

  it('all are read, every line a gate', () => {
    const names = sharedCircuitNames();
    expect(names.length).toBeGreaterThan(25);
    for (const name of names) {
      const text = sharedCircuit(name);
      const { gates } = readQasm(text, { file: name });
      const statements = text.split('\n').filter((line) => /^[a-z]\w*(\(.*\))? q\[/.test(line.trim()));
      expect(gates.length, name).toBe(statements.filter((line) => !/^(qreg|creg)/.test(line.trim())).length);
      expect(countTwoQubitGates(gates), name).toBe(statements.filter((line) => /\] *, *q/.test(line)).length);
    }
  });

  it('have the counts of their descriptions', () => {
    const shor = readQasm(sharedCircuit('shor26.qasm'));
    expect([shor.qubits, shor.gates.length, countTwoQubitGates(shor.gates)]).toEqual([26, 41968, 21072]);
    const bv = readQasm(sharedCircuit('bv_38qubit.qasm3'));
    expect([bv.qubits, countTwoQubitGates(bv.gates)]).toEqual([38, 37]);
  });

  it('have the distributions from elsewhere', () => {
    const figure = outcomeDistribution(readQasm(sharedCircuit('fig4_cz.qasm')));
    expect(entropy(figure)).toBeCloseTo(3.00912845811376, 12);
    expect(figure[0]).toBeCloseTo(0.1080345869, 10);
    expect(figure[7]).toBeCloseTo(0.1080345869, 10);
    expect(entropy(outcomeDistribution(readQasm(sharedCircuit('fig4_cx.qasm'))))).toBeCloseTo(
      2.599681088367844,
      12,
    );
    const grid = outcomeDistribution(readQasm(sharedCircuit('supremacy_6qubit.qasm3')));
    expect(grid.indexOf(Math.max(...grid))).toBe(36);
    expect(grid[36]).toBeCloseTo(0.0780675054, 10);
    expect(entropy(grid)).toBeCloseTo(3.65830389437, 11);
    const hwea = outcomeDistribution(readQasm(sharedCircuit('hwea10.qasm')));
    expect(hwea[31]).toBeCloseTo(0.5, 12);
    expect(hwea[992]).toBeCloseTo(0.5, 12);
  });

  it('have the expectation values from elsewhere', () => {
    const small = readQasm(sharedCircuit('pl_docs3.qasm'));
    const state = runGates(3, small.gates);
    const z = Float64Array.of(1, 0, 0, 0, 0, 0, -1, 0);
    const turned = [0, 1, 2].reduce((s, q) => applyMatrix(s, z, [q]), state);
    expect(state.reduce((sum, x, i) => sum + x * turned[i]!, 0)).toBeCloseTo(0.471651988821, 11);
  });
});
