/** Where a pool lives: its folder, its socket, and whether a server should run here at all. */
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Environment } from '../../cluster/launcher.js';
import { KroncutError } from '../../error.js';
import { fileError, hasCode, makeFolder, writeFileAtomic } from '../../run/files/files.js';
import { readRegular } from '../../run/files/inputs.js';
import { hasProgram } from '../launch/programs.js';
import { ACCESS_FILE, KEY_FILE, requireOwn, type Access } from '../protocol/address.js';

/** Bytes of a socket's path that every system takes; Linux has 107. */
const LONGEST_SOCKET = 103;
const KEY_BYTES = 32;

/** Makes the folder of a pool, which no other user may enter; throws `usage` for one that others may. */
export async function preparePool(folder: string): Promise<void> {
  const made = await makeFolder(folder);
  try {
    if (made.includes(folder)) await chmod(folder, 0o700);
    requireOwn(await stat(folder), folder);
  } catch (error) {
    throw fileError(error, folder, 'used');
  }
}

/** A path for a socket in a new folder on this node that no other user may enter. */
export async function makeSocketPath(): Promise<string> {
  const candidates = [tmpdir(), '/tmp'];
  for (const parent of candidates) {
    if (Buffer.byteLength(join(parent, 'kroncut-XXXXXX', 'pool')) > LONGEST_SOCKET) continue;
    try {
      // Of mode 0700.
      return join(await mkdtemp(join(parent, 'kroncut-')), 'pool');
    } catch (error) {
      if (parent === candidates.at(-1)) throw fileError(error, parent, 'written');
    }
  }
  throw new KroncutError(
    'usage',
    `the folder ${tmpdir()} makes the path of a socket longer than ${LONGEST_SOCKET} bytes; let TMPDIR name a shorter one`,
  );
}

export function removeSocket(path: string): void {
  rmSync(dirname(path), { recursive: true, force: true });
}

/** Removes the socket of an earlier server, which was killed, where it was on this machine. */
export async function removeEarlierSocket(pool: string, boot: string): Promise<void> {
  try {
    const access: Partial<Access> = JSON.parse(await readRegular(join(pool, ACCESS_FILE)));
    const path = /^unix:(.*\/kroncut-[^/]+\/pool)$/.exec(access.address ?? '')?.[1];
    if (access.boot === boot && path !== undefined) removeSocket(path);
  } catch {
    // There is none, or it cannot be known.
  }
}

export async function writeAccess(pool: string, access: Access): Promise<void> {
  await writePrivate(join(pool, ACCESS_FILE), `${JSON.stringify(access)}\n`);
}

export async function removeAccess(pool: string): Promise<void> {
  await rm(join(pool, ACCESS_FILE), { force: true });
}

/** The key of a pool, in hexadecimal; made where there is none. */
export async function poolKey(pool: string): Promise<string> {
  const file = join(pool, KEY_FILE);
  try {
    requireOwn(await stat(file), file);
    const key = (await readRegular(file)).trim();
    if (/^(?:[0-9a-f]{2}){16,}$/.test(key)) return key;
    throw new KroncutError('input', `${file} is no key: 32 or more hexadecimal digits are needed`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw fileError(error, file, 'read');
  }
  const key = randomBytes(KEY_BYTES).toString('hex');
  await writePrivate(file, `${key}\n`);
  return key;
}

/** Writes a file for the owner's eyes alone, whole or not at all. */
function writePrivate(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, text, { inFolder: true, mode: 0o600 });
}

/**
 * Throws `usage` on a node of a Slurm cluster outside a job, as login nodes are: srun and a configuration of Slurm are there,
 * and no SLURM_JOB_ID.
 */
export function refuseLoginNode(env: Environment): void {
  if (env['SLURM_JOB_ID'] !== undefined || !hasProgram('srun', env) || !hasSlurmConfiguration(env)) return;
  throw new KroncutError(
    'usage',
    'this is a node of a Slurm cluster, but not of a job: start the pool inside an allocation (salloc, sbatch), or with ' +
      '--force here',
  );
}

function hasSlurmConfiguration(env: Environment): boolean {
  const files = [
    env['SLURM_CONF'],
    '/etc/slurm/slurm.conf',
    '/run/slurm/conf/slurm.conf',
    '/etc/slurm-llnl/slurm.conf',
  ];
  return files.some((file) => file !== undefined && file !== '' && existsSync(file));
}
