// Finds MPI compiler wrappers and asks them for their flags. As a program, for binding.gyp:
// `node scripts/mpi.mjs compile|link` prints the flags of the wrapper that KRONCUT_MPICC names (default: mpicc).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @typedef {{ command: string, flavour: 'Open MPI' | 'MPICH' | 'other', version: string, compile: string[], link: string[] }} Mpi */

/** @param {string} command @param {string[]} args */
function ask(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** The words of a compiler line that matter when compiling or linking. @param {string} line */
function split(line) {
  const words = line.split(/\s+/).filter((word) => word !== '');
  return {
    compile: words.filter((word) => /^-[ID]/.test(word)).map((word) => word.replace(/^-I/, '-isystem')),
    link: words.filter((word) => /^-[lL]|^-Wl,/.test(word)),
  };
}

/**
 * What is behind a compiler wrapper, or undefined if it is not there.
 * @param {string} command
 * @returns {Mpi | undefined}
 */
export function describeMpi(command) {
  const openMpi = ask(command, ['-showme:version']);
  if (openMpi !== undefined) {
    const compile = ask(command, ['-showme:compile']) ?? '';
    const link = ask(command, ['-showme:link']) ?? '';
    return {
      command,
      flavour: 'Open MPI',
      version: /Open MPI (\S+)/.exec(openMpi)?.[1] ?? 'unknown',
      compile: split(compile).compile,
      link: split(link).link,
    };
  }
  const shown = ask(command, ['-show']);
  if (shown === undefined) return undefined;
  const isMpich = /mpich/i.test(shown + (ask(command, ['-v']) ?? ''));
  const version =
    ask(command.replace(/mpicc(?=[^/]*$)/, 'mpichversion'), []) ?? ask('mpichversion', []) ?? '';
  return {
    command,
    flavour: isMpich ? 'MPICH' : 'other',
    version: /Version:\s*(\S+)/i.exec(version)?.[1] ?? 'unknown',
    ...split(shown),
  };
}

/** The wrapper that the plain `mpi` variant uses: KRONCUT_MPICC, or mpicc. */
export function defaultMpi() {
  return describeMpi(process.env['KRONCUT_MPICC'] ?? 'mpicc');
}

/** An MPICH wrapper, wherever the distribution puts it. */
export function findMpich() {
  for (const command of ['mpicc.mpich', 'mpicc', '/usr/lib64/mpich/bin/mpicc']) {
    const mpi = describeMpi(command);
    if (mpi?.flavour === 'MPICH') return mpi;
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mpi = defaultMpi();
  const what = process.argv[2];
  if (mpi === undefined || (what !== 'compile' && what !== 'link')) {
    console.error(mpi === undefined ? 'no MPI compiler wrapper found' : 'usage: mpi.mjs compile|link');
    process.exitCode = 2;
  } else {
    console.log(mpi[what].join('\n'));
  }
}
