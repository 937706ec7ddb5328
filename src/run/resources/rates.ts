/** How fast a rank works: the one home of all rates that times are predicted from. */
import { cpus } from 'node:os';
import { KroncutError } from '../../error.js';
import { ratesCommand } from '../../installation.js';
import type { NativeAddon } from '../../native/addon.js';
import type { Calibration, Rates } from '../calibration.js';
import { compute, type Context } from '../context.js';
import { readRegularSync } from '../files/inputs.js';

/** Those of a rank with two threads of a server processor, on a plain disk and network. */
export const DEFAULT_RATES: Rates = {
  multiplyAdd: 2e-11,
  value: 3e-10,
  entropy: 3e-10,
  memory: 3e10,
  disk: 3e8,
  call: 1e-4,
  amplitude: 3e-10,
  addition: 3e-10,
  task: 3e-3,
  latency: 5e-6,
  link: 1e9,
};
/** Threads of the rank that the default rates are those of. */
export const REFERENCE_THREADS = 2;

/** The rates of a calibration for a number of threads. */
export function ratesFor({ calibration, threads }: Pick<Context, 'calibration' | 'threads'>): Rates {
  const { rates, threads: measured } = calibration;
  const share = measured / threads;
  return {
    ...rates,
    multiplyAdd: rates.multiplyAdd * share,
    value: rates.value * share,
    entropy: rates.entropy * share,
    amplitude: rates.amplitude * share,
    addition: rates.addition * share,
  };
}

/** That of a common machine. */
export const DEFAULT_CALIBRATION: Calibration = { threads: REFERENCE_THREADS, rates: DEFAULT_RATES };

/**
 * The file that KRONCUT_RATES names, as `npm run bench -- --rates FILE` writes it; without, the same rates on every
 * machine. Throws `usage` where the file is not there or not such a file.
 */
export async function readCalibration(): Promise<Calibration> {
  const file = process.env['KRONCUT_RATES'] ?? '';
  if (file === '') return DEFAULT_CALIBRATION;
  const { calibrationSchema } = await import('./calibrationSchema.js');
  const parsed = calibrationSchema.safeParse(contentOf(file));
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new KroncutError(
      'usage',
      `KRONCUT_RATES=${file}: ${place === '' ? 'this' : place} is no rate; write the file with: ${ratesCommand(file)}`,
    );
  }
  return parsed.data;
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readRegularSync(file));
  } catch (cause) {
    throw new KroncutError(
      'usage',
      `KRONCUT_RATES=${file} cannot be read as JSON; write the file with: ${ratesCommand(file)}`,
      { cause },
    );
  }
}

/** Outcomes of the products that are timed: 8 MiB of doubles. */
const PRODUCT_BITS = 20;
/** Arrays of 32 MiB, which few caches hold. */
const MEMORY_BITS = 22;
/** Bond products of the two products whose difference is arithmetic alone. */
const SHORT_SUM = 4;
const LONG_SUM = 64;
const REPEATS = 5;
const CALLS = 16;

/**
 * Collective: times a few kernels on all ranks at once, as they will work, and gives the rates of the slowest. Takes
 * about a tenth of a second. Disk and network are not timed. Timings are short enough to miss that ranks with more threads
 * than their node has take turns; that is reckoned in.
 */
export async function measureRates(context: Context): Promise<Rates> {
  const { cluster, native, threads } = context;
  const own = await cluster.agree(async () => {
    const product = async (k: number, consume = 1): Promise<number> =>
      best(native, threads, 'product', { n: PRODUCT_BITS, k, consume }, ({ seconds }) => seconds);
    const outcomes = 2 ** PRODUCT_BITS;
    const [short, long] = [(await product(SHORT_SUM)) / outcomes, (await product(LONG_SUM)) / outcomes];
    const multiplyAdd = Math.max(long / LONG_SUM / 4, (long - short) / (LONG_SUM - SHORT_SUM));
    const value = Math.max(short / 4, short - SHORT_SUM * multiplyAdd);
    const entropy = Math.max(short / 4, (await product(SHORT_SUM, 2)) / outcomes - short);
    const bytes = { n: MEMORY_BITS };
    const memory = await best(native, threads, 'inplace-bandwidth', bytes, (run) => run.seconds / run.bytes);
    const call = await callSeconds(context);
    const turns = Math.max(1, (cluster.nodeSize * threads) / cpus().length);
    const evaluation = await evaluationRates(native, threads);
    return Float64Array.of(multiplyAdd, value, entropy, memory, call, ...evaluation).map((x) => turns * x);
  });
  const [multiplyAdd = 0, value = 0, entropy = 0, memory = 0, call = 0, amplitude = 0, addition = 0] =
    await cluster.reduce(own, 'max');
  const measured = { multiplyAdd, value, entropy, memory: 1 / memory, call, amplitude, addition };
  return { ...context.calibration.rates, ...measured };
}

/** Gates of the longer of two circuits, whose difference is gates alone. */
const MANY_GATES = 60;

/** Seconds of a gate on an amplitude, and of an addition to the Pauli basis. */
async function evaluationRates(
  native: Pick<NativeAddon, 'benchmarkKernel'>,
  threads: number,
): Promise<readonly [number, number]> {
  const isometry = async (n: number, inputs: number, outputs: number, gates: number): Promise<number> =>
    best(native, threads, 'isometry', { n, inputs, outputs, gates }, ({ seconds }) => seconds);
  const states = 2 ** (14 + 2);
  const [few, many] = [await isometry(14, 2, 2, 0), await isometry(14, 2, 2, MANY_GATES)];
  const amplitude = Math.max(many / 10, many - few) / MANY_GATES / states;
  // Six wire ends and eight outcomes.
  const legs = 6;
  return [amplitude, (await isometry(12, 2, 4, 0)) / (legs * 2 ** (8 + 2 * legs))];
}

/** Least of several timings. */
async function best(
  native: Pick<NativeAddon, 'benchmarkKernel'>,
  threads: number,
  kernel: string,
  parameters: Readonly<Record<string, number>>,
  pick: (run: { seconds: number; bytes: number }) => number,
): Promise<number> {
  let least = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    least = Math.min(least, pick(await native.benchmarkKernel(kernel, parameters, threads)));
  }
  return least;
}

async function callSeconds(context: Context): Promise<number> {
  const { native } = context;
  const one = native.createTensor([], [], Float64Array.of(1));
  const begin = performance.now();
  for (let call = 0; call < CALLS; call += 1) {
    await compute(context, (options) => native.contractTensors(one, one, options));
  }
  return (performance.now() - begin) / 1000 / CALLS;
}
