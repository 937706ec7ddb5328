/**
 * `npm run bench -- --only rivals`: the same circuits by Kroncut and by other programs, in turn, and the ratios of their
 * times; kept in docs/rivals.md, which also says how to install the others. `KRONCUT_PYTHON` names the Python that has them;
 * those that it lacks are left out.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { cut, evaluate, readQasm, reconstruct, run } from 'kroncut';
import { z } from 'zod';
import { FOLDER, generated, program, type NamedText } from './circuits.js';
import { addon, instances, terms, type Instance } from './cuttingRivals.js';
import { cotengraNetwork, networks, ourOrder } from './rivalNetworks.js';

const REPEATS = 3;
/** A run this long is not repeated. */
const LONG = 5;
const SHOTS = 1_000;
/** Of all subexperiments together. */
const SHOTS_OF_CUT = 100_000;

interface Timing {
  readonly seconds: number;
  /** Processor seconds of all threads. */
  readonly cpu: number;
}

const rivalSchema = z.object({
  name: z.string(),
  seconds: z.number(),
  cpu: z.number(),
  found: z.unknown(),
});
type Rival = z.infer<typeof rivalSchema>;

/** What the others make of a task of rivals.py. */
function rivalsOf(task: object): Rival[] {
  const python = process.env['KRONCUT_PYTHON'] ?? 'python3';
  const { stdout, status } = spawnSync(python, [path.join(FOLDER, 'bench', 'rivals.py')], {
    input: JSON.stringify({ threads: availableParallelism(), ...task }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return status === 0 ? z.array(rivalSchema).parse(JSON.parse(stdout)) : [];
}

/** The fastest of a few runs, after one that warms up. */
async function timed<T>(body: () => Promise<T>): Promise<Timing & { readonly found: T }> {
  let best: (Timing & { readonly found: T }) | undefined;
  for (let repeat = 0; repeat <= REPEATS; repeat += 1) {
    const begin = performance.now();
    const before = process.cpuUsage();
    const found = await body();
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - begin) / 1e3;
    if (best === undefined || seconds < best.seconds) best = { seconds, cpu: (user + system) / 1e6, found };
    if (seconds > LONG) break;
  }
  if (best === undefined) throw new Error('nothing ran');
  return best;
}

/** Layers of u3 on every qubit and cz between neighbours, in turn from the first and the second qubit. */
function brickwork(qubits: number, layers: number): NamedText {
  const lines: string[] = [];
  let angle = 0;
  const next = (): string => (angle = (angle + 0.618) % 3).toFixed(3);
  for (let layer = 0; layer < layers; layer += 1) {
    for (let q = 0; q < qubits; q += 1) lines.push(`u3(${next()},${next()},${next()}) q[${q}];`);
    for (let q = layer % 2; q + 1 < qubits; q += 2) lines.push(`cz q[${q}],q[${q + 1}];`);
  }
  return { name: `brickwork ${qubits}, ${layers} layers`, text: program(qubits, lines) };
}

const digits = (value: number): string => value.toPrecision(3);
const ratio = (theirs: number, ours: number): string => (theirs / ours).toPrecision(2);

function heading(title: string, columns: readonly string[]): void {
  console.log(`\n## ${title}\n`);
  console.log(`| ${columns.join(' | ')} |`);
  console.log(`| --- | --- |${' ---: |'.repeat(columns.length - 2)}`);
}

const TIMES = ['case', 'beside', 'ours, s', 'theirs, s', 'ratio', 'ratio by processor time'] as const;

/** A row for each rival; a ratio above one says that Kroncut is faster. */
function printTimes(
  name: string,
  ours: Timing,
  all: readonly Rival[],
  note: (rival: Rival) => readonly string[],
): void {
  for (const rival of all) {
    const times = [
      digits(ours.seconds),
      digits(rival.seconds),
      ratio(rival.seconds, ours.seconds),
      ratio(rival.cpu, ours.cpu),
    ];
    console.log(`| ${[name, rival.name, ...times, ...note(rival)].join(' | ')} |`);
  }
}

const foundCuts = z.object({ overhead: z.number(), proven: z.boolean() });

async function finderRows(quick: boolean): Promise<void> {
  heading('Finder', [...TIMES, 'our overhead', 'theirs', 'proven: ours, theirs']);
  const all: (readonly [NamedText, number])[] = [
    [generated('ghz', 40, undefined, false), 10],
    [generated('hwea', 14, 1, true), 10],
    [generated('adder', 22, undefined, true), 15],
    [generated('qft', 5, undefined, false), 4],
    [generated('supremacy', 16, undefined, true), 12],
    [generated('regular', 20, 1, true), 15],
    [generated('aqft', 22, undefined, false), 20],
  ];
  for (const [{ name, text }, width] of quick ? all.slice(1, 2) : all) {
    const ours = await timed(async () => cut({ text }, { maxWidth: width, objective: 'sampling' }));
    const { samplingOverhead, proven } = ours.found.summary;
    printTimes(
      `${name}, width ${width}`,
      ours,
      rivalsOf({ task: 'finder', qasm: text, width }),
      ({ found }) => {
        const theirs = foundCuts.parse(found);
        return [digits(samplingOverhead), digits(theirs.overhead), `${yes(proven)}, ${yes(theirs.proven)}`];
      },
    );
  }
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

const withNext = (qubits: readonly number[]): [number, number][] => qubits.map((q) => [q, q + 1]);

/** Expectation values of cut circuits: ours exact, the addon's from shots; and of whole ones. */
async function expectationRows(quick: boolean): Promise<void> {
  heading('Expectation values', TIMES);
  for (const { name, text, qubits, parts } of quick ? instances().slice(0, 1) : instances()) {
    const listed = terms(qubits);
    const expect = sumOf(listed.map(([weight, on]) => [weight, ...on] as const));
    const { seconds } = await exactOfCut(text, parts, expect);
    const theirs = addon({ qasm: text, parts, terms: listed, shots: SHOTS_OF_CUT, seeds: 1, exact: 0 });
    if (theirs === undefined) continue;
    const beside = `qiskit-addon-cutting, ${theirs.experiments} subexperiments, ${SHOTS_OF_CUT} shots`;
    const cells = [
      `cut: ${name}`,
      beside,
      digits(seconds),
      digits(theirs.seconds),
      ratio(theirs.seconds, seconds),
    ];
    console.log(`| ${[...cells, '-'].join(' | ')} |`);
  }
  const whole = brickwork(quick ? 8 : 22, 8);
  const wide = brickwork(quick ? 8 : 60, 8);
  await printExpectation(whole, withNext(Array.from({ length: (quick ? 8 : 22) - 1 }, (_, q) => q)), false);
  await printExpectation(wide, withNext(quick ? [0, 3] : [0, 29]), true);
}

/** Evaluating and reconstructing with cuts that are given, as the addon is timed. */
async function exactOfCut(text: string, parts: Instance['parts'], expect: string): Promise<Timing> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kroncut-bench-'));
  try {
    const cuts = path.join(folder, 'cuts.json');
    await writeFile(cuts, JSON.stringify({ parts }));
    const { run: made } = await cut({ text }, { cuts });
    return await timed(async () => {
      await evaluate({ run: made }, { force: true });
      return reconstruct({ run: made }, { expect });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sumOf(weighed: readonly (readonly [number, ...number[]])[]): string {
  return weighed.map(([weight, ...on]) => `${weight}*${on.map((q) => `Z${q}`).join(' ')}`).join(' + ');
}

async function printExpectation(
  { name, text }: NamedText,
  pairs: readonly [number, number][],
  wide: boolean,
): Promise<void> {
  const circuit = readQasm(text);
  const sum = sumOf(pairs.map(([a, b]) => [1, a, b]));
  const ours = await timed(async () => run(circuit, { method: 'auto', expect: sum, verify: false }));
  const value = ours.found.expect?.value ?? Number.NaN;
  const all = rivalsOf({ task: 'expectation', qasm: text, terms: pairs, wide });
  for (const rival of all) requireNear(rival, value, 1e-4);
  printTimes(`whole: ${name}, ${pairs.length} ZZ`, ours, all, () => []);
}

/** A comparison of different answers says nothing. */
function requireNear({ name, found }: Rival, value: number, tolerance: number): void {
  const other = z.number().parse(found);
  if (!(Math.abs(other - value) <= tolerance))
    throw new Error(`${name} says ${other}, where Kroncut says ${value}`);
}

async function simulationRows(quick: boolean): Promise<void> {
  heading('Simulation, samples, one probability', TIMES);
  const large = brickwork(quick ? 10 : 24, 20);
  for (const precision of ['double', 'single'] as const) {
    const circuit = readQasm(large.text);
    const ours = await timed(async () =>
      run(circuit, { method: 'statevector', precision, top: 1, verify: false }),
    );
    const all = rivalsOf({ task: 'simulate', qasm: large.text }).filter(({ name }) =>
      name.endsWith(precision),
    );
    printTimes(`all amplitudes: ${large.name}, ${precision}`, ours, all, () => []);
  }
  const sampled = brickwork(quick ? 10 : 18, 20);
  const drawn = readQasm(sampled.text);
  const ours = await timed(async () =>
    run(drawn, { method: 'statevector', samples: SHOTS, seed: 1, verify: false }),
  );
  printTimes(
    `${SHOTS} samples: ${sampled.name}`,
    ours,
    rivalsOf({ task: 'samples', qasm: sampled.text, shots: SHOTS }),
    () => [],
  );
  const qubits = quick ? 8 : 60;
  const wide = brickwork(qubits, 8);
  const bits = '01'.repeat(qubits / 2);
  const asked = await timed(async () =>
    run(readQasm(wide.text), { method: 'auto', probability: [bits], verify: false }),
  );
  const value = z.number().parse(asked.found.probability?.[bits]);
  const all = rivalsOf({ task: 'probability', qasm: wide.text, bits });
  for (const rival of all) requireNear(rival, value, 1e-9 * Math.max(value, 1e-12) + 1e-6 * value);
  printTimes(`a probability: ${wide.name}`, asked, all, () => []);
}

/** Operations of our trees against cotengra's, found in the same time and in a few seconds. */
async function orderRows(quick: boolean): Promise<void> {
  heading('Order of contraction', [
    'network',
    'beside',
    'our search, s',
    'our operations',
    'theirs',
    'theirs / ours',
  ]);
  for (const network of networks().slice(0, quick ? 1 : undefined)) {
    let first = 0;
    const ours = await timed(async () => ourOrder(network, (first += network.tensors)));
    const limits = [Math.max(ours.seconds, 0.01), quick ? 0.2 : 5];
    for (const { name, found } of rivalsOf({ task: 'order', ...cotengraNetwork(network), seconds: limits })) {
      const theirs = z.number().parse(found);
      const cells = [
        network.name,
        name,
        digits(ours.seconds),
        ours.found.toExponential(2),
        theirs.toExponential(2),
      ];
      console.log(`| ${[...cells, ratio(theirs, ours.found)].join(' | ')} |`);
    }
  }
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');

export async function rivals(quick: boolean): Promise<void> {
  console.log(
    `${availableParallelism()} processors, load ${load()}. A ratio above 1: Kroncut is sooner, or its tree smaller.`,
  );
  await finderRows(quick);
  await expectationRows(quick);
  await simulationRows(quick);
  await orderRows(quick);
  console.log(`\nLoad at the end: ${load()}.`);
}
