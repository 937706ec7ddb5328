import { measure, type Measurement, type Sample } from './measure.js';

/** What this machine can do, measured in the same run as everything else. Bytes and operations per second. */
export interface Limits {
  /** Write-only, streaming stores. */
  readonly write: number;
  /** Read and write of the same memory; both directions count. */
  readonly inPlace: number;
  /** Triad a = b + s c; three streams count. */
  readonly triad: number;
  /** Fused multiply-adds in registers, double precision; each counts as two operations. */
  readonly multiplyAdd: number;
}

export type Kernel = (name: string, parameters: Readonly<Record<string, number>>) => Promise<Sample>;

/** Measures the limits on arrays of 2^n doubles, with n large enough that no cache holds them. */
export async function calibrate(
  kernel: Kernel,
  n: number,
  sampling: { readonly maxSeconds: number; readonly minSamples: number },
): Promise<Limits> {
  const rate = async (name: string, amount: (m: Measurement) => number): Promise<number> => {
    const measurement = await measure(name, () => kernel(name, { n }), sampling);
    return amount(measurement) / measurement.seconds;
  };
  return {
    write: await rate('write-bandwidth', (m) => m.bytes),
    inPlace: await rate('inplace-bandwidth', (m) => m.bytes),
    triad: await rate('copy-bandwidth', (m) => m.bytes),
    multiplyAdd: await rate('fma-peak', (m) => m.flops),
  };
}
