// Prints what CUDA's compiler makes of each kernel, as the table of docs/gpu.md: registers, spills and shared memory for
// sm_80 and sm_90, and how many of a multiprocessor's warps that leaves room for. Needs a CUDA toolkit, and no GPU.
//
//   node scripts/gpu-kernels.mjs
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findCuda } from './cuda.mjs';
import { main, ScriptError } from './shell.mjs';
import { readSourceList, root } from './sources.mjs';

/** Of a multiprocessor, from the table of compute capabilities in the CUDA C++ programming guide; KiB of shared memory. */
const MACHINES = { 80: { shared: 164 }, 90: { shared: 228 } };
const REGISTERS = 65536;
const WARPS = 64;
const MOST_BLOCKS = 32;
/** What the driver takes of a block's shared memory. */
const RESERVED = 1024;

/** Threads of a block where they are not 256: as in the .cu files. */
const THREADS = new Map([['update_kernel', 64]]);
/** Sizes of SweepScratch and of a complex number, and threads of a team: native/device/cuda/sweep/sweep_plan.cpp. */
const SCRATCH = 14384;
const TEAMS = new Map([
  [3, 64],
  [4, 128],
  [5, 128],
  [6, 512],
]);

/** @typedef {{ name: string, registers: number, spills: number, stack: number, shared: number }} Kernel */

/** @param {string} mangled the name without namespaces, and what a template is made for @returns {string} */
function plainName(mangled) {
  const name =
    /_launch_cu_[0-9a-f]{8}(?:_\d+)?\d*([a-z]\w*?_kernel)(I[^E]*E)?/.exec(mangled) ??
    /\d(probe_kernel)()/.exec(mangled);
  const [, own = mangled, template = ''] = name ?? [];
  const kind =
    { IdE: ' (double)', IfE: ' (single)' }[template] ??
    (/ILi(\d)/.exec(template)?.[1] ?? '').replace(/^./, ' ($&)');
  return own + kind;
}

/** @param {string} log of nvcc -Xptxas -v @returns {Kernel[]} */
function kernelsOf(log) {
  return log
    .split('Compiling entry function ')
    .slice(1)
    .map((text) => {
      const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(text)?.[1] ?? 0);
      return {
        name: plainName(/'(.*?)'/.exec(text)?.[1] ?? ''),
        registers: number(/Used (\d+) registers/),
        spills: number(/(\d+) bytes spill stores/),
        stack: number(/(\d+) bytes stack frame/),
        shared: number(/(\d+) bytes smem/),
      };
    });
}

/** Blocks on a multiprocessor, and the share of its warps. @param {Kernel} kernel @param {number} threads @param {{ shared: number }} machine */
function occupancy({ registers, shared }, threads, machine) {
  const warps = Math.ceil(threads / 32);
  const registersOfWarp = Math.ceil((Math.max(registers, 1) * 32) / 256) * 256;
  const byRegisters = Math.floor((Math.floor(REGISTERS / registersOfWarp / 4) * 4) / warps);
  const byShared = Math.floor((machine.shared * 1024) / (shared + RESERVED));
  const blocks = Math.min(MOST_BLOCKS, Math.floor(WARPS / warps), byRegisters, byShared);
  return { blocks, percent: Math.round((100 * blocks * warps) / WARPS) };
}

/** @param {string} nvcc @param {string} file @param {string} architecture */
function compile(nvcc, file, architecture) {
  const args = ['-std=c++20', '-O3', '-I', 'native', `-arch=sm_${architecture}`, '-Xptxas', '-v', '-cubin'];
  const { status, stderr } = spawnSync(nvcc, [...args, '-o', '/dev/null', file], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new ScriptError(`${file} does not compile for sm_${architecture}:\n${stderr}`);
  return kernelsOf(stderr);
}

/** The sweep over whole starts, for each number of qubits that fits. @param {Kernel} kernel @returns {[Kernel, number][]} */
function layouts(kernel) {
  if (kernel.name !== 'sweep_kernel') return [[kernel, THREADS.get(kernel.name) ?? 256]];
  return [...TEAMS].map(([qubits, threads]) => [
    { ...kernel, name: `${kernel.name}, ${qubits} qubits`, shared: SCRATCH + 2 * 16 * 4 ** qubits },
    threads,
  ]);
}

/** Columns for an architecture. @param {string} architecture */
const columnsOf = (architecture) =>
  ['registers', 'spills', 'blocks', 'warps'].map((what) => `${what}, sm_${architecture}`);

await main(async () => {
  const cuda = findCuda();
  if (cuda === undefined)
    throw new ScriptError('no CUDA toolkit was found (CUDA_HOME, nvcc on PATH, /usr/local/cuda)');
  const files = readSourceList('sources_cuda').filter((file) => file.endsWith('.cu'));
  /** @type {Map<string, string[]>} */
  const rows = new Map();
  for (const [architecture, machine] of Object.entries(MACHINES)) {
    for (const kernel of files.flatMap((file) => compile(cuda.nvcc, path.normalize(file), architecture))) {
      if (kernel.name === 'probe_kernel') continue;
      for (const [one, threads] of layouts(kernel)) {
        const { blocks, percent } = occupancy(one, threads, machine);
        const cells = rows.get(one.name) ?? [
          one.name,
          String(threads),
          `${(one.shared / 1024).toFixed(1)} KiB`,
        ];
        rows.set(one.name, [...cells, String(one.registers), `${one.spills} B`, `${blocks}`, `${percent} %`]);
      }
    }
  }
  const head = ['kernel', 'threads', 'shared memory', ...Object.keys(MACHINES).flatMap(columnsOf)];
  console.log(`nvcc ${cuda.version}\n`);
  console.log(`| ${head.join(' | ')} |`);
  console.log(`| --- |${' ---: |'.repeat(head.length - 1)}`);
  for (const cells of [...rows.values()].sort(([a = ''], [b = '']) => a.localeCompare(b)))
    console.log(`| ${cells.join(' | ')} |`);
  return 0;
});
