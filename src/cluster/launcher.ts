import { KroncutError } from '../error.js';
import type { EndSignal } from '../signals.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the launcher that started this process says about it, read from the environment alone. */
export interface Launcher {
  readonly kind: 'none' | 'slurm' | 'mpirun';
  readonly rank: number;
  /** Undefined where the launcher tells the rank only. */
  readonly size: number | undefined;
  /** Rank among the ranks on this node, where the launcher tells. */
  readonly localRank: number | undefined;
  /** The variables that say so, for messages: `SLURM_STEP_NUM_TASKS=4`. */
  readonly evidence: string;
  /** True if the launcher offers PMIx, which Open MPI needs under srun. */
  readonly hasPmix: boolean;
}

// Slurm numbers its pseudo steps (batch script, interactive shell, pending) downwards from 2^32 - 1.
const FIRST_PSEUDO_STEP = 0xfffffff0;

/**
 * Reads the variables of mpirun (Open MPI and MPICH) and srun. Those of mpirun go first: inside an allocation it
 * starts its daemons with srun, and ranks inherit the daemons' SLURM_ variables.
 *
 * @throws KroncutError('usage') if a variable does not hold the number it should.
 */
export function describeLauncher(env: Environment): Launcher {
  const hasPmix = isSet(env, 'PMIX_RANK') || isSet(env, 'PMIX_NAMESPACE');
  const slurm = describeSlurmStep(env);
  if (isSet(env, 'OMPI_COMM_WORLD_RANK') && isSet(env, 'OMPI_COMM_WORLD_SIZE')) {
    return {
      kind: 'mpirun',
      rank: readNumber(env, 'OMPI_COMM_WORLD_RANK'),
      size: readNumber(env, 'OMPI_COMM_WORLD_SIZE', 1),
      localRank: readOptional(env, 'OMPI_COMM_WORLD_LOCAL_RANK'),
      evidence: evidence(env, 'OMPI_COMM_WORLD_SIZE'),
      hasPmix,
    };
  }
  if (isSet(env, 'PMI_RANK') && isSet(env, 'PMI_SIZE')) {
    const rank = readNumber(env, 'PMI_RANK');
    const size = readNumber(env, 'PMI_SIZE', 1);
    // srun sets these two as well (--mpi=pmi2).
    const bySlurm = slurm?.rank === rank && slurm.size === size && !isSet(env, 'HYDI_CONTROL_FD');
    return {
      kind: bySlurm ? 'slurm' : 'mpirun',
      rank,
      size,
      localRank: readOptional(env, 'MPI_LOCALRANKID') ?? (bySlurm ? slurm.localRank : undefined),
      evidence: evidence(env, 'PMI_SIZE'),
      hasPmix,
    };
  }
  if (slurm !== undefined) return { ...slurm, hasPmix };
  if (isSet(env, 'PMIX_RANK')) {
    return {
      kind: 'mpirun',
      rank: readNumber(env, 'PMIX_RANK'),
      size: undefined,
      localRank: undefined,
      evidence: evidence(env, 'PMIX_RANK'),
      hasPmix,
    };
  }
  return { kind: 'none', rank: 0, size: 1, localRank: 0, evidence: 'no launcher', hasPmix };
}

/**
 * True for what mpirun sends to the other ranks when one has died: SIGTERM, and MPICH's SIGUSR1, too. Open MPI's sends
 * SIGUSR1 only where the user does.
 */
export function isDeathNotice(signal: EndSignal, launcher: Launcher, env: Environment): boolean {
  if (launcher.kind !== 'mpirun') return false;
  return (
    signal === 'SIGTERM' ||
    (signal === 'SIGUSR1' && !isSet(env, 'OMPI_COMM_WORLD_RANK') && isSet(env, 'PMI_RANK'))
  );
}

/** A batch script has SLURM_PROCID and SLURM_NTASKS too, but no step of its own: it is a single process. */
function describeSlurmStep(env: Environment): Omit<Launcher, 'hasPmix'> | undefined {
  if (!isSet(env, 'SLURM_PROCID') || !isSet(env, 'SLURM_STEP_ID')) return undefined;
  if (readNumber(env, 'SLURM_STEP_ID') >= FIRST_PSEUDO_STEP) return undefined;
  const sizeName = isSet(env, 'SLURM_STEP_NUM_TASKS') ? 'SLURM_STEP_NUM_TASKS' : 'SLURM_NTASKS';
  return {
    kind: 'slurm',
    rank: readNumber(env, 'SLURM_PROCID'),
    size: isSet(env, sizeName) ? readNumber(env, sizeName, 1) : 1,
    localRank: readOptional(env, 'SLURM_LOCALID'),
    evidence: evidence(env, sizeName),
  };
}

function isSet(env: Environment, name: string): boolean {
  return env[name] !== undefined && env[name] !== '';
}

function readOptional(env: Environment, name: string): number | undefined {
  return isSet(env, name) ? readNumber(env, name) : undefined;
}

function readNumber(env: Environment, name: string, least = 0): number {
  const text = env[name] ?? '';
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new KroncutError('usage', `${name}=${text} is not a number of at least ${least}`);
  }
  return value;
}

function evidence(env: Environment, name: string): string {
  return isSet(env, name) ? `${name}=${env[name]}` : `no ${name}`;
}
