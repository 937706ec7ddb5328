import { describe, expect, it } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import { readQasm, type ReadQasmOptions } from '../../../../src/circuit/qasm/readQasm.js';

const V2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\n';
const V3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[3] c;\n';

function failure(text: string, options: ReadQasmOptions = {}): KroncutError {
  try {
    readQasm(text, { file: 'a.qasm', ...options });
  } catch (error) {
    if (error instanceof KroncutError) {
      return error;
    }
    throw error;
  }
  throw new Error(`no error: ${text}`);
}

/** The first qubits of a register, as operands. */
function wide(qubits: number): string {
  return Array.from({ length: qubits }, (_, i) => `r[${i}]`).join(',');
}

describe('refusals name the place and what would be right', () => {
  it.each([
    ['unknown gate', V2, 'hh q[0];', '5:1', "did you mean 'h'?"],
    ['unknown gate in a definition', V2, 'gate g a { cxx a,a; }', '5:12', "did you mean 'cx'?"],
    [
      'reset of an outcome',
      V2,
      'h q[0];\nreset q[0];',
      '6:1',
      'reset is not supported here, for the file keeps no outcome',
    ],
    [
      'reset in between',
      V2,
      'h q[0];\nreset q[0];\ncx q[0],q[1];\nmeasure q -> c;',
      '6:1',
      'reset is not supported here, for q[0] is used again in line 7',
    ],
    ['reset before a measurement', V2, 'h q[0];\nreset q[0];\nmeasure q -> c;', '6:1', 'again in line 7'],
    ['reset in a definition', V2, 'gate g a { reset a; }', '5:12', 'reset is not supported'],
    [
      'classical control',
      V2,
      'measure q[0] -> c[0];\nif(c==1) x q[1];\nmeasure q[1] -> c[1];',
      '6:1',
      'classical condition are not supported here, for q[1] is used again in line 7',
    ],
    [
      'classical control of an outcome',
      V3,
      'measure q[0];\nbit d = measure q[1];\nif (d) { x q[2]; }\nh q[2];',
      '7:1',
      'used again in line 8',
    ],
    [
      'measurement under a condition',
      V2,
      'measure q[0] -> c[0];\nif(c==1) measure q[1] -> c[1];',
      '6:10',
      'measurements under a classical condition',
    ],
    ['loop over a register', V3, 'for int i in c { h q[i]; }', '5:14', 'ranges and sets of constants'],
    ['loop with a step 0', V3, 'for int i in [0:0:2] { h q[i]; }', '5:1', 'a step that is not 0'],
    ['endless loop', V3, 'for int i in [0:1000000000] { }', '5:1', 'more than 1000000 iterations'],
    ['loop to what is no constant', V3, 'for int i in [0:n] { }', '5:17', "'n' is not a constant"],
    ['loop in version 2', V2, 'for int i in [0:2] { h q[i]; }', '5:1', "'for' is OpenQASM 3"],
    ['loop without an end', V3, 'for int i in [0:2] { h q[i];', '5:29', "'}' is expected here"],
    [
      'loop in a definition',
      V3,
      'gate g a { for int i in [0:2] { x a; } }',
      '5:12',
      'loops are not supported inside',
    ],
    ['declaration in a loop', V3, 'for int i in [0:2] { qubit r; }', '5:22', 'belongs outside of loops'],
    ['variable of a loop', V3, 'for int i in [0:2] { }\nh q[i];', '6:5', "'i' is not a constant"],
    ['break', V3, 'for int i in [0:2] { break; }', '5:22', 'loops are not supported but those'],
    ['change of a variable', V3, 'int i = 0;\ni += 1;', '6:1', "'i' cannot change"],
    ['shift of a variable', V3, 'int i = 1;\ni <<= 1;', '6:1', "'i' cannot change"],
    [
      'call before the definition',
      V2,
      'g q[0];\ngate g a { x a; }',
      '5:1',
      "'g' is called before its definition",
    ],
    ['gate of a pragma', V3, '#pragma braket unitary([[1, 0], [0, 1]]) q[0]', '5:1', 'by its matrix'],
    ['noise', V3, '#pragma braket noise bit_flip(0.1) q[0]', '5:1', 'noise is not supported'],
    ['unknown condition', V3, 'if (d == 1) x q[0];', '5:5', "'d' is not a constant"],
    ['index of a condition', V3, 'if (c[3]) x q[0];', '5:5', "'c' has 3 elements; there is no 3"],
    ['shift of a fraction', V3, 'rx(1.5 << 2) q[0];', '5:8', "'<<' is for whole numbers"],
    ['while', V3, 'while (true) { }', '5:1', 'loops are not supported'],
    ['delay without a duration', V3, 'delay q[0];', '5:7', 'the duration, as in delay[100ns] q;'],
    ['time as an angle', V3, 'rx(3ns) q[0];', '5:4', "not '3ns'"],
    ['box', V3, 'box { h q; }', '5:1', 'timing is not supported'],
    ['duration', V3, 'duration d = 3ns;', '5:1', 'timing is not supported'],
    ['array', V3, 'array[int, 3] a;', '5:1', 'arrays are not supported'],
    ['subroutine', V3, 'def f(qubit q) { }', '5:1', 'subroutines'],
    ['extern', V3, 'extern f(int) -> int;', '5:1', 'external functions'],
    ['defcal', V3, 'defcal x $0 { }', '5:1', 'pulse calibrations'],
    ['output', V3, 'output bit b;', '5:1', 'output declarations'],
    ['switch', V3, 'switch (1) { }', '5:1', 'write its cases as if and else'],
    ['gate after measurement', V2, 'measure q[1] -> c[1];\ncx q[0],q[1];', '6:1', 'q[1] was measured before'],
    ['bit written twice', V3, 'c[1] = measure q[1];\nc[1] = measure q[0];', '6:8', 'c[1] is written twice'],
    ['measurement sizes', V2, 'measure q -> c[1];', '5:1', '3 qubits cannot be measured into 1 bits'],
    ['measurement without bits', V2, 'measure q;', '5:10', 'the bits to measure into'],
    ['gate after a measurement without bits', V3, 'measure q;\nh q[1];', '6:1', 'q[1] was measured before'],
    ['bit with a value', V3, 'bit[2] d = "01";', '5:12', 'classical values are not supported'],
    ['assignment', V3, 'const int n = 1;\nn = 2;', '6:1', 'classical computation'],
    ['unknown register', V2, 'h r[0];', '5:3', "no qubit register 'r'"],
    ['bits as qubits', V2, 'h c[0];', '5:3', "'c' is not a qubit register"],
    ['index too large', V2, 'h q[3];', '5:5', 'there is no 3'],
    ['range too large', V3, 'h q[1:3];', '5:5', 'this range leaves the register'],
    ['same qubit twice', V2, 'cx q[1],q[1];', '5:1', 'uses q[1] twice'],
    ['same qubit by broadcasting', V2, 'cx q[1],q;', '5:1', 'uses q[1] twice'],
    ['sizes differ', V2, 'qreg r[2];\ncx q,r;', '6:6', 'registers of 3 and 2 qubits'],
    ['too few qubits', V2, 'cx q[0];', '5:1', "'cx' acts on 2 qubits, not 1"],
    ['too many qubits', V2, 'h q[0],q[1];', '5:1', "'h' acts on 1 qubit, not 2"],
    ['missing controls', V3, 'ctrl(2) @ x q[0],q[1];', '5:1', "'x' with 2 controls acts on 3 qubits, not 2"],
    ['too few parameters', V2, 'rx q[0];', '5:1', "'rx' takes 1 parameter, not 0"],
    ['too many parameters', V2, 'u3(1,2,3,4) q[0];', '5:1', "'u3' takes 3 parameters, not 4"],
    ['not finite', V2, 'rx(1/0) q[0];', '5:5', 'not a finite number'],
    ['a number too large', V2, 'rx(1e400) q[0];', '5:4', 'this number is too large'],
    ['the same in a definition', V2, 'gate g a { rx(-1e400) a; }', '5:16', 'this number is too large'],
    [
      'not finite in a definition',
      V2,
      'gate g(t) a { rx(t*t) a; }\ng(1e200) q[0];',
      '5:19',
      'not a finite number',
    ],
    ['not finite function', V2, 'rx(ln(-1)) q[0];', '5:4', 'not a finite number'],
    ['unknown name', V2, 'rx(theta) q[0];', '5:4', "'theta' is not a constant"],
    ['unknown name in a definition', V2, 'gate g(t) a { rx(s) a; }', '5:18', "'s' is not a constant"],
    ['unknown function', V2, 'rx(sinh(1)) q[0];', '5:4', "no function 'sinh'"],
    ['xor of fractions', V3, 'rx(1.5 ^ 2) q[0];', '5:8', "the power is '**'"],
    ['missing semicolon', V2, 'h q[0]\nx q[1];', '6:1', "';' is expected here, not 'x'"],
    ['end of file', V2, 'h q[0]', '5:7', 'but the file ends'],
    ['open comment', V2, '/* h', '5:1', "'*/' is missing"],
    ['bad number', V2, 'rx(1a) q[0];', '5:4', 'not a number'],
    ['bad character', V2, 'h q[0] ?', '5:8', "the character '?'"],
    ['bad include', V2, 'include "mine.inc";', '5:9', 'copy the gate definitions of "mine.inc"'],
    ['opaque', V2, 'opaque g a;\ng q[0];', '6:1', "'g' is opaque"],
    ['cut point', V2, 'opaque cut_in_0 a;\ncut_in_0 q[0];', '6:1', 'is opaque'],
    ['gate defined twice', V2, 'gate g a { }\ngate g b { }', '6:6', "'g' is defined twice"],
    ['recursive gate', V2, 'gate g a { g a; }', '5:12', "no gate 'g' inside its own definition"],
    ['else alone', V3, 'else { x q[0]; }', '5:1', 'stands behind no if'],
    [
      'condition in a definition',
      V3,
      'gate g a { if (true) { x a; } }',
      '5:12',
      'inside of a gate definition',
    ],
    ['foreign qubit in a definition', V2, 'gate g a { x b; }', '5:14', 'not a qubit of this gate definition'],
    ['register declared twice', V2, 'qreg q[1];', '5:6', "'q' is declared twice"],
    ['negative register', V3, 'qubit[-1] r;', '5:11', 'a whole number of qubits, not -1'],
    ['element of an empty register', V2, 'qreg r[0];\nh r[0];', '6:5', "'r' has no elements"],
    ['huge register', V2, 'qreg r[1000000];', '5:6', 'more than 100000 qubits'],
    ['version 3 in version 2', V2, 'qubit r;', '5:1', "'qubit' is OpenQASM 3"],
    [
      'modifier in a definition of version 2',
      V2,
      'gate g a,b { ctrl @ x a,b; }',
      '5:14',
      "'ctrl @' is OpenQASM 3",
    ],
    ['version in the middle', V2, 'OPENQASM 2.0;', '5:1', 'first statement'],
    ['hardware qubits as well', V3, 'h $1;', '5:3', 'cannot use hardware qubits'],
    ['fraction of a wide gate', V3, 'pow(0.5) @ rccx q[0],q[1],q[2];', '5:1', 'fractional power 0.5'],
    ['control count', V3, 'ctrl(0) @ x q[0];', '5:1', 'whole number from 1 to 64'],
    ['missing @', V3, 'ctrl x q[0],q[1];', '5:6', "'@' after 'ctrl'"],
    ['step 0', V3, 'h q[0:0:2];', '5:5', 'a step that is not 0'],
    ['index of a qubit', V3, 'qubit a;\nh a[0];', '6:3', 'cannot be indexed'],
    ['alias with a qubit twice', V3, 'let a = q[0:1] ++ q[1];', '5:5', 'names an element twice'],
    ['fraction as a size', V3, 'qubit[2.5] r;', '5:7', 'a whole number is expected here'],
    ['deep nesting', V2, `rx(${'('.repeat(5000)}1${')'.repeat(5000)}) q[0];`, '5:', 'levels deep'],
    ['long chain', V2, `rx(1${'+1'.repeat(5000)}) q[0];`, '5:', 'more than 1000 terms'],
    [
      'huge power',
      V3,
      'gate g a,b,c { h a; cx a,b; cx b,c; } pow(1e9) @ g q[0],q[1],q[2];',
      '5:',
      'a million is the limit',
    ],
    ['not a statement', V2, '{ }', '5:1', 'a statement is expected'],
  ])('%s', (_, start, text, place, sentence) => {
    const { code, message, details } = failure(start + text);
    expect(code).toBe('input');
    expect(message.startsWith(`a.qasm:${place}`)).toBe(true);
    expect(message.split('\n')[0]).toContain(sentence);
    expect(`${String(details['line'])}:${String(details['column'])}`).toContain(place);
  });

  it('shows the line with a caret below the place, and the middle of a long line', () => {
    expect(failure(`${V2}  h q[0];\th r[1];`).message).toBe(
      "a.qasm:5:13: no qubit register 'r' is declared\n    h q[0]; h r[1];\n              ^",
    );
    const [, line, caret] = failure(
      `${V2}${'h q[0]; '.repeat(50)}hq q[1];${' x q;'.repeat(90)}`,
    ).message.split('\n');
    expect(line?.slice(caret?.indexOf('^')).startsWith('hq q[1];')).toBe(true);
    expect(line?.length).toBeLessThan(120);
  });

  it('keeps control characters of a file away from the terminal', () => {
    const { message } = failure(`${V2}include "\u001b[2J\u009b31m\u202e"; // \u0007`);
    expect(message).toContain('copy the gate definitions of');
    expect(message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('refuses files that are no circuit', () => {
    expect(failure('').message).toContain('the file is empty');
    expect(failure('// nothing\n').message).toContain('the file is empty');
    expect(failure('OPENQASM 2.0;').message).toContain('declares no qubits');
    expect(failure('OPENQASM 4.0;').message).toContain('version 4.0 is not known');
    expect(failure('{"a": 1}').message).toContain('a statement is expected here');
    expect(failure('qreg q[1]; h q[0];').message).toContain('add include "qelib1.inc";');
    expect(failure('OPENQASM 3; qubit q; sx q;').message).toContain('add include "stdgates.inc";');
    expect(failure('OPENQASM 2.0;\nqreg q[1];\nx q[0', { file: undefined }).message).toContain('<text>:3:1');
  });

  it('names all inputs without a value, and values without an input', () => {
    const text =
      'OPENQASM 3; include "stdgates.inc"; input float a; input float b; input float c; qubit q; rx(1/(b-1)) q;';
    expect(failure(text, { parameters: { c: 1 } }).message).toContain(
      'the inputs a, b of the circuit have no value',
    );
    expect(failure(text, { parameters: { a: 1, c: 1 } }).message).toContain('parameters b=0.4');
    expect(failure(text, { parameters: { a: 1, b: 2, c: 3, d: 4 } }).message).toContain(
      "no input 'd'; its inputs are: a, b, c",
    );
    expect(
      failure(text.replace('float a', 'int a'), { parameters: { a: 0.5, b: 2, c: 3 } }).message,
    ).toContain('type int');
  });

  it('counts gates before it makes them', () => {
    const doubled = (first: string, body = ''): string =>
      `${V3}gate g0 a { ${first}}\n${Array.from({ length: 60 }, (_, i) => `gate g${i + 1} a { ${`${body}g${i} a; `.repeat(2)}}`).join('\n')}\n`;
    expect(failure(`${doubled('x a; ')}g60 q[0];`).message).toContain('stands for more than');
    expect(failure(`${doubled('gphase(1); ')}g60 q[0];`).message).toContain('stands for more than');
    // What is empty is nothing, however often.
    expect(readQasm(`${doubled('')}g60 q[0]; ctrl @ g60 q[0],q[1];`).gates).toEqual([]);
    const chain = Array.from({ length: 900 }, (_, i) => `gate g${i + 1} a { g${i} a; }`);
    expect(failure(`${V2}gate g0 a { x a; }\n${chain.join('\n')}`).message).toContain('nested more than 200');
    const five = 'gate five a { h a; t a; h a; t a; h a; } qubit[61] r;\n';
    expect(failure(`${V3}${five}ctrl(60) @ five ${wide(61)};`).message).toContain(
      "call of 'five' has too many gates",
    );
    const formal = Array.from({ length: 31 }, (_, i) => `a${i}`).join(',');
    const nested = `gate thirty ${formal} { ctrl(30) @ x ${formal}; } qubit[61] r;\n`;
    expect(failure(`${V3}${nested}ctrl(30) @ thirty ${wide(61)};`).message).toContain(
      'too many gates (about 1.0e+10)',
    );
    const many = `gate many a { ${'x a; '.repeat(1000)}} qubit[99000] r;\nmany r;`;
    expect(failure(V3 + many).message).toContain('the circuit has more than 5000000 gates');
  });
});
