// Finds a CUDA toolkit: CUDA_HOME, then nvcc on PATH, then /usr/local/cuda.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { which } from './shell.mjs';

/** @typedef {{ home: string, nvcc: string, version: string }} Cuda */

/** @returns {Cuda | undefined} */
export function findCuda() {
  const nvccOnPath = which('nvcc');
  const homes = [
    process.env['CUDA_HOME'],
    nvccOnPath && path.dirname(path.dirname(realpathSync(nvccOnPath))),
    '/usr/local/cuda',
  ];
  for (const home of homes) {
    if (!home) continue;
    const nvcc = path.join(home, 'bin', 'nvcc');
    if (!existsSync(nvcc)) continue;
    const result = spawnSync(nvcc, ['--version'], { encoding: 'utf8' });
    const version = /release (\d+\.\d+)/.exec(result.stdout ?? '')?.[1];
    if (version !== undefined) return { home, nvcc, version };
  }
  return undefined;
}
