// Builds the native addon, one folder per variant: build/<variant>/kroncut.node and kroncut.json.
//
//   node scripts/build-native.mjs [--variant NAME[,NAME...]] [--force] [--tool gyp|cmake]
//
// Without --variant: `cpu`, `mpi` when mpicc is found, and those built before. A variant whose sources and tools did not change is left
// alone. KRONCUT_SKIP_BUILD=1 does nothing (for packagers who bring binaries). KRONCUT_JOBS: files compiled at a time (default: one a processor).
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { explainFailure } from './build-failure.mjs';
import { filesToCompile, showBuild } from './build-progress.mjs';
import { findCuda } from './cuda.mjs';
import { acquireLock } from './lock.mjs';
import { defaultMpi, findMpich } from './mpi.mjs';
import { required } from './requirements.mjs';
import { compileJobs, main, run, ScriptError, which } from './shell.mjs';
import { root, sourcesHash } from './sources.mjs';

const require = createRequire(import.meta.url);

/**
 * What a variant is built with; `missing` says in a sentence why it cannot be built here.
 * @typedef {{ name: string, mpi?: import('./mpi.mjs').Mpi, cuda?: import('./cuda.mjs').Cuda, missing?: string }} Variant
 */

const NO_MPI =
  'no MPI compiler wrapper (mpicc) was found; install one, for example: apt-get install libopenmpi-dev openmpi-bin';
const NO_CUDA =
  'no CUDA toolkit was found (CUDA_HOME, nvcc on PATH, /usr/local/cuda); install one, or make one from Python wheels with scripts/cuda-toolkit.sh FOLDER and set CUDA_HOME';

/** @param {string} name @returns {Variant} */
export function describeVariant(name) {
  const wantsMpi = name === 'mpi' || name === 'mpich' || name === 'mpi-cuda';
  const wantsCuda = name === 'cuda' || name === 'mpi-cuda';
  if (name !== 'cpu' && !wantsMpi && !wantsCuda) {
    throw new ScriptError(`no such variant: ${name}; there are cpu, mpi, mpich, cuda and mpi-cuda`);
  }
  const mpi = !wantsMpi ? undefined : name === 'mpich' ? findMpich() : defaultMpi();
  const cuda = wantsCuda ? findCuda() : undefined;
  /** @type {Variant} */
  const variant = { name, ...(mpi && { mpi }), ...(cuda && { cuda }) };
  if (wantsMpi && mpi === undefined) {
    variant.missing =
      name === 'mpich'
        ? 'no MPICH was found; install it, for example: apt-get install libmpich-dev mpich'
        : NO_MPI;
  } else if (wantsCuda && cuda === undefined) {
    variant.missing = NO_CUDA;
  } else if (wantsCuda && which('cmake') === undefined) {
    variant.missing = 'the CUDA build needs cmake; install it, for example: apt-get install cmake';
  }
  return variant;
}

/** The choices that a build depends on besides its sources, as text. @param {Variant} variant @param {string} tool */
function toolsOf(variant, tool) {
  return [
    tool,
    variant.mpi && `${variant.mpi.flavour} ${variant.mpi.version}`,
    variant.cuda && `CUDA ${variant.cuda.version} in ${variant.cuda.home}`,
    variant.cuda && process.env['KRONCUT_CUDA_ARCHITECTURES'],
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** Prefix of the running node where its headers lie beside it, as packages and archives of Node have them. */
function headerPrefix() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) ? prefix : undefined;
}

/** Why node-gyp cannot work here, or undefined. */
function gypObstacle() {
  if (which('python3') === undefined && which('python') === undefined) {
    return 'node-gyp needs Python 3; install it, for example: apt-get install python3';
  }
  if (which('make') === undefined)
    return 'node-gyp needs make; install it, for example: apt-get install make';
  return undefined;
}

/** @param {Variant} variant @param {string} log @param {string} output path of the binary */
async function buildWithGyp(variant, log, output) {
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  const prefix = headerPrefix();
  const common = prefix === undefined ? [] : [`--nodedir=${prefix}`];
  const env = { ...process.env };
  // npm passes its own settings on, and node-gyp would take them for flags.
  delete env['npm_config_nodedir'];
  if (variant.mpi) env['KRONCUT_MPICC'] = variant.mpi.command;
  // node-gyp asks for `node` on PATH while it reads binding.gyp: let it be this one.
  env['PATH'] = `${path.dirname(process.execPath)}${path.delimiter}${env['PATH'] ?? ''}`;
  const configure = [
    ...common,
    '--',
    `-Dkroncut_variant=${variant.name}`,
    `-Dkroncut_mpi=${variant.mpi ? 1 : 0}`,
  ];
  const step = (/** @type {string[]} */ ...args) =>
    run(process.execPath, [nodeGyp, ...args], { cwd: root, env, log });
  if ((await step('configure', ...configure)) !== 0) return false;
  const total = filesToCompile();
  const build = step('build', ...common, `--jobs=${compileJobs()}`);
  if ((await showBuild(variant.name, log, total, build)) !== 0) return false;
  copyFileSync(path.join(root, 'build', 'Release', `kroncut-${variant.name}.node`), output);
  return true;
}

/** @param {Variant} variant @param {string} log @param {string} output */
async function buildWithCmake(variant, log, output) {
  const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
  const out = path.join(root, 'build', variant.name, 'cmake');
  const definitions = {
    KRONCUT_VARIANT: variant.name,
    KRONCUT_MPI: variant.mpi ? 'ON' : 'OFF',
    KRONCUT_CUDA: variant.cuda ? 'ON' : 'OFF',
    ...(variant.mpi && { MPI_C_COMPILER: which(variant.mpi.command) ?? variant.mpi.command }),
    ...(variant.cuda && { CMAKE_CUDA_COMPILER: variant.cuda.nvcc, CUDAToolkit_ROOT: variant.cuda.home }),
    ...(process.env['KRONCUT_CUDA_ARCHITECTURES'] && {
      CMAKE_CUDA_ARCHITECTURES: process.env['KRONCUT_CUDA_ARCHITECTURES'],
    }),
  };
  const args = [
    'compile',
    `--directory=${root}`,
    `--out=${out}`,
    '--config=Release',
    '--prefer-make',
    '--target=kroncut_addon',
    `--parallel=${compileJobs()}`,
    ...Object.entries(definitions).map(([key, value]) => `--CD${key}=${value}`),
  ];
  const build = run(process.execPath, [cmakeJs, ...args], { cwd: root, log });
  if ((await showBuild(variant.name, log, 0, build)) !== 0) return false;
  copyFileSync(path.join(out, 'kroncut.node'), output);
  return true;
}

/** Loads the binary in a process of its own, with every symbol it needs. @param {string} file @returns {string | undefined} what is wrong */
function loadError(file) {
  const code = `const addon = require(${JSON.stringify(file)}); addon.buildInfo(); addon.devices();`;
  const result = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
    env: { ...process.env, LD_BIND_NOW: '1' },
  });
  if (result.status === 0) return undefined;
  return (
    /(?:Error: |symbol lookup error: )(.*)/.exec(result.stderr)?.[1] ??
    `node ended with ${result.signal ?? result.status}`
  );
}

/** @param {string} variantName */
function readMetadata(variantName) {
  try {
    return JSON.parse(readFileSync(path.join(root, 'build', variantName, 'kroncut.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The tool that builds a variant, and the obstacle that keeps it from doing so, if any.
 * @param {Variant} variant
 * @param {string | undefined} wanted
 */
function chooseTool(variant, wanted) {
  const obstacle = gypObstacle();
  const isGypOut = obstacle !== undefined || headerPrefix() === undefined;
  const tool = wanted ?? (variant.cuda || (isGypOut && which('cmake') !== undefined) ? 'cmake' : 'gyp');
  return { tool, obstacle: tool === 'gyp' ? obstacle : undefined };
}

/** The first line of `c++ --version`. Throws ScriptError where there is no compiler. @param {string} variantName */
function compilerVersion(variantName) {
  const compiler = process.env['CXX'] ?? 'c++';
  const { status, stdout } = spawnSync(compiler.split(' ')[0] ?? compiler, ['--version'], {
    encoding: 'utf8',
  });
  if (status !== 0 && process.env['CXX'] !== undefined) {
    throw new ScriptError(`CXX=${compiler} is no C++ compiler that runs here; correct it, or leave it out`);
  }
  if (status !== 0 && which('g++') === undefined) {
    throw new ScriptError(
      `Variant ${variantName}: no C++ compiler was found; install one with C++20, for example: apt-get install g++`,
    );
  }
  return stdout?.split('\n')[0] ?? compiler;
}

/**
 * Builds one variant unless it is up to date. Throws ScriptError with one sentence if it cannot.
 * @param {string} name
 * @param {{ force?: boolean, tool?: string }} [options]
 * @returns {Promise<'built' | 'current'>}
 */
export async function buildVariant(name, options = {}) {
  const variant = describeVariant(name);
  const folder = path.join(root, 'build', name);
  const output = path.join(folder, 'kroncut.node');
  const hash = sourcesHash();
  const existing = !options.force && existsSync(output) ? readMetadata(name) : undefined;
  const isSameSource = existing?.sourcesHash === hash;
  if (variant.missing !== undefined) {
    // Built when the toolkit was at hand, and still right.
    if (isSameSource) return 'current';
    throw new ScriptError(`Variant ${name}: ${variant.missing}.`);
  }
  const { tool, obstacle } = chooseTool(variant, options.tool);
  const tools = toolsOf(variant, tool);
  if (isSameSource && existing.tools === tools) return 'current';
  if (obstacle !== undefined) throw new ScriptError(`Variant ${name}: ${obstacle}.`);
  const toolName = tool === 'gyp' ? 'node-gyp' : 'cmake-js';
  const metadata = {
    variant: name,
    tool: toolName,
    tools,
    compiler: compilerVersion(name),
    mpi: variant.mpi ? { flavour: variant.mpi.flavour, version: variant.mpi.version } : null,
    cuda: variant.cuda?.version ?? null,
    node: process.version,
    sourcesHash: hash,
  };

  const started = Date.now();
  console.error(`Building the native addon, variant ${name} (${toolName}) ...`);
  mkdirSync(folder, { recursive: true });
  await buildInto(folder, variant, tool === 'gyp' ? buildWithGyp : buildWithCmake, (fresh) => {
    // The binary first: metadata that is older than the binary means one more build, never a wrong one.
    renameSync(fresh, output);
    const text = JSON.stringify({ ...metadata, builtAt: new Date().toISOString() }, null, 2);
    writeFileSync(path.join(folder, 'kroncut.json'), `${text}\n`);
  });
  console.error(`Built variant ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return 'built';
}

/**
 * Builds a binary beside the one that is there, and hands it over once it loads.
 * @param {string} folder @param {Variant} variant @param {typeof buildWithGyp} build @param {(fresh: string) => void} keep
 */
async function buildInto(folder, variant, build, keep) {
  const log = path.join(folder, 'build.log');
  rmSync(log, { force: true });
  const fresh = path.join(folder, `kroncut.${process.pid}.node`);
  try {
    const release = await acquireLock(path.join(root, 'build', 'lock'));
    try {
      if (!(await build(variant, log, fresh))) throw new ScriptError(explainFailure(variant.name, log));
    } finally {
      release();
    }
    const problem = loadError(fresh);
    if (problem !== undefined)
      throw new ScriptError(`Variant ${variant.name} was built but does not load: ${problem}`);
    keep(fresh);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** @param {string[]} variants */
function isBuilt(...variants) {
  return variants.some((name) => readMetadata(name) !== undefined);
}

/** Throws ScriptError where KRONCUT_REQUIRE lists a variant that is not there and cannot be built. */
function requireBuildable() {
  const names = required();
  if (names.has('mpi') && defaultMpi() === undefined && !isBuilt('mpi', 'mpi-cuda')) {
    throw new ScriptError(
      'KRONCUT_REQUIRE lists mpi, but no mpicc is on PATH; install one, or name it in KRONCUT_MPICC',
    );
  }
  if (names.has('mpich') && findMpich() === undefined && !isBuilt('mpich')) {
    throw new ScriptError('KRONCUT_REQUIRE lists mpich, but there is no MPICH here; install it');
  }
  if (names.has('cuda-build') && findCuda() === undefined && !isBuilt('cuda', 'mpi-cuda')) {
    throw new ScriptError(
      'KRONCUT_REQUIRE lists cuda-build, but there is no CUDA toolkit here; name its folder in CUDA_HOME',
    );
  }
}

/**
 * Builds `cpu`, which must succeed; with mpicc also `mpi`, with a CUDA toolkit and `withCuda` the CUDA variant that
 * goes with it, the `variants` asked for, and those that were built before. Where one of these others fails, the
 * sentence that says why is returned, and thrown if KRONCUT_REQUIRE lists it.
 * @param {{ withCuda?: boolean, variants?: readonly string[], force?: boolean }} [options]
 * @returns {Promise<string[]>}
 */
export async function buildDefaults(options = {}) {
  if (process.env['KRONCUT_SKIP_BUILD'] === '1') {
    console.error('KRONCUT_SKIP_BUILD=1: the native addon is not built.');
    return [];
  }
  const build = { force: options.force ?? false };
  const hasMpi = defaultMpi() !== undefined;
  const wrapper = process.env['KRONCUT_MPICC'];
  if (!hasMpi && wrapper) {
    throw new ScriptError(
      `KRONCUT_MPICC=${wrapper} is no compiler wrapper of an MPI library; correct it, or leave it out`,
    );
  }
  requireBuildable();
  await buildVariant('cpu', build);
  const hasCuda = options.withCuda === true && findCuda() !== undefined && which('cmake') !== undefined;
  const names = new Set(options.variants);
  if (hasMpi) names.add('mpi');
  if (hasCuda) names.add(hasMpi ? 'mpi-cuda' : 'cuda');
  for (const name of ['mpi', 'mpich', 'cuda', 'mpi-cuda'])
    if (readMetadata(name) !== undefined) names.add(name);
  const notes = [];
  for (const name of names) {
    try {
      await buildVariant(name, build);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      const isRequired = required().has(name.endsWith('cuda') ? 'cuda-build' : name);
      if (isRequired) throw error;
      notes.push(error.message);
      // What is there no longer fits the sources, and must not be loaded in place of a variant that does.
      rmSync(path.join(root, 'build', name, 'kroncut.node'), { force: true });
    }
  }
  return notes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const { values } = parseArgs({
      options: {
        variant: { type: 'string', multiple: true },
        force: { type: 'boolean', default: false },
        tool: { type: 'string' },
      },
    });
    if (values.variant === undefined) {
      for (const note of await buildDefaults({ force: values.force })) console.error(note);
      return;
    }
    if (process.env['KRONCUT_SKIP_BUILD'] === '1') return;
    for (const name of values.variant.flatMap((list) => list.split(','))) {
      await buildVariant(name, { force: values.force, ...(values.tool && { tool: values.tool }) });
    }
  });
}
