/** Starts ranks of a bench, each a program that leaves what it measured as a JSON file in a folder. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KroncutError } from 'kroncut';

const ADDON = path.resolve(import.meta.dirname, '..', '..', 'build', 'mpi', 'kroncut.node');

/** Throws `mpi` where the addon was built without MPI. */
export function requireMpiAddon(): void {
  if (!existsSync(ADDON)) {
    throw new KroncutError('mpi', `${ADDON} is not there; install MPI and run npm run setup`);
  }
}

/** Runs `program` with arguments, the last of them the folder `results`, on ranks that no core is chosen for. */
export async function runRanks<T>(
  ranks: number,
  program: string,
  args: readonly string[],
  results: string,
): Promise<T[]> {
  const command = ['--oversubscribe', '--bind-to', 'none', '-n', String(ranks), process.execPath, program];
  const child = spawn('mpirun', [...command, ...args, results], {
    env: {
      ...process.env,
      KRONCUT_ADDON: ADDON,
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new KroncutError('mpi', `mpirun -n ${ranks} ended with ${status ?? 'a signal'}`);
  const files = await readdir(results);
  return Promise.all(
    files.map(async (file): Promise<T> => JSON.parse(await readFile(path.join(results, file), 'utf8'))),
  );
}
