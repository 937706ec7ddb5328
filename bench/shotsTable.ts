/**
 * `npm run bench -- --only shots`: what dividing shots by a question saves, on twelve circuits: the variance of an observable
 * with shots divided evenly, over that with the same shots divided otherwise. Means over seeds of the standard errors, and of
 * the squared differences from the exact value beside them. Then how long it takes to list and to write subexperiments.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cut, evaluate, exportSubexperiments, reconstruct, subexperiments, type RunInMemory } from 'kroncut';
import { generated, program } from './circuits.js';

const SEEDS = 20;
const SHOTS_EACH = 200;
const RULES = ['even', 'weight', 'query'] as const;

interface Instance {
  readonly name: string;
  readonly text: string;
  readonly qubits: number;
  readonly maxWidth: number;
}

/** Family, qubits, layers, width. */
const FAMILIES: readonly (readonly [string, number, number | undefined, number])[] = [
  ['regular', 8, 1, 6],
  ['regular', 10, 1, 8],
  ['supremacy', 12, 8, 8],
  ['supremacy', 16, 8, 10],
  ['hwea', 12, 2, 8],
  ['hwea', 16, 3, 8],
  ['adder', 10, undefined, 8],
  ['adder', 14, undefined, 10],
  ['aqft', 8, undefined, 6],
  ['aqft', 10, undefined, 8],
];

/** Clusters of four qubits in a chain: all pairs inside a cluster, one cx between neighbours in two of three layers. */
function clusters(count: number): string {
  const lines: string[] = [];
  for (let layer = 0; layer < 3; layer += 1) {
    for (let q = 0; q < 4 * count; q += 1) lines.push(`ry(0.${(3 * q + 5 * layer) % 9}1) q[${q}];`);
    for (let cluster = 0; cluster < count; cluster += 1) {
      for (let i = 0; i < 4; i += 1)
        for (let j = i + 1; j < 4; j += 1) lines.push(`cx q[${4 * cluster + i}],q[${4 * cluster + j}];`);
    }
    if (layer === 2) continue;
    for (let cluster = 1; cluster < count; cluster += 1)
      lines.push(`cx q[${4 * cluster - 1}],q[${4 * cluster}];`);
  }
  return program(4 * count, lines);
}

function instances(): Instance[] {
  const made = FAMILIES.map(([family, qubits, depth, maxWidth]): Instance => {
    const seeded = ['regular', 'supremacy', 'hwea', 'random'].includes(family);
    return { ...generated(family, qubits, depth, seeded), qubits, maxWidth };
  });
  for (const count of [2, 3]) {
    made.push({ name: `clusters ${count}`, text: clusters(count), qubits: 4 * count, maxWidth: 5 });
  }
  return made;
}

/** Z on neighbours, with weights. */
function observable(qubits: number): string {
  return Array.from({ length: qubits - 1 }, (_, i) => `${1 / (1 + (i % 3))}*Z${i} Z${i + 1}`).join(' + ');
}

/** Mean variance by the error bars, and mean squared difference from the exact value. */
interface Found {
  readonly variance: number;
  readonly square: number;
}

async function measured(
  run: RunInMemory,
  shots: number,
  forExpect: string,
  allocation: (typeof RULES)[number],
  exact: number,
): Promise<Found> {
  let [variance, square] = [0, 0];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    await evaluate({ run }, { shots, allocation, seed, forExpect, force: true });
    const { expect } = await reconstruct({ run }, { expect: forExpect });
    if (expect === undefined || expect.standardError === null) throw new Error('an error bar is missing');
    variance += expect.standardError ** 2 / SEEDS;
    square += (expect.value - exact) ** 2 / SEEDS;
  }
  return { variance, square };
}

export async function shotsTable(quick: boolean): Promise<void> {
  console.log(
    `| circuit | width | subexperiments | shots | even: standard error | weight | query | weight, measured | query, measured |`,
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, text, qubits, maxWidth } of instances().slice(0, quick ? 2 : undefined)) {
    const made = await cut({ text }, { maxWidth, seed: 1 });
    if (made.run === undefined) throw new Error('a cut without a directory has no run');
    const { run } = made;
    const count = (await subexperiments({ run })).length;
    const shots = SHOTS_EACH * count;
    const forExpect = observable(qubits);
    await evaluate({ run });
    const exact = (await reconstruct({ run }, { expect: forExpect })).expect?.value ?? NaN;
    const found = [];
    for (const rule of RULES) found.push(await measured(run, shots, forExpect, rule, exact));
    const [even, ...others] = found;
    if (even === undefined) continue;
    const ratios = [
      ...others.map(({ variance }) => even.variance / variance),
      ...others.map(({ square }) => even.square / square),
    ];
    const cells = [name, maxWidth, count, shots, Math.sqrt(even.variance).toExponential(2)];
    console.log(`| ${[...cells, ...ratios.map((ratio) => ratio.toFixed(2))].join(' | ')} |`);
  }
  await timeExport(quick);
}

/** Seconds for many subexperiments, beside those that the bytes alone take. */
async function timeExport(quick: boolean): Promise<void> {
  const { text } = generated('supremacy', 20, 8, true);
  const made = await cut({ text }, { maxWidth: quick ? 12 : 11, seed: 1 });
  if (made.run === undefined) throw new Error('a cut without a directory has no run');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kroncut-bench-'));
  try {
    const begin = performance.now();
    const listed = await subexperiments({ run: made.run });
    const middle = performance.now();
    const written = await exportSubexperiments(
      { run: made.run },
      { output: path.join(folder, 'out'), format: 'qasm2', shots: 100 * listed.length },
    );
    const end = performance.now();
    await writeFile(path.join(folder, 'one'), Buffer.alloc(written.bytes), { flush: true });
    const bare = performance.now() - end;
    console.log(
      `${listed.length} subexperiments: listed in ${((middle - begin) / 1e3).toFixed(2)} s, written in ` +
        `${((end - middle) / 1e3).toFixed(2)} s; their ${(written.bytes / 1e6).toFixed(1)} MB in one file take ` +
        `${(bare / 1e3).toFixed(2)} s`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
