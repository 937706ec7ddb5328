/** Every function of the library, called as no type allows: a sentence, and never an error of JavaScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../src/index.js';
import * as kernels from '../../../src/kernels.js';

const TEXT = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0];\ncx q[0], q[1];\n';
const SOURCE = { text: TEXT };
const STATE = { qubits: 1, kind: 'state', values: Float64Array.of(1, 0, 0, 0) };
const TEMPLATE = { qubits: 1, gates: [{ kind: 'u3', qubits: [0] }] };
const WRONG: readonly unknown[] = [
  null,
  5,
  -1,
  '',
  'x',
  true,
  [],
  [5],
  [null],
  {},
  { a: 1 },
  () => 1,
  Symbol('s'),
  2n,
];

const here = process.cwd();
let folder = '';
let session: library.Session;
const circuit = library.readQasm(TEXT);
const blocks = library.partitionCircuit(circuit, 2);
const signal = AbortSignal.abort();
const none = join(tmpdir(), 'kroncut-there-is-no-such-folder');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-arguments-'));
  // A text may be the name of a file that is written.
  process.chdir(folder);
  session = await library.openSession();
});
afterAll(async () => {
  await session.close();
  process.chdir(here);
  rmSync(folder, { recursive: true, force: true });
});

/** Arguments of a call that would do, for each function; `run` stands for a folder without a run. */
const CALLS: Readonly<Record<string, () => readonly unknown[]>> = {
  compile: () => [SOURCE, {}],
  compileThenCut: () => [SOURCE, {}, { maxWidth: 2 }],
  connect: () => [none, { pool: none }],
  connectCluster: () => [{ addon: library.loadAddon().addon }],
  cut: () => [SOURCE, { maxWidth: 2 }],
  dryRunCompile: () => [SOURCE, {}],
  dryRunCut: () => [SOURCE, { maxWidth: 2 }],
  dryRunEvaluate: () => [none, {}],
  dryRunExport: () => [none, {}],
  dryRunImport: () => [none, [], {}],
  dryRunReconstruct: () => [none, {}],
  dryRunReport: () => [none, {}],
  dryRunRun: () => [SOURCE, { maxWidth: 2 }],
  dryRunSynthesize: () => [STATE, {}],
  dryRunVerify: () => [none, {}],
  evaluate: () => [none, {}],
  exportSubexperiments: () => [none, { output: join(folder, 'export') }],
  generate: () => ['ghz', { qubits: 3 }],
  importCounts: () => [none, [], {}],
  info: () => [{}],
  instantiate: () => [STATE, TEMPLATE, {}],
  loadAddon: () => [{}],
  openSession: () => [{}],
  partitionCircuit: () => [circuit, 2, 'scan'],
  perform: () => [{ command: 'generate', family: 'ghz', options: { qubits: 3 } }, { session }],
  performData: () => [{ command: 'generate', family: 'ghz', options: { qubits: 3 } }, { session }],
  planReconstruct: () => [none, { ranks: [1] }],
  readQasm: () => [TEXT, {}],
  readTarget: () => [STATE, {}],
  reconstruct: () => [none, {}],
  report: () => [none, {}],
  run: () => [SOURCE, { maxWidth: 2 }],
  serve: () => [
    { pool: join(folder, 'pool'), force: true },
    { signal, onReady: () => {} },
  ],
  subexperiments: () => [none, {}],
  synthesize: () => [STATE, {}],
  unfoldBlocks: () => [circuit, blocks],
  verify: () => [none, {}],
  version: () => [],
  withParameters: () => [SOURCE, { maxWidth: 2 }, () => Promise.resolve(0)],
  writeQasm: () => [circuit, 2, []],
  writeRates: () => [join(folder, 'rates.json'), {}],
  invoke: () => [library.loadAddon().addon, () => 1, {}],
  loadKernels: () => [{}],
  lowerCircuit: () => [circuit.gates],
};

/** A class, whose construction is no call of the library. */
const CLASSES: ReadonlySet<string> = new Set(['KroncutError']);

type Loose = (given: readonly unknown[]) => unknown;

const exported: ReadonlyMap<string, unknown> = new Map(Object.entries({ ...library, ...kernels }));
const functions = [...exported].flatMap(([name, value]): [string, Loose][] =>
  typeof value === 'function' && !CLASSES.has(name)
    ? [[name, (given) => Reflect.apply(value, undefined, given)]]
    : [],
);

describe('arguments of no kind', () => {
  it('has a call of every function that is exported', () => {
    expect(functions.map(([name]) => name).toSorted()).toStrictEqual(Object.keys(CALLS).toSorted());
  });

  it.each(functions)('%s refuses them in a sentence', async (name, call) => {
    const fitting = CALLS[name]?.() ?? [];
    const faults: string[] = [];
    for (const place of fitting.keys()) {
      for (const wrong of [...WRONG, undefined]) {
        const given = fitting.with(place, wrong);
        const failed = await failureOf(() => call(given));
        if (failed !== undefined) faults.push(`argument ${place + 1} as ${String(wrong)}: ${failed}`);
      }
    }
    expect(faults).toStrictEqual([]);
  });
});

/** What is thrown, where that is no error of the library. */
async function failureOf(action: () => unknown): Promise<string | undefined> {
  try {
    const given = await action();
    if (given instanceof Object && 'close' in given && typeof given.close === 'function') await given.close();
    return undefined;
  } catch (error) {
    if (error instanceof library.KroncutError) return undefined;
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error at all';
  }
}
