/** How fast a rank works: the one home of all rates that times are predicted from. */
import type { NativeAddon } from '../native/addon.js';
import { compute, type Context } from './context.js';

export interface Rates {
  /** Seconds of a multiply-add in a product whose operands are in the caches, on all threads of a rank together. */
  readonly multiplyAdd: number;
  /** Seconds of one value of the answer: made from a short sum, and handed to the consumers. */
  readonly value: number;
  /** Bytes a second that a rank reads and writes, both counted, where data do not fit the caches. */
  readonly memory: number;
  /** Bytes a second that a file takes or gives, all ranks together. */
  readonly disk: number;
  /** Seconds from one native call to the next. */
  readonly call: number;
  /** Seconds of one message, and bytes a second of a long one. */
  readonly latency: number;
  readonly link: number;
}

/** Those of a rank with two threads of a server processor, on a plain disk and network. */
export const DEFAULT_RATES: Rates = {
  multiplyAdd: 2e-11,
  value: 3e-10,
  memory: 3e10,
  disk: 3e8,
  call: 1e-4,
  latency: 5e-6,
  link: 1e9,
};
/** Threads of the rank that the default rates are those of. */
export const REFERENCE_THREADS = 2;

/** The default rates for a number of threads. */
export function defaultRates(threads: number): Rates {
  const share = REFERENCE_THREADS / threads;
  const { multiplyAdd, value } = DEFAULT_RATES;
  return { ...DEFAULT_RATES, multiplyAdd: multiplyAdd * share, value: value * share };
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
 * about a tenth of a second. Disk and network are not timed.
 */
export async function measureRates(context: Context): Promise<Rates> {
  const { cluster, native, threads } = context;
  const own = await cluster.agree(async () => {
    const product = async (k: number): Promise<number> =>
      best(native, threads, 'product', { n: PRODUCT_BITS, k, consume: 1 }, ({ seconds }) => seconds);
    const outcomes = 2 ** PRODUCT_BITS;
    const [short, long] = [(await product(SHORT_SUM)) / outcomes, (await product(LONG_SUM)) / outcomes];
    const multiplyAdd = Math.max(long / LONG_SUM / 4, (long - short) / (LONG_SUM - SHORT_SUM));
    const value = Math.max(short / 4, short - SHORT_SUM * multiplyAdd);
    const bytes = { n: MEMORY_BITS };
    const memory = await best(native, threads, 'inplace-bandwidth', bytes, (run) => run.seconds / run.bytes);
    return Float64Array.of(multiplyAdd, value, memory, await callSeconds(context));
  });
  const [multiplyAdd = 0, value = 0, memory = 0, call = 0] = await cluster.reduce(own, 'max');
  return { ...DEFAULT_RATES, multiplyAdd, value, memory: 1 / memory, call };
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
