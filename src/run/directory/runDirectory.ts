/**
 * The run directory: where the stages meet, and what a killed job goes on from. Only the root rank of a job opens
 * it; the other ranks write the files they are told to.
 */
import { rmdirSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KroncutError } from '../../error.js';
import {
  exists,
  fileError,
  hasCode,
  isIntact,
  makeFolder,
  mayNotWrite,
  recordFile,
  removePartials,
  writeFileAtomic,
  type FileRecord,
} from '../files/files.js';
import { readRegular, readText } from '../files/inputs.js';
import { emptyIncoming, finishIncoming, INCOMING, takeIn } from './incoming.js';
import { acquireLock, LOCK_FILE, type Lock } from './lock.js';
import {
  identityDifference,
  MANIFEST_FILE,
  parseManifest,
  type Manifest,
  type RunIdentity,
} from './manifest.js';
import { nextStep, optionName } from '../../options/optionName.js';
import { ReadOnlyRun } from './readOnlyRun.js';
import { newManifest, Run } from './run.js';

/** What a run writes; `--force` removes these and nothing else. */
const OWN_FILES = [
  MANIFEST_FILE,
  'circuit.qasm',
  'cuts.json',
  'timings.json',
  'circuit.svg',
  'subcircuits',
  'tensors',
  'results',
  'loop',
  'subexperiments',
  INCOMING,
  'report.html',
];

export class RunDirectory extends Run {
  readonly writable = true;
  readonly path: string;
  private readonly lock: Lock;
  /** Folders that were made for this run, the outermost first. */
  private readonly made: readonly string[];
  private abandoned = false;

  private constructor(path: string, state: Manifest, lock: Lock, made: readonly string[] = []) {
    super(state);
    this.path = path;
    this.lock = lock;
    this.made = made;
  }

  /** Opens the run that a folder holds, for a later stage. */
  static async open(path: string, signal?: AbortSignal): Promise<RunDirectory> {
    const folder = namedFolder(path);
    await requireManifest(folder, path);
    return RunDirectory.openLocked(folder, path, await acquireLock(folder, { signal }));
  }

  /** The same for answers alone, which a folder gives too that cannot be written. */
  static async openForAnswers(path: string, signal?: AbortSignal): Promise<Run> {
    const folder = namedFolder(path);
    const manifest = await requireManifest(folder, path);
    let lock: Lock;
    try {
      lock = await acquireLock(folder, { signal });
    } catch (error) {
      if (!(error instanceof KroncutError) || !mayNotWrite(error.cause)) throw error;
      return new ReadOnlyRun(folder, manifest);
    }
    return RunDirectory.openLocked(folder, path, lock);
  }

  /** The same for who only looks: no lock is taken, whoever works there, and nothing is written. */
  static async openToLook(path: string): Promise<Run> {
    const folder = namedFolder(path);
    return new ReadOnlyRun(folder, await requireManifest(folder, path));
  }

  private static async openLocked(folder: string, path: string, lock: Lock): Promise<RunDirectory> {
    try {
      await finishIncoming(folder);
      // Read again: until the lock was taken, its last owner may have gone on.
      const manifest = await requireManifest(folder, path);
      await removeLeftovers(folder);
      return new RunDirectory(folder, manifest, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Opens a folder for the run `identity`: an empty or new folder, or one that already holds this run. With
   * `force` the run is new in any case, and `begin` removes an older one.
   */
  static async create(
    path: string,
    version: string,
    identity: RunIdentity,
    force: boolean,
    signal?: AbortSignal,
  ): Promise<RunDirectory> {
    const folder = namedFolder(path);
    let made: readonly string[];
    try {
      made = await makeFolder(folder);
    } catch (error) {
      if (error instanceof KroncutError && hasCode(error.cause, 'EEXIST')) {
        throw new KroncutError('usage', `${path} is a file; ${optionName('directory')} names a folder`);
      }
      throw error;
    }
    let lock: Lock;
    try {
      lock = await acquireLock(folder, { signal });
    } catch (error) {
      removeMade(made);
      throw error;
    }
    try {
      const fresh = new RunDirectory(folder, newManifest(version, identity), lock, made);
      await finishIncoming(folder);
      if (force) {
        await refuseImported(folder, path);
        return fresh;
      }
      await removeLeftovers(folder);
      const there = await readManifest(folder);
      if (there !== undefined && hasBegun(there)) return await adopt(folder, there, lock);
      if (there === undefined) await refuseForeign(folder, path);
      await fresh.save();
      return fresh;
    } catch (error) {
      lock.release();
      throw error;
    }

    async function adopt(there: string, manifest: Manifest, held: Lock): Promise<RunDirectory> {
      const difference = identityDifference(manifest, identity);
      if (difference !== undefined) {
        throw new KroncutError(
          'usage',
          `${path} holds ${difference}; use another folder, or ${optionName('force')} to replace it`,
        );
      }
      const directory = new RunDirectory(there, manifest, held);
      if (manifest.circuit.hash !== identity.circuit.hash) {
        await refuseImported(folder, path);
        await directory.rebind(identity);
      }
      return directory;
    }
  }

  async begin(): Promise<void> {
    if (hasBegun(this.state)) return;
    await this.remove(...OWN_FILES);
    await removeLeftovers(this.path);
    await this.save();
  }

  /**
   * The outcome bits that the run in a folder was made for, null for all of them, undefined where no run has begun.
   * Nothing is locked: `create` looks again.
   */
  static async lightConeIn(path: string): Promise<readonly number[] | null | undefined> {
    const there = await readManifest(namedFolder(path));
    return there === undefined || !hasBegun(there) ? undefined : there.options.lightCone;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, data: string): Promise<FileRecord> {
    await this.lock.requireHeld();
    await writeFileAtomic(this.file(name), data);
    return recordFile(this.file(name));
  }

  read(name: string): Promise<string> {
    return readText(this.file(name));
  }

  async remove(...names: readonly string[]): Promise<void> {
    for (const name of names) await rm(this.file(name), { recursive: true, force: true });
  }

  has(name: string): Promise<boolean> {
    return exists(this.file(name));
  }

  record(name: string): Promise<FileRecord> {
    return recordFile(this.file(name));
  }

  async incoming(): Promise<string> {
    await this.lock.requireHeld();
    return emptyIncoming(this.path);
  }

  async takeIn(files: readonly string[], next: Manifest): Promise<void> {
    await this.lock.requireHeld();
    await writeFileAtomic(join(this.path, INCOMING, MANIFEST_FILE), manifestText(next));
    // The manifest comes last: whoever reads without the lock meanwhile finds files that do not match, and no wrong answer.
    await takeIn(this.path, [...files, MANIFEST_FILE]);
    this.state = next;
  }

  nameOf(name: string): string {
    return this.file(name);
  }

  override abandon(): void {
    this.abandoned = true;
  }

  close(): void {
    this.lock.release();
    if (!this.abandoned || hasBegun(this.state) || this.made.length === 0) return;
    try {
      for (const name of OWN_FILES) rmSync(this.file(name), { recursive: true, force: true });
    } catch {
      // What cannot be removed stays, and with it the folder.
    }
    removeMade(this.made);
  }

  protected isIntact(name: string, record: FileRecord): Promise<boolean> {
    return isIntact(this.file(name), record);
  }

  protected async save(): Promise<void> {
    await this.lock.requireHeld();
    await writeFileAtomic(this.file(MANIFEST_FILE), manifestText(this.state));
  }

  /** New values of the circuit's parameters: the cuts stay, the rest is out of date. */
  private async rebind(identity: RunIdentity): Promise<void> {
    const { stages, ...rest } = this.state;
    this.state = {
      ...rest,
      circuit: identity.circuit,
      options: { ...rest.options, parameters: identity.parameters },
      stages: stages.cut === undefined ? {} : { cut: { ...stages.cut, status: 'running' } },
    };
    await this.remove('results');
    await this.save();
  }
}

function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** An empty name, as of a shell variable without a value, would mean the current folder. */
function namedFolder(path: string): string {
  if (path === '') throw new KroncutError('usage', 'the name of the run directory is empty; name a folder');
  return resolve(path);
}

/** Removes folders, the outermost first, where they are empty. */
function removeMade(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // Somebody else has put something there.
  }
}

/** A run that never came to its first stage, such as one without a feasible cut, binds nobody. */
function hasBegun({ stages }: Manifest): boolean {
  return Object.keys(stages).length > 0;
}

function noRun(path: string): KroncutError {
  return new KroncutError(
    'usage',
    `${path} is not a run directory: it has no ${MANIFEST_FILE}; make one with ${nextStep(`'kroncut cut CIRCUIT -o ${path}'`, 'cut')}`,
  );
}

/** Removes what killed processes were writing. Only for the owner of the lock: nobody else writes here now. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const part of ['.', 'subcircuits', 'tensors', 'results', 'loop/tensors']) {
    // Others who ask for the lock have files beside it.
    await removePartials(join(folder, part), LOCK_FILE);
  }
}

/** Throws `usage` where there is none. */
async function requireManifest(folder: string, path: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) throw noRun(path);
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const file = join(folder, MANIFEST_FILE);
  try {
    return parseManifest(await readRegular(file), file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ENOTDIR'))
      throw new KroncutError('usage', `${folder} is a file, not a run directory`);
    throw fileError(error, file, 'read');
  }
}

/** Throws `usage` where measurements would be lost that nobody can compute again. */
async function refuseImported(folder: string, path: string): Promise<void> {
  let there: Manifest | undefined;
  try {
    there = await readManifest(folder);
  } catch {
    // What holds no manifest that can be read holds no measurements that could be used.
    return;
  }
  if (there?.options.sampling?.data !== 'imported') return;
  throw new KroncutError(
    'usage',
    `${path} holds measurements that were imported, and no other run takes their place; use another folder, or delete this one`,
  );
}

/** A folder with files of somebody else is no place for a run. */
async function refuseForeign(folder: string, path: string): Promise<void> {
  const foreign = (await readdir(folder)).find((name) => OWN_FILES.includes(name));
  if (foreign !== undefined) {
    throw new KroncutError(
      'usage',
      `${path} holds ${foreign} but no ${MANIFEST_FILE}; use another folder, or ${optionName('force')} to replace what is there`,
    );
  }
}
