import Benchmark from 'benchmark';

/** One timed run: seconds as the kernel measured them, and the work it did. */
export interface Sample {
  readonly seconds: number;
  readonly bytes: number;
  readonly flops: number;
}

export interface Measurement extends Sample {
  /** Number of timed runs; `seconds` is their median. */
  readonly samples: number;
  /** Spread of the runs: (third quartile - first quartile) / median. */
  readonly spread: number;
}

function quantile(sorted: readonly number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const low = Math.floor(position);
  const below = sorted[low] ?? Number.NaN;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN;
  return below + (above - below) * (position - low);
}

/**
 * Lets the `benchmark` package drive `run` until it has enough samples. The figures are the kernel's own times, so
 * that the cost of crossing into the addon (microseconds) is not counted; the first run warms up and is dropped.
 */
export async function measure(
  name: string,
  run: () => Promise<Sample>,
  options: { readonly maxSeconds: number; readonly minSamples: number },
): Promise<Measurement> {
  const warm = await run();
  const samples: Sample[] = [];
  await new Promise<void>((resolve, reject) => {
    const sampleOnce = async (deferred: { resolve: () => void }): Promise<void> => {
      try {
        samples.push(await run());
        deferred.resolve();
      } catch (error) {
        reject(error);
      }
    };
    const benchmark = new Benchmark(name, {
      defer: true,
      initCount: 1,
      minSamples: options.minSamples,
      maxTime: options.maxSeconds,
      fn: (deferred: { resolve: () => void }) => {
        void sampleOnce(deferred);
      },
    });
    benchmark.on('complete', () => {
      if (benchmark.error === undefined) resolve();
      else reject(new Error(`benchmark ${name} failed`, { cause: benchmark.error }));
    });
    benchmark.run({ async: true });
  });
  const seconds = samples.map((sample) => sample.seconds).sort((a, b) => a - b);
  const median = quantile(seconds, 0.5);
  return {
    seconds: median,
    bytes: warm.bytes,
    flops: warm.flops,
    samples: seconds.length,
    spread: (quantile(seconds, 0.75) - quantile(seconds, 0.25)) / median,
  };
}
