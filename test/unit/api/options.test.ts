import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../src/index.js';
import { flagName } from '../../../src/cli/commands/options.js';
import { COMPILE_OPTIONS, THEN_CUT_OPTIONS } from '../../../src/api/options/compile.js';
import { CUT_OPTIONS, LOOP_OPTIONS } from '../../../src/api/options/cut.js';
import { EVALUATE_OPTIONS } from '../../../src/api/options/evaluate.js';
import { GENERATE_OPTIONS } from '../../../src/api/options/generate.js';
import { RECONSTRUCT_OPTIONS, SCALE_OPTIONS } from '../../../src/api/options/reconstruct.js';
import { REPORT_OPTIONS } from '../../../src/api/options/report.js';
import { RUN_OPTIONS } from '../../../src/api/options/run.js';
import { INSTANTIATE_OPTIONS, SYNTHESIZE_OPTIONS } from '../../../src/api/options/synthesize.js';
import { VERIFY_OPTIONS } from '../../../src/api/options/verify.js';
import { COMMON_OPTIONS } from '../../../src/api/options/common.js';
import { SESSION_OPTIONS } from '../../../src/api/session/sessionOptions.js';
import { longFlag, type AnyTable } from '../../../src/options/option.js';

/** A call as a program without types makes it. */
type Loose = (...given: unknown[]) => unknown;
const loose = (call: unknown): Loose => {
  if (typeof call !== 'function') throw new Error('there is no such function');
  return (...given) => Reflect.apply(call, undefined, given);
};

const TEXT = { text: 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0];\ncx q[0], q[1];\n' };
const STATE = { qubits: 1, kind: 'state', values: Float64Array.of(1, 0, 0, 0) };
const TEMPLATE = { qubits: 1, gates: [] };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-options-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every function that takes options: its table, and how it is called with them. */
const FUNCTIONS: readonly [name: string, table: AnyTable, call: (options: unknown) => unknown][] = [
  ['run', RUN_OPTIONS, (options) => loose(library.run)(TEXT, options)],
  ['cut', CUT_OPTIONS, (options) => loose(library.cut)(TEXT, options)],
  ['evaluate', EVALUATE_OPTIONS, (options) => loose(library.evaluate)(folder, options)],
  ['reconstruct', RECONSTRUCT_OPTIONS, (options) => loose(library.reconstruct)(folder, options)],
  ['planReconstruct', SCALE_OPTIONS, (options) => loose(library.planReconstruct)(folder, options)],
  ['report', REPORT_OPTIONS, (options) => loose(library.report)(folder, options)],
  ['verify', VERIFY_OPTIONS, (options) => loose(library.verify)(folder, options)],
  ['withParameters', LOOP_OPTIONS, (options) => loose(library.withParameters)(TEXT, options, () => 0)],
  ['compile', COMPILE_OPTIONS, (options) => loose(library.compile)(TEXT, options)],
  ['synthesize', SYNTHESIZE_OPTIONS, (options) => loose(library.synthesize)(STATE, options)],
  ['instantiate', INSTANTIATE_OPTIONS, (options) => loose(library.instantiate)(STATE, TEMPLATE, options)],
  ['generate', GENERATE_OPTIONS, (options) => loose(library.generate)('ghz', options)],
  ['info', COMMON_OPTIONS, (options) => loose(library.info)(options)],
  ['openSession', SESSION_OPTIONS, (options) => loose(library.openSession)(options)],
  ['writeRates', COMMON_OPTIONS, (options) => loose(library.writeRates)(join(folder, 'rates'), options)],
  ['dryRunRun', RUN_OPTIONS, (options) => loose(library.dryRunRun)(TEXT, options)],
  ['dryRunCut', CUT_OPTIONS, (options) => loose(library.dryRunCut)(TEXT, options)],
  ['dryRunEvaluate', EVALUATE_OPTIONS, (options) => loose(library.dryRunEvaluate)(folder, options)],
  ['dryRunReconstruct', RECONSTRUCT_OPTIONS, (options) => loose(library.dryRunReconstruct)(folder, options)],
  ['dryRunVerify', VERIFY_OPTIONS, (options) => loose(library.dryRunVerify)(folder, options)],
  ['dryRunReport', REPORT_OPTIONS, (options) => loose(library.dryRunReport)(folder, options)],
  ['dryRunCompile', COMPILE_OPTIONS, (options) => loose(library.dryRunCompile)(TEXT, options)],
  ['dryRunSynthesize', SYNTHESIZE_OPTIONS, (options) => loose(library.dryRunSynthesize)(STATE, options)],
];

/** What is thrown, whether at once or later. */
async function failure(action: () => unknown): Promise<library.KroncutError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof library.KroncutError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function withRequired(table: AnyTable, extra: Readonly<Record<string, unknown>>): object {
  const directory = table['directory'] === undefined ? {} : { directory: join(folder, 'run') };
  return { ...directory, ...(table['qubits'] === undefined ? {} : { qubits: 3 }), ...extra };
}

describe.each(FUNCTIONS)('%s', (_, table, call) => {
  it('refuses options that are none', async () => {
    for (const given of [null, 5, 'text', [1], true]) {
      const { code, message } = await failure(() => call(given));
      expect({ code, message }).toEqual({
        code: 'usage',
        message: expect.stringMatching(/^the options have to be an object/),
      });
    }
  });

  it('refuses an option that it does not have, by name, and says which one was meant', async () => {
    for (const key of Object.keys(table)) {
      const wrong = key.toUpperCase() === key ? `${key}x` : key.toUpperCase();
      const { code, message } = await failure(() => call(withRequired(table, { [wrong]: 1 })));
      expect({ code, message }).toEqual({
        code: 'usage',
        message: `${wrong}: there is no such option; did you mean ${key}?`,
      });
    }
  });

  it('refuses a value of another kind, by name', async () => {
    for (const key of Object.keys(table)) {
      const { code, message, details } = await failure(() =>
        call(withRequired(table, { [key]: Symbol('x') })),
      );
      expect({ code, option: details['option'] }).toEqual({ code: 'usage', option: key });
      expect(message).toMatch(new RegExp(`^${key}: .* needed.*, not Symbol\\(x\\)$`));
    }
  });
});

describe('arguments and combinations', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no source', () => loose(library.cut)(), /^source: the name of an OpenQASM file.* is needed$/],
    ['a number as source', () => loose(library.run)(5, { directory: folder }), /^source 5: the name/],
    ['a source without text', () => loose(library.compile)({ name: 'x' }), /^source: .*not such an object$/],
    ['a number for a folder', () => loose(library.cut)(TEXT, { directory: 5 }), /^directory 5: the name/],
    [
      'no directory',
      () => loose(library.evaluate)(),
      /^run: the name of a run directory, or what .* is needed$/,
    ],
    ['a directory that is none', () => loose(library.verify)({}, {}), /^run: .* not such an object$/],
    ['a signal that is none', () => loose(library.info)({ signal: {} }), /^signal: an AbortSignal is needed/],
    [
      'ranks that are none',
      () => loose(library.info)({ cluster: {} }),
      /^cluster: what connectCluster gives/,
    ],
    ['no family', () => loose(library.generate)(), /^family: the name of a family of circuits is needed$/],
    ['no qubits', () => loose(library.generate)('ghz', {}), /^qubits: a whole number, 1 or more, is needed$/],
    ['no text', () => loose(library.readQasm)(), /^text: the text of an OpenQASM program is needed$/],
    ['an object as text', () => loose(library.readQasm)({}), /^text: the text of an OpenQASM program/],
    [
      'no circuit to write',
      () => loose(library.writeQasm)(null, 2),
      /^circuit: what readQasm gives is needed, not null$/,
    ],
    [
      'no circuit to partition',
      () => loose(library.partitionCircuit)({}, 2),
      /^circuit: what readQasm gives/,
    ],
    ['a loop without its function', () => loose(library.withParameters)(TEXT, {}), /^body: a function that/],
    ['no target to read', () => loose(library.readTarget)(null), /^source: the name of a \.npy/],
    ['no request', () => loose(library.perform)(), /^request: \{ command, options \}/],
    [
      'an unknown command',
      () => loose(library.perform)({ command: 'runn', options: {} }),
      /^command: one of run, cut, .* is needed, not 'runn'$/,
    ],
    ['no session', () => loose(library.performData)({}), /^context: \{ session \}/],
    ['a target that is none', () => loose(library.synthesize)(7), /^source 7: the name of a \.npy/],
  ])('%s is refused in one sentence', async (_, action, message) => {
    const error = await failure(action);
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('--');
  });

  it.each<[string, object, RegExp]>([
    ['more qubits', { qubits: 5 }, /^the circuit has 5 qubits, and registers of 2$/],
    ['no gate', { gates: [null] }, /gate 0 is null/],
    ['an unknown gate', { gates: [{ name: 'hh', qubits: [0], params: [] }] }, /gate 0 has the name "hh"/],
    [
      'a qubit too far',
      { gates: [{ name: 'h', qubits: [99], params: [] }] },
      /gate 0 \(h\) acts on qubit 99/,
    ],
    ['an outcome of no qubit', { outcomes: [0, 7] }, /outcome bit 1 from qubit 7/],
  ])('a circuit that was changed to have %s is refused', async (_, changed, message) => {
    const circuit = { ...library.readQasm(TEXT.text), ...changed };
    const { code, message: said } = await failure(() => loose(library.cut)(circuit, { maxWidth: 2 }));
    expect(code).toBe('input');
    expect(said).toMatch(message);
  });

  it('leaves nothing behind', async () => {
    const directory = join(folder, 'nothing');
    await failure(() => loose(library.cut)(TEXT, { directory, maxwidth: 2 }));
    await expect(library.verify(directory)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('flags', () => {
  it('name one option each, whatever the command', () => {
    const tables = [...FUNCTIONS.map(([, table]) => table), THEN_CUT_OPTIONS];
    for (const table of tables) {
      for (const [key, spec] of Object.entries<AnyTable[string]>(table)) {
        const flag = longFlag(spec);
        // `--run` and `--output` both name a run directory, `--cut-objective` and `--objective` what cuts are for: messages
        // take those of `cut`.
        if (flag !== undefined && !['--run', '--cut-objective'].includes(flag))
          expect([key, flagName(key)]).toEqual([key, flag]);
      }
    }
  });
});
