/**
 * `npm run bench`: every kernel's distance from what this machine can do, measured in the same run.
 *
 *   npm run bench                       all cases
 *   npm run bench -- --only product     cases whose name begins so (may be given several times)
 *   npm run bench -- --json FILE        keeps the figures as JSON
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { info, KroncutError, loadAddon } from 'kroncut';
import { kernelCases, limitSeconds, mainJobCase, type Case } from './cases.js';
import { calibrate, type Kernel, type Limits } from './limits.js';
import { measure } from './measure.js';
import { printLimits, printRows, type Row } from './table.js';

/** Arrays of 2^25 doubles are 268 MB: beyond every cache. */
const CALIBRATION_BITS = 25;

interface Options {
  readonly only: readonly string[];
  readonly json?: string;
  readonly threads?: number;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number, 1 or more, is needed');
  return value;
}

async function timeCase(benchmark: Case, limits: Limits): Promise<Row> {
  const { name, title, bound, minSamples } = benchmark;
  const measured = await measure(name, benchmark.run, minSamples === undefined ? {} : { minSamples });
  const least = limitSeconds(bound, measured, limits);
  return {
    name,
    title,
    seconds: measured.seconds,
    samples: measured.samples,
    spread: measured.spread,
    byteRate: measured.bytes / measured.seconds,
    flopRate: measured.flops / measured.seconds,
    limitSeconds: least,
    percent: (100 * least) / measured.seconds,
  };
}

async function main(options: Options): Promise<void> {
  const { addon, variant } = loadAddon();
  const threads = options.threads ?? addon.availableThreads();
  const kernel: Kernel = (name, parameters) => addon.benchmarkKernel(name, parameters, threads);
  const all = [...kernelCases(kernel), mainJobCase(24, 18, threads)];
  const chosen =
    options.only.length === 0
      ? all
      : all.filter(({ name }) => options.only.some((start) => name.startsWith(start)));
  if (chosen.length === 0) {
    const names = all.map(({ name }) => name).join(', ');
    throw new KroncutError('usage', `--only ${options.only.join(', ')}: no such case; there are ${names}`);
  }

  const limits = await calibrate(kernel, CALIBRATION_BITS);
  printLimits(limits, threads);
  const rows: Row[] = [];
  for (const benchmark of chosen) {
    process.stderr.write(`${benchmark.name} ...\r`);
    rows.push(await timeCase(benchmark, limits));
  }
  printRows(rows);
  const seconds = (name: string): number | undefined => rows.find((row) => row.name === name)?.seconds;
  const naive = seconds('naive-kronecker');
  const product = seconds('product-64');
  const ratio = naive === undefined || product === undefined ? undefined : naive / product;
  if (ratio !== undefined) {
    console.log(
      `Contraction against the naive Kronecker loop (24 qubits, 3 wire cuts): ${ratio.toFixed(1)}x faster`,
    );
  }
  if (options.json === undefined) return;
  const machine = { cpu: os.cpus()[0]?.model ?? '', threads, simd: addon.buildInfo().simd, variant };
  const { version } = await info({});
  const document = {
    version,
    date: new Date().toISOString(),
    machine,
    limits,
    rows,
    naiveRatio: ratio ?? null,
  };
  await writeFile(options.json, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`Kept in ${options.json}`);
}

const program = new Command('npm run bench --')
  .description(
    'Times kernels and the whole job against the limits of this machine, measured in the same run.',
  )
  .option(
    '--only <name>',
    'only cases whose name begins so; may be repeated',
    (name, all: string[]) => [...all, name],
    [],
  )
  .option('--json <file>', 'keep the figures as JSON')
  .option('--threads <n>', 'threads (default: all CPUs this process may use)', positiveInteger)
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
