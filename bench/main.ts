/**
 * `npm run bench`: every kernel's distance from what this machine can do, measured in the same run.
 *
 *   npm run bench                       all cases
 *   npm run bench -- --only product     cases whose name begins so (may be given several times)
 *   npm run bench -- --only cut         the finder on a benchmark set, kept in docs/cut-benchmark.md
 *   npm run bench -- --only compile     compiling on a benchmark set, kept in docs/compile-benchmark.md
 *   npm run bench -- --only instantiate   how often one start succeeds, beside QFactor as published
 *   npm run bench -- --only contract    chains, rings and grids of subcircuits: operations and predicted times
 *   npm run bench -- --only ranks       one, two and four ranks against predictions, kept in docs/scaling.md
 *   npm run bench -- --only compile-ranks   two ranks against one, on many blocks and on one
 *   npm run bench -- --only expect      clusters: cuts that are proven, and many strings beside one
 *   npm run bench -- --only shots       variances by the ways to divide shots, and writing subexperiments
 *   npm run bench -- --only cutting     errors at equal shots beside qiskit-addon-cutting, kept in docs/shots.md
 *   npm run bench -- --only rivals      the same circuits by other programs in turn, kept in docs/rivals.md
 *   npm run bench -- --only pool --jobs 10000   small jobs through a pool: time for each, latency, memory, journal
 *   npm run bench -- --json FILE        keeps the figures as JSON; without FILE they are printed instead of the table
 *   npm run bench -- --rates FILE       measures what times are predicted from, for KRONCUT_RATES=FILE
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { KroncutError, loadAddon, version, writeRates } from 'kroncut';
import {
  FULL,
  kernelCases,
  limitSeconds,
  mainJobCase,
  QUICK,
  synthesisCases,
  type Case,
  type Sizes,
} from './cases.js';
import { calibrate, type Kernel, type Limits } from './limits.js';
import { compileRanks } from './compileRanks.js';
import { compileTable } from './compileTable.js';
import { contractTable } from './contractTable.js';
import { cutTable } from './cutTable.js';
import { cuttingRivals } from './cuttingRivals.js';
import { expectTable } from './expectTable.js';
import { instantiateTable } from './instantiateTable.js';
import { measure } from './measure.js';
import { poolTable } from './poolTable.js';
import { reconstructRanks } from './reconstructRanks.js';
import { rivals } from './rivals.js';
import { shotsTable } from './shotsTable.js';
import { printLimits, printRows, type Row } from './table.js';

interface Options {
  readonly only: readonly string[];
  readonly json?: string | true;
  readonly threads?: number;
  readonly quick?: true;
  readonly rates?: string;
  readonly jobs?: number;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number, 1 or more, is needed');
  return value;
}

async function timeCase(benchmark: Case, limits: Limits, sizes: Sizes): Promise<Row> {
  const { name, title, bound, each } = benchmark;
  const minSamples = Math.min(benchmark.minSamples ?? sizes.samples, sizes.samples);
  const measured = await measure(name, benchmark.run, { maxSeconds: sizes.seconds, minSamples });
  const least = limitSeconds(bound, measured, limits);
  return {
    name,
    title,
    seconds: measured.seconds,
    ...(each === undefined ? {} : { each: { what: each.what, seconds: measured.seconds / each.count } }),
    samples: measured.samples,
    spread: measured.spread,
    byteRate: measured.bytes / measured.seconds,
    flopRate: measured.flops / measured.seconds,
    limitSeconds: least,
    percent: (100 * least) / measured.seconds,
  };
}

/** What `--only NAME` alone does beside timing kernels: comparisons that have tables of their own. */
const TABLES: Readonly<Record<string, (quick: boolean, threads?: number, jobs?: number) => Promise<void>>> = {
  cut: (quick) => cutTable(!quick),
  compile: (quick) => compileTable(!quick),
  instantiate: (quick) => instantiateTable(quick),
  contract: (quick, threads) => contractTable(quick, threads),
  ranks: (quick) => reconstructRanks(!quick),
  expect: (_, threads) => expectTable(threads),
  shots: shotsTable,
  cutting: cuttingRivals,
  rivals,
  pool: poolTable,
  'compile-ranks': (quick) => compileRanks(!quick),
};

async function main(options: Options): Promise<void> {
  if (options.rates !== undefined) {
    const { rates, threads } = await writeRates(options.rates, { threads: options.threads });
    console.log(`Rates of ${threads} threads, kept in ${options.rates}:`);
    for (const [name, value] of Object.entries(rates)) console.log(`  ${name} ${value.toExponential(2)}`);
    return;
  }
  const [only, ...others] = options.only;
  const table = only === undefined || others.length > 0 ? undefined : TABLES[only];
  if (table === undefined) await timeKernels(options);
  else await table(options.quick === true, options.threads, options.jobs);
}

async function timeKernels(options: Options): Promise<void> {
  const { addon, variant } = loadAddon();
  const threads = options.threads ?? addon.availableThreads();
  const kernel: Kernel = (name, parameters) => addon.benchmarkKernel(name, parameters, threads);
  const sizes = options.quick === true ? QUICK : FULL;
  const chosen = chosenCases(kernel, sizes, threads, options.only);
  const limits = await calibrate(kernel, sizes.calibrationBits, {
    maxSeconds: sizes.seconds,
    minSamples: sizes.samples,
  });
  const rows: Row[] = [];
  for (const benchmark of chosen) {
    process.stderr.write(`${benchmark.name} ...\n`);
    rows.push(await timeCase(benchmark, limits, sizes));
  }
  const ratio = naiveRatio(rows);
  if (options.json !== true) {
    printLimits(limits, threads);
    printRows(rows);
    if (ratio !== undefined) {
      console.log(
        `Contraction against the naive Kronecker loop (${sizes.bits} qubits, 3 wire cuts): ${ratio.toFixed(1)}x faster`,
      );
    }
  }
  if (options.json === undefined) return;
  const machine = { cpu: os.cpus()[0]?.model ?? '', threads, simd: addon.buildInfo().simd, variant };
  const document = {
    version: version(),
    date: new Date().toISOString(),
    quick: options.quick === true,
    machine,
    limits,
    rows,
    naiveRatio: ratio ?? null,
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (options.json === true) {
    process.stdout.write(text);
  } else {
    await writeFile(options.json, text);
    console.log(`Kept in ${options.json}`);
  }
}

/** Cases whose names begin with one of the texts; without a text all. Throws `usage` where there are none. */
function chosenCases(kernel: Kernel, sizes: Sizes, threads: number, only: readonly string[]): Case[] {
  const all = [...kernelCases(kernel, sizes), ...synthesisCases(kernel, sizes), mainJobCase(sizes, threads)];
  if (only.length === 0) return all;
  const chosen = all.filter(({ name }) => only.some((start) => name.startsWith(start)));
  if (chosen.length > 0) return chosen;
  const names = all.map(({ name }) => name).join(', ');
  throw new KroncutError('usage', `--only ${only.join(', ')}: no such case; there are ${names}`);
}

/** How much faster the contraction is than the loop over Kronecker products that CutQC runs, on the same operands. */
function naiveRatio(rows: readonly Row[]): number | undefined {
  const seconds = (name: string): number | undefined => rows.find((row) => row.name === name)?.seconds;
  const naive = seconds('naive-kronecker');
  const product = seconds('product-64');
  return naive === undefined || product === undefined ? undefined : naive / product;
}

const program = new Command('npm run bench --')
  .description(
    'Times kernels and the whole job against the limits of this machine, measured in the same run.',
  )
  .option(
    '--only <name>',
    'only cases whose name begins so; may be repeated; cut, compile: on a benchmark set; instantiate: rates of success',
    (name, all: string[]) => [...all, name],
    [],
  )
  .option('--json [file]', 'keep the figures as JSON; without a file they are printed instead of the table')
  .option('--rates <file>', 'measure only what times are predicted from; KRONCUT_RATES=FILE then goes by it')
  .option('--threads <n>', 'threads (default: all CPUs this process may use)', positiveInteger)
  .option('--jobs <n>', 'with --only pool: jobs of each kind (2000)', positiveInteger)
  .option('--quick', 'small sizes, to see that everything runs; the figures mean little')
  .action(async (options: Options) => {
    try {
      await main(options);
    } catch (error) {
      if (!(error instanceof KroncutError)) throw error;
      console.error(`kroncut bench: ${error.message}`);
      process.exitCode = error.exitCode;
    }
  });
await program.parseAsync();
