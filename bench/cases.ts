import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate, run, type Circuit, readQasm } from 'kroncut';
import type { Kernel, Limits } from './limits.js';
import type { Measurement, Sample } from './measure.js';

/** What bounds a case: its limit is the larger of the two times that its work needs at the measured limits. */
export type Bound = 'write' | 'inPlace' | 'none' | 'writeBehind';

export interface Case {
  readonly name: string;
  readonly title: string;
  /**
   * The memory limit that its bytes are held against; its operations are held against the multiply-add peak. With
   * `writeBehind` nothing can be written before all operations are done, so the limit is the sum of both times.
   */
  readonly bound: Bound;
  readonly run: () => Promise<Sample>;
  /** Fewest timed runs. */
  readonly minSamples?: number;
  /** What a run does `count` times: its time is printed for one of them as well. */
  readonly each?: { readonly what: string; readonly count: number };
}

/** Seconds that the work of a case takes at the limits of this machine. */
export function limitSeconds(bound: Bound, work: Measurement, limits: Limits): number {
  const arithmetic = work.flops / limits.multiplyAdd;
  if (bound === 'none') return arithmetic;
  if (bound === 'writeBehind') return arithmetic + work.bytes / limits.write;
  return Math.max(work.bytes / limits[bound], arithmetic);
}

/** How large the cases are. */
export interface Sizes {
  /** Limits are measured on arrays of 2^n doubles, which no cache should hold. */
  readonly calibrationBits: number;
  /** States have 2^n amplitudes and products 2^n outcomes. */
  readonly bits: number;
  /** Qubits of the main job, and the width it is cut to. */
  readonly jobQubits: number;
  readonly jobWidth: number;
  /** Sizes of the blocks that are instantiated. */
  readonly blockQubits: readonly number[];
  /** Seconds of sampling per case, and the fewest runs of quick ones. */
  readonly seconds: number;
  readonly samples: number;
}

export const FULL: Sizes = {
  calibrationBits: 25,
  bits: 24,
  jobQubits: 24,
  jobWidth: 18,
  blockQubits: [3, 4, 6, 8, 10],
  seconds: 1.5,
  samples: 7,
};
/** Shows in seconds that everything runs; its figures mean little. */
export const QUICK: Sizes = {
  calibrationBits: 18,
  bits: 14,
  jobQubits: 9,
  jobWidth: 6,
  blockQubits: [3, 4],
  seconds: 0.02,
  samples: 1,
};

/** Three wire cuts between two subcircuits. */
const NAIVE_BOND = 64;

export function kernelCases(kernel: Kernel, { bits: n }: Sizes): Case[] {
  const gate = (name: string, title: string, parameters: Readonly<Record<string, number>>): Case => ({
    name,
    title,
    bound: 'inPlace',
    run: () => kernel('gate', { n, ...parameters }),
  });
  // Outcomes have their components when the last gate is done, and not before.
  const isometry = (name: string, title: string, parameters: Readonly<Record<string, number>>): Case => ({
    name,
    title: `isometry, ${title}`,
    bound: 'writeBehind',
    run: () => kernel('isometry', { n: n - 8, gates: 200, ...parameters }),
  });
  const products = [4, 16, 64, 256].map((k): Case => ({
    name: `product-${k}`,
    title: `product, 2^${n} outcomes, bond product ${k}`,
    bound: 'write',
    run: () => kernel('product', { n, k }),
  }));
  return [
    gate('gate-1-low', `one-qubit gate on qubit 1 of ${n}`, { first: 1 }),
    gate('gate-1-high', `one-qubit gate on qubit ${n - 2} of ${n}`, { first: n - 2 }),
    gate('gate-2-low', `two-qubit gate on qubits 1, 3 of ${n}`, { first: 1, second: 3 }),
    gate('gate-2-high', `two-qubit gate on qubits 5, ${n - 3} of ${n}`, { first: 5, second: n - 3 }),
    {
      name: 'gate-run',
      title: `12 one-qubit gates in one pass, ${n} qubits`,
      bound: 'inPlace',
      run: () => kernel('gate-run', { n, gates: 12 }),
    },
    isometry('isometry', `${n - 8} qubits, 4 inputs, 2 outputs, 200 gates`, { inputs: 4, outputs: 2 }),
    isometry('isometry-single', 'the same in single precision', { inputs: 4, outputs: 2, single: 1 }),
    isometry('isometry-uncut', `${n - 4} qubits, nothing cut, 200 gates`, {
      n: n - 4,
      inputs: 0,
      outputs: 0,
    }),
    ...products,
    {
      name: 'naive-kronecker',
      title: `Kronecker loop, 2^${n} outcomes, 3 wire cuts`,
      bound: 'inPlace',
      run: () => kernel('naive-kronecker', { n, k: NAIVE_BOND }),
      minSamples: 3,
    },
  ];
}

/** Instantiation: passes of QFactor over blocks of several sizes, and steps of Levenberg and Marquardt. */
export function synthesisCases(kernel: Kernel, { blockQubits }: Sizes): Case[] {
  const qfactor = (n: number, starts: number): Case => {
    const [gates, iterations] = [4 * n, n < 8 ? 4 : 1];
    return {
      name: `qfactor-${n}-${starts}`,
      title: `QFactor, block of ${n} qubits, ${gates} cx, ${starts === 1 ? 'one start' : `${starts} starts`}`,
      bound: 'none',
      run: () => kernel('qfactor', { n, gates, starts, iterations }),
      minSamples: n < 8 ? 7 : 2,
      // An iteration is two sweeps; the cx stand between one-qubit gates, two each and one in front on every qubit.
      each: { what: 'sweep, free gate and start', count: 2 * iterations * (n + 2 * gates) * starts },
    };
  };
  const steps = blockQubits.filter((n) => n <= 6);
  return [
    ...blockQubits.flatMap((n) => [qfactor(n, 1), qfactor(n, 32)]),
    ...steps.map((n): Case => ({
      name: `lm-step-${n}`,
      title: `Levenberg-Marquardt step, block of ${n} qubits, ${4 * n} gates, one thread`,
      bound: 'none',
      run: () => kernel('lm-step', { n, gates: 4 * n, iterations: 20 }),
    })),
  ];
}

/** What the last product of the whole job cannot avoid; evaluation and the disk come on top. */
interface JobWork {
  readonly bytes: number;
  readonly flops: number;
}

/** The whole main job in a folder of its own; timed are evaluation and reconstruction, not the search for cuts. */
export function mainJobCase({ jobQubits: qubits, jobWidth: maxWidth }: Sizes, threads: number): Case {
  const source = generate('supremacy', { qubits, seed: 1, format: 'qasm2' }).qasm;
  return {
    name: 'main-job',
    title: `run: supremacy grid of ${qubits} qubits at width ${maxWidth}, full distribution to a file`,
    bound: 'write',
    minSamples: 3,
    run: async () => {
      const directory = await mkdtemp(path.join(tmpdir(), 'kroncut-bench-'));
      try {
        const result = await run(
          { text: source, name: 'supremacy' },
          { directory, maxWidth, threads, full: true, top: 10, verify: false, objective: 'sampling' },
        );
        const { evaluate, reconstruct } = result.timings;
        const work = jobWork(readQasm(source), result.cut.bonds);
        return { seconds: evaluate + reconstruct, ...work };
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

function jobWork(circuit: Circuit, bonds: number): JobWork {
  const outcomes = 2 ** circuit.outcomes.length;
  return { bytes: 8 * outcomes, flops: 2 * outcomes * 4 ** bonds };
}
