/** How many ranks share a GPU. */
import { spawnSync } from 'node:child_process';
import type { Environment } from '../../cluster/launcher.js';
import { KroncutError } from '../../error.js';
import { optionName } from '../../options/optionName.js';

/** A first guess, from users of GPU QFactor: ranks for each GPU by the qubits of the blocks that are compiled. */
const FIRST_GUESS = [10, 10, 10, 10, 10, 8, 4, 2];
const DEFAULT_BLOCK = 3;
/** Bytes of a device that each rank has at least: its context, the kernels, and a small batch. Batches grow with what is left. */
const LEAST_BYTES = 2 ** 30;

/** The GPUs of a node: how many, and what the fullest of them has free. */
export interface Gpus {
  readonly count: number;
  readonly freeBytes: number;
}

/** Throws `usage` where there are none. */
export function workersPerGpu(
  asked: number | 'auto',
  blockSize: number | undefined,
  { count, freeBytes }: Gpus,
): number {
  if (count === 0) {
    throw new KroncutError(
      'usage',
      `${optionName('workersPerGpu')}: there is no GPU here; leave it out, or say ${optionName('ranks')}`,
    );
  }
  if (asked !== 'auto') return asked;
  const guess = FIRST_GUESS[blockSize ?? DEFAULT_BLOCK] ?? 1;
  return Math.max(1, Math.min(guess, Math.floor(freeBytes / LEAST_BYTES)));
}

/** The GPUs of this node, as Slurm, CUDA_VISIBLE_DEVICES or NVIDIA's tool tell. */
export function gpusOfNode(env: Environment): Gpus {
  const free = freeMemories(env);
  const visible = env['CUDA_VISIBLE_DEVICES'];
  const listed = visible === undefined ? undefined : visible.split(',').filter(Boolean).length;
  const given = Number(env['SLURM_GPUS_ON_NODE'] ?? NaN);
  const count = listed ?? (Number.isSafeInteger(given) ? given : free.length);
  return { count, freeBytes: free.length === 0 ? Infinity : Math.min(...free) };
}

function freeMemories(env: Environment): number[] {
  const args = ['--query-gpu=memory.free', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', args, {
    env: { ...env },
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) return [];
  return stdout.split('\n').flatMap((line) => (/^\d+$/.test(line.trim()) ? [Number(line) * 2 ** 20] : []));
}
