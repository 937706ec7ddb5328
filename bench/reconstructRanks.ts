/**
 * `npm run bench -- --only ranks`: one, two and four ranks against their predictions, and what is predicted for up to
 * 100,000. The page is kept in docs/scaling.md.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { cut, evaluate, planReconstruct } from 'kroncut';
import { chain, circuitOf, doubled, type Shape } from './contractTable.js';
import { requireMpiAddon, runRanks } from './mpirun.js';

const FOLDER = path.resolve(import.meta.dirname, '..', '..');
const FILE = path.join(FOLDER, 'docs', 'scaling.md');
const RANK = path.join(import.meta.dirname, 'reconstructRank.js');

interface Case {
  readonly title: string;
  readonly shape: Shape;
}

/** The second one is bound by arithmetic. */
function cases(width: number): Case[] {
  const [short, long] = [2 * width, 2 * width + 2];
  return [
    { title: `bond product 16, 2^${short} outcomes`, shape: doubled(chain(2, width)) },
    { title: `bond product 256, 2^${long} outcomes`, shape: doubled(doubled(chain(2, width + 1))) },
  ];
}

/** Ranks that are measured, with one thread each. */
const RANKS = [1, 2, 4] as const;
/** Runs of each, taking turns; the fastest of each counts, as the others were disturbed. */
const RUNS = 3;
/** What is planned: four pieces of ten qubits, joined by two gates each. */
const PLANNED: Case = { title: '2^40 outcomes, bond product 16', shape: doubled(chain(4, 10)) };
const PLANNED_RANKS = 100_000;

interface Taken {
  readonly seconds: number;
  /** Seconds of processor time. */
  readonly processor: number;
  readonly predicted: number;
  readonly memoryBytes: number;
  readonly heldBytes: number;
}

async function timeRanks(directory: string, ranks: number, results: string): Promise<Taken> {
  await mkdir(results, { recursive: true });
  const all = await runRanks<Taken>(ranks, RANK, [directory], results);
  await rm(results, { recursive: true });
  const most = (what: keyof Taken): number => Math.max(...all.map((taken) => taken[what]));
  return {
    seconds: most('seconds'),
    processor: most('processor'),
    predicted: most('predicted'),
    memoryBytes: most('memoryBytes'),
    heldBytes: most('heldBytes'),
  };
}

const seconds = (value: number): string =>
  value < 1 ? `${(1e3 * value).toPrecision(3)} ms` : `${value.toPrecision(3)} s`;
const mebibytes = (value: number): string => `${(value / 2 ** 20).toPrecision(3)} MiB`;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (header: readonly string[], rows: readonly string[]): string[] => [
  row(header),
  row(header.map(() => '---')),
  ...rows,
];

interface Measured {
  readonly rows: string[];
  /** Work of two jobs of one rank side by side, in terms of one job. */
  readonly limit: string;
}

async function measured({ title, shape }: Case, folder: string, runs: number): Promise<Measured> {
  const directory = path.join(folder, 'run');
  const { text, labels } = circuitOf(shape);
  await cut({ text, name: shape.name }, { directory, labels, force: true });
  await evaluate(directory, {});
  const taken = new Map<number, Taken[]>(RANKS.map((ranks) => [ranks, []]));
  // A run directory serves one job at a time.
  const copy = path.join(folder, 'copy');
  await rm(copy, { recursive: true, force: true });
  await cp(directory, copy, { recursive: true });
  const beside: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const both = [directory, copy].map((each) => timeRanks(each, 1, `${each}-results`));
    beside.push(Math.max(...(await Promise.all(both)).map((each) => each.seconds)));
    for (const ranks of RANKS) {
      const one = await timeRanks(directory, ranks, path.join(folder, 'results'));
      process.stderr.write(
        `${title}, ${ranks} ranks: ${seconds(one.seconds)}, predicted ${seconds(one.predicted)}\n`,
      );
      taken.get(ranks)?.push(one);
    }
  }
  const least = (ranks: number, what: keyof Taken): number =>
    Math.min(...(taken.get(ranks) ?? []).map((one) => one[what]));
  const limit = `${title}: ${((2 * least(1, 'seconds')) / Math.min(...beside)).toFixed(2)}x`;
  const rows = RANKS.map((ranks) => {
    const [time, predicted] = [least(ranks, 'seconds'), least(ranks, 'predicted')];
    return row([
      title,
      ranks,
      seconds(predicted),
      seconds(time),
      (time / predicted).toPrecision(2),
      `${(least(1, 'seconds') / time).toFixed(2)}x`,
      seconds(least(ranks, 'processor')),
      `${(least(1, 'processor') / least(ranks, 'processor')).toFixed(2)}x`,
      mebibytes(least(ranks, 'memoryBytes')),
      mebibytes(least(ranks, 'heldBytes')),
    ]);
  });
  return { rows, limit };
}

async function planned(folder: string): Promise<string[]> {
  const directory = path.join(folder, 'planned');
  const { text, labels } = circuitOf(PLANNED.shape);
  await cut({ text, name: PLANNED.shape.name }, { directory, labels });
  const plan = await planReconstruct(directory, { moments: true, top: 10, ranks: PLANNED_RANKS, threads: 1 });
  return plan.scaling.map((point) =>
    row([
      point.ranks,
      seconds(point.seconds),
      seconds(point.sharedSeconds),
      `${point.speedup.toPrecision(3)}x`,
      `${(100 * point.efficiency).toPrecision(3)} %`,
      point.busyRanks,
    ]),
  );
}

/** Prints the page, and keeps it where `full`. */
export async function reconstructRanks(full: boolean): Promise<void> {
  requireMpiAddon();
  const folder = await mkdtemp(path.join(tmpdir(), 'kroncut-ranks-'));
  try {
    const all: Measured[] = [];
    for (const one of cases(full ? 14 : 6)) all.push(await measured(one, folder, full ? RUNS : 1));
    const text = [
      '# Scaling: measured and predicted',
      '',
      `Moments and the ten most likely outcomes of the whole distribution, without a file, on a machine with ${os.availableParallelism()} cores. Ranks have ` +
        'one thread each, and are started by `mpirun`; four ranks share two cores where there are only two. Predictions are made from rates that all ranks measure at once at ' +
        'the start of their job. Of ' +
        `${RUNS} runs of each number of ranks, which take turns, the fastest one counts. Processor time is that of the busiest rank: where others use the machine too, the clock shows more. Memory is that of the largest rank beyond what its process held before, mapped tensors included. ` +
        '`npm run bench -- --only ranks` writes this page.',
      '',
      ...table(
        [
          'distribution',
          'ranks',
          'predicted',
          'measured',
          'measured / predicted',
          'speed-up',
          'processor',
          'speed-up by that',
          'memory predicted',
          'measured',
        ],
        all.flatMap(({ rows }) => rows),
      ),
      '',
      'The limit of this machine for two ranks, which is what two jobs of one rank side by side do of the work of one: ' +
        `${all.map(({ limit }) => limit).join('; ')}.`,
      '',
      '## Predicted for larger jobs',
      '',
      `${PLANNED.title}, moments and the ten most likely ones, one thread a rank, each as fast as one of this machine ` +
        '(`kroncut reconstruct run --moments --top 10 --plan --ranks 100000`).',
      '',
      ...table(
        ['ranks', 'time', 'of it alike on every rank', 'speed-up', 'efficiency', 'ranks with work'],
        await planned(folder),
      ),
      '',
    ].join('\n');
    process.stdout.write(text);
    if (full) await writeFile(FILE, text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
