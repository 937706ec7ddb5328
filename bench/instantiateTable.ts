/** `npm run bench -- --only instantiate`: how often one start succeeds, beside QFactor as published. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { instantiate, readQasm, readTarget, type SynthesisTarget, type Template } from 'kroncut';
import { plainQfactor } from './plainQfactor.js';

const KNOWN = path.resolve(import.meta.dirname, '..', '..', '..', 'shared', 'circuits');
const METHODS = ['qfactor', 'lm', 'qfactor-sample'] as const;

type Pair = readonly [number, number];

interface Case {
  readonly name: string;
  readonly target: SynthesisTarget;
  readonly template: Template;
}

/** A small generator of random numbers, the same everywhere: mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function turn(qubit: number): Template['gates'][number] {
  return { kind: 'u3', qubits: [qubit] };
}

/** `u3` on every qubit, then around each `cx`. */
function ladder(qubits: number, pairs: readonly Pair[]): Template {
  return {
    qubits,
    gates: [
      ...Array.from({ length: qubits }, (_, q) => turn(q)),
      ...pairs.flatMap((pair): Template['gates'] => [{ kind: 'cx', qubits: pair }, ...pair.map(turn)]),
    ],
  };
}

const free = (pairs: readonly Pair[]): Template => ({
  qubits: 3,
  gates: pairs.map((pair) => ({ kind: 'free', qubits: pair })),
});

/** The unitary of gates given as OpenQASM. */
function unitaryOf(qubits: number, lines: readonly string[]): Promise<SynthesisTarget> {
  const text = `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\n${lines.join('\n')}\n`;
  return readTarget({ text, name: 'target' }, { kind: 'unitary' });
}

/** A template with angles drawn at random, and what it is with them: a solution is known to be there. */
async function planted(seed: number, qubits: number, cx: number): Promise<Case> {
  const random = generator(seed);
  const below = (bound: number): number => Math.floor(bound * random());
  const angle = (): string => (2 * Math.PI * random()).toFixed(12);
  const pairs = Array.from({ length: cx }, (): Pair => {
    const a = below(qubits);
    return [a, (a + 1 + below(qubits - 1)) % qubits];
  });
  const turned = (q: number): string => `u3(${angle()},${angle()},${angle()}) q[${q}];`;
  const lines = [
    ...Array.from({ length: qubits }, (_, q) => turned(q)),
    ...pairs.flatMap(([a, b]) => [`cx q[${a}],q[${b}];`, turned(a), turned(b)]),
  ];
  return {
    name: `planted ${seed}: ${qubits} qubits, ${cx} cx`,
    target: await unitaryOf(qubits, lines),
    template: ladder(qubits, pairs),
  };
}

async function cases(quick: boolean): Promise<Case[]> {
  const toffoli = await unitaryOf(3, ['ccx q[0],q[1],q[2];']);
  const five: readonly Pair[] = [
    [1, 2],
    [0, 2],
    [1, 2],
    [0, 2],
    [0, 1],
  ];
  const known: Case[] = [
    { name: 'Toffoli, five free gates on pairs', target: toffoli, template: free(five) },
    {
      name: 'the same, pairs the other way round',
      target: toffoli,
      template: free(five.map(([a, b]) => [b, a])),
    },
    { name: 'Toffoli, five cx (not enough)', target: toffoli, template: ladder(3, five) },
    {
      name: 'Toffoli, a sixth cx on 0, 1',
      target: toffoli,
      template: ladder(3, [...five, [0, 1]]),
    },
  ];
  if (quick) return [...known.slice(0, 1), await planted(1, 2, 2)];
  for (let seed = 1; seed <= 4; seed += 1) known.push(await planted(seed, 3, 6));
  for (let seed = 5; seed <= 8; seed += 1) known.push(await planted(seed, 4, 6));
  return known;
}

interface Rate {
  readonly starts: number;
  readonly successes: number;
  readonly best: number;
  readonly seconds: number;
}

/** Starts one by one, so that each is seen. */
async function measured(
  starts: number,
  start: (seed: number) => Promise<{ readonly success: boolean; readonly distance: number }>,
): Promise<Rate> {
  const begin = process.cpuUsage();
  let [successes, best] = [0, Infinity];
  for (let seed = 0; seed < starts; seed += 1) {
    const { success, distance } = await start(seed);
    if (success) successes += 1;
    best = Math.min(best, distance);
  }
  const { user, system } = process.cpuUsage(begin);
  return { starts, successes, best, seconds: (user + system) / 1e6 };
}

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

function cell({ starts, successes, best, seconds }: Rate): string {
  const each = ((1e3 * seconds) / starts).toFixed(1);
  return `${percent(successes, starts)} of ${starts} (best ${best.toExponential(1)}, ${each} ms)`;
}

const SUCCESS = 1e-10;

/** Prints the rates of each method, and over all planted templates. */
export async function instantiateTable(quick: boolean): Promise<void> {
  const sums = new Map<string, { successes: number; starts: number }>();
  // The plain program takes up to a second for a start.
  const [plainStarts, starts] = quick ? [2, 4] : [24, 120];
  console.log(
    'Share of starts that succeed, smallest distance, processor time of a start; plain: QFactor as published, in JavaScript.',
  );
  for (const { name, target, template } of await cases(quick)) {
    const cells: string[] = [];
    const note = (method: string, rate: Rate): void => {
      cells.push(`${method} ${cell(rate)}`);
      if (!name.startsWith('planted')) return;
      const sum = sums.get(method) ?? { successes: 0, starts: 0 };
      sums.set(method, { successes: sum.successes + rate.successes, starts: sum.starts + rate.starts });
    };
    const plain = await measured(plainStarts, (seed) => {
      const { distance } = plainQfactor(target.values, template, generator(1000 + seed));
      return Promise.resolve({ success: distance <= SUCCESS, distance });
    });
    note('plain', plain);
    for (const method of METHODS) {
      const options = {
        method,
        multistarts: 1,
        distTol: SUCCESS,
        polish: false,
        threads: 1,
        device: 'cpu',
      } as const;
      note(method, await measured(starts, (seed) => instantiate(target, template, { ...options, seed })));
    }
    console.log(`${name}: ${cells.join('; ')}`);
  }
  const all = [...sums].map(
    ([method, sum]) => `${method} ${percent(sum.successes, sum.starts)} of ${sum.starts}`,
  );
  console.log(`planted solutions found again: ${all.join(', ')}`);
  const file = path.join(KNOWN, 'vqe12_block145.qasm');
  if (!quick && existsSync(file)) console.log(await largeBlock(file));
}

/** The structure of a circuit of ten qubits, its one-qubit gates free, by few states. */
async function largeBlock(file: string): Promise<string> {
  const { qubits, gates } = readQasm(readFileSync(file, 'utf8'), { file });
  const template: Template = {
    qubits,
    gates: gates.map(({ qubits: on }) => ({ kind: on.length === 2 ? 'cx' : 'u3', qubits: [...on] })),
  };
  const target = await readTarget(file, { kind: 'unitary' });
  const options = { method: 'qfactor-sample', multistarts: 16, distTol: 1e-8, polish: false } as const;
  const begin = process.cpuUsage();
  const { success, distance, start } = await instantiate(target, template, { ...options, device: 'cpu' });
  const { user, system } = process.cpuUsage(begin);
  const outcome = success ? `start ${start + 1} succeeds` : 'none succeeds';
  return (
    `${path.basename(file, '.qasm')}, ${qubits} qubits, by qfactor-sample, at most 16 starts: ${outcome}, ` +
    `distance ${distance.toExponential(1)}, processor time ${((user + system) / 1e6).toFixed(1)} s`
  );
}
