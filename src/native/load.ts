import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { KroncutError } from '../error.js';
import { packageFolder, setupCommand, version } from '../installation.js';
import { checkOptions, type OptionTable } from '../options/option.js';
import { anObject, flag, text } from '../options/readers.js';
import type { NativeAddon } from './addon.js';

/** One try to load a binary, and why it was not taken. */
export interface LoadAttempt {
  readonly variant: string;
  readonly file: string;
  /** Why it was passed over; undefined for the one that was loaded. */
  readonly reason?: string;
}

/** The addon, where it was found, and why other variants were not taken. */
export interface LoadedAddon {
  readonly addon: NativeAddon;
  /** Variant that the binary itself names: `cpu`, `mpi`, `cuda`, ... */
  readonly variant: string;
  readonly file: string;
  readonly attempts: readonly LoadAttempt[];
  /** What is built and was not tried, as another one comes first. */
  readonly others: () => readonly LoadAttempt[];
}

/** Which variant of the addon is wanted. */
export interface LoadOptions {
  /** Take a variant with MPI if there is one. Default: a launcher has started several ranks. */
  readonly mpi?: boolean;
  /** Take a variant with CUDA if there is one. Default: an NVIDIA driver is present. */
  readonly cuda?: boolean;
  /** Folder that holds one folder per variant. Default: `build` beside `package.json`. */
  readonly folder?: string;
  /** Environment to read KRONCUT_ADDON and the launcher's variables from. */
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
}

const LOAD_OPTIONS = {
  mpi: { reader: flag },
  cuda: { reader: flag },
  folder: { reader: text('the name of a folder') },
  environment: { reader: anObject('an object of variables, such as process.env') },
} satisfies OptionTable<LoadOptions>;

const require = createRequire(import.meta.url);

/**
 * Loads the native addon: the file that the environment variable KRONCUT_ADDON names, or else the variant under
 * `build/` that fits best. Which one fits follows from the need (several ranks want MPI, a driver wants CUDA); a
 * variant that does not load is passed over with its reason. Node loads a file once, so a second call gives the same addon.
 *
 * @throws KroncutError('usage') that lists every attempt if none loads, and for options that are none.
 */
export function loadAddon(options?: LoadOptions): LoadedAddon {
  if (options !== undefined) {
    checkOptions(LOAD_OPTIONS, options);
    return findAddon(options);
  }
  const asked = process.env['KRONCUT_ADDON'];
  if (ofProcess === undefined || ofProcess.asked !== asked) ofProcess = { asked, loaded: findAddon({}) };
  return ofProcess.loaded;
}

/** What was loaded where nothing but KRONCUT_ADDON said what. */
let ofProcess: { readonly asked: string | undefined; readonly loaded: LoadedAddon } | undefined;

function findAddon(options: LoadOptions): LoadedAddon {
  const environment = options.environment ?? process.env;
  const override = environment['KRONCUT_ADDON'];
  if (override !== undefined && override !== '') {
    const file = path.resolve(override);
    const outcome = isAddonFile(file) ? tryLoad(file) : 'the file kroncut.node of a build is needed';
    if (typeof outcome === 'string') {
      throw new KroncutError('usage', `KRONCUT_ADDON=${override} cannot be loaded: ${outcome}`);
    }
    const variant = outcome.buildInfo().variant;
    return { addon: outcome, variant, file, attempts: [{ variant, file }], others: () => [] };
  }

  const folder = options.folder ?? path.join(packageFolder, 'build');
  const attempts: LoadAttempt[] = [];
  const launch = describeLaunch(environment);
  const need = {
    mpi: options.mpi ?? launch.ranks > 1,
    mpich: launch.speaksPmi,
    cuda: options.cuda ?? hasNvidiaDriver(),
  };
  const order = variantOrder(folder, need);
  for (const [place, variant] of order.entries()) {
    const file = path.join(folder, variant, 'kroncut.node');
    if (!existsSync(file)) {
      attempts.push({ variant, file, reason: 'not built' });
      continue;
    }
    const outcome = tryLoad(file);
    if (typeof outcome !== 'string') {
      attempts.push({ variant, file });
      const others = (): LoadAttempt[] => untried(folder, variant, order.slice(place + 1), need);
      return { addon: outcome, variant: outcome.buildInfo().variant, file, attempts, others };
    }
    attempts.push({ variant, file, reason: outcome });
  }
  const tried = attempts.map((attempt) => `  ${attempt.variant}: ${attempt.reason ?? 'loaded'}`).join('\n');
  throw new KroncutError(
    'usage',
    `The native addon cannot be loaded; build it with: ${setupCommand()}. What was tried in ${folder}:\n${tried}`,
    { details: { attempts } },
  );
}

/** A binary, or a module that stands in for one; whatever else Node would run as a program. */
function isAddonFile(file: string): boolean {
  return /\.(?:node|cjs)$/.test(file) && existsSync(file);
}

/** What comes after the variant that was taken. */
function untried(folder: string, taken: string, later: readonly string[], need: Need): LoadAttempt[] {
  const first = readBuilt(path.join(folder, taken));
  return later.map((variant) => {
    const file = path.join(folder, variant, 'kroncut.node');
    const isBuilt = existsSync(file);
    const reason = isBuilt ? whyLater(readBuilt(path.dirname(file)), first, need) : 'not built';
    return { variant, file, reason };
  });
}

/** Ranks that the launcher says it started, and whether it speaks the protocol of MPICH; 1 without a launcher. */
function describeLaunch(environment: Readonly<NodeJS.ProcessEnv>): { ranks: number; speaksPmi: boolean } {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  // A batch script itself has SLURM_NTASKS but no step: a bare `node` there is alone.
  const inStep = isSet('SLURM_STEP_ID') && isSet('SLURM_PROCID');
  const counts = [
    environment['OMPI_COMM_WORLD_SIZE'],
    environment['PMI_SIZE'],
    inStep ? environment['SLURM_STEP_NUM_TASKS'] : undefined,
    // Other PMIx launchers tell the rank only.
    isSet('PMIX_RANK') && !inStep && !isSet('OMPI_COMM_WORLD_SIZE') ? '2' : undefined,
  ].map((text) => Number(text ?? 1));
  return {
    ranks: Math.max(1, ...counts.filter(Number.isInteger)),
    speaksPmi: isSet('PMI_RANK') && !isSet('PMIX_RANK'),
  };
}

function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
}

/**
 * Variants from best to worst fit: with several ranks MPI counts most, and MPICH's own variant goes first where its
 * mpirun is the launcher; for one rank MPI serves as well as none, since it starts only when asked. Other folders that
 * hold a build come at the end.
 */
function variantOrder(folder: string, need: Need): string[] {
  const plain = need.cuda ? ['cuda', 'mpi-cuda', 'cpu', 'mpi'] : ['cpu', 'mpi', 'cuda', 'mpi-cuda'];
  const parallel = need.cuda ? ['mpi-cuda', 'mpi', 'cuda', 'cpu'] : ['mpi', 'mpi-cuda', 'cpu', 'cuda'];
  const known = [...(need.mpi && need.mpich ? ['mpich'] : []), ...(need.mpi ? parallel : plain)];
  const present = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !known.includes(entry.name))
        .map((entry) => entry.name)
        .filter((name) => existsSync(path.join(folder, name, 'kroncut.json')))
        .toSorted()
    : [];
  return [...known, ...present];
}

/**
 * The addon, or why it cannot be loaded.
 *
 * UCX, which lies below many MPI libraries, patches the C library's memory functions while MPI starts, and a thread of
 * Node that allocates at that moment crashes. What the patches serve, registering large messages once, is of no use
 * here. UCX reads its settings when it is loaded; what the user sets goes first.
 */
function tryLoad(file: string): NativeAddon | string {
  process.env['UCX_MEM_EVENTS'] ??= 'no';
  try {
    const loaded: unknown = require(file);
    if (!isNativeAddon(loaded)) return 'it is not a Kroncut addon';
    const built = loaded.buildInfo().version;
    const expected = version();
    if (built !== expected) {
      return `it is version ${built}, and this program is version ${expected}; run ${setupCommand()}`;
    }
    return loaded;
  } catch (error) {
    return loadFailure(file, error instanceof Error ? firstLine(error.message) : String(error));
  }
}

function isNativeAddon(value: unknown): value is NativeAddon {
  return (
    typeof value === 'object' &&
    value !== null &&
    'buildInfo' in value &&
    typeof value.buildInfo === 'function'
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

/** What a program needs of the addon. */
interface Need {
  readonly mpi: boolean;
  /** The launcher speaks the protocol of MPICH. */
  readonly mpich: boolean;
  readonly cuda: boolean;
}

/** What a variant says of itself beside its binary; null where it has none. */
interface Built {
  readonly mpi: string | null;
  readonly cuda: string | null;
}

/** Processors by their number in a binary (ELF), as Node calls them and as people do. */
const PROCESSORS: Readonly<Record<number, readonly [arch: string, name: string]>> = {
  0x3e: ['x64', 'x86-64'],
  0xb7: ['arm64', 'aarch64'],
  0x15: ['ppc64', 'POWER'],
  0xf3: ['riscv64', 'RISC-V'],
};
const MACHINE_OFFSET = 18;

/** What the system says of a binary that does not load, and what it means. */
export function loadFailure(file: string, said: string): string {
  const processor = processorOf(file);
  if (processor !== undefined && processor[0] !== process.arch) {
    return `it is built for another processor (${processor[1]}); run ${setupCommand()} on such a node, in a copy of its own`;
  }
  const library = /^([^\s:]+\.so[^\s:]*): cannot open shared object file/.exec(said)?.[1];
  if (library === undefined || library === file) return said;
  return `there is no library ${library} here; load the modules that it was built with`;
}

function processorOf(file: string): readonly [string, string] | undefined {
  try {
    const handle = openSync(file, 'r');
    try {
      const header = Buffer.alloc(MACHINE_OFFSET + 2);
      const whole = readSync(handle, header) === header.length;
      const isElf = whole && header.subarray(1, 4).toString('latin1') === 'ELF';
      return isElf ? PROCESSORS[header.readUInt16LE(MACHINE_OFFSET)] : undefined;
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/** What `kroncut.json` in a variant's folder says. */
function readBuilt(folder: string): Built {
  try {
    const { mpi, cuda } = JSON.parse(readFileSync(path.join(folder, 'kroncut.json'), 'utf8'));
    return {
      mpi: mpi === null || mpi === undefined ? null : `${mpi.flavour} ${mpi.version}`,
      cuda: cuda === null || cuda === undefined ? null : `CUDA ${cuda.version}`,
    };
  } catch {
    return { mpi: null, cuda: null };
  }
}

/** Why another variant, which does load, comes first. */
function whyLater({ mpi, cuda }: Built, taken: Built, need: Need): string {
  if (need.mpi && taken.mpi !== null) {
    if (mpi === null) return 'it has no MPI, and a launcher has started several ranks';
    if (mpi !== taken.mpi) return `it is built with ${mpi}, another MPI than the launcher's`;
  }
  if (need.cuda && taken.cuda !== null && cuda === null)
    return 'it has no CUDA, and there is an NVIDIA driver here';
  if (!need.cuda && cuda !== null) return 'CUDA is not needed: there is no NVIDIA driver here';
  if (!need.mpi && mpi !== null)
    return `its MPI (${mpi}) is not needed: no launcher has started several ranks`;
  return 'the one that was taken does the same';
}
