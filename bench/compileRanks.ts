/** `npm run bench -- --only compile-ranks`: how much sooner two ranks compile many equal blocks than one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requireMpiAddon, runRanks } from './mpirun.js';

const RANK = path.join(import.meta.dirname, 'compileRank.js');

interface Size {
  readonly blocks: number;
  /** Qubits and `cx` of each. */
  readonly width: number;
  readonly cx: number;
}
/** Blocks that the ranks draw, and one whose deletions they try together. */
const FULL: readonly Size[] = [
  { blocks: 56, width: 4, cx: 22 },
  { blocks: 1, width: 5, cx: 26 },
];
const QUICK: readonly Size[] = [{ blocks: 4, width: 4, cx: 4 }];
const RUNS = 3;

/** Blocks beside one another that differ in their angles alone. */
function equalBlocks({ blocks, width, cx }: Size): string {
  const qubits = width * blocks;
  const lines = ['OPENQASM 2.0;', 'include "qelib1.inc";', `qreg q[${qubits}];`];
  // Any angles will do that differ, and that no gate can be spared for.
  let last = 0;
  const angle = (): string => {
    last = (last + 0.618_033_988_749_895) % 1;
    return (6 * last - 3).toFixed(12);
  };
  for (let block = 0; block < blocks; block += 1) {
    for (let i = 0; i < cx; i += 1) {
      const [a, b] = [i % width, (i + 1 + (i % 2)) % width].map((q) => width * block + q);
      for (const q of [a, b]) lines.push(`u3(${angle()},${angle()},${angle()}) q[${q}];`);
      lines.push(`cx q[${a}],q[${b}];`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Timing {
  readonly seconds: number;
  /** Processor time of the rank that needed most, waiting included. */
  readonly processor: number;
}

async function timeRanks(circuit: string, width: number, ranks: number, folder: string): Promise<Timing> {
  const results = await mkdtemp(path.join(folder, 'ranks-'));
  const timings = await runRanks<Timing>(ranks, RANK, [circuit, String(width)], results);
  return {
    seconds: Math.max(...timings.map(({ seconds }) => seconds)),
    processor: Math.max(...timings.map(({ processor }) => processor)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The ratio of both times, in runs that take turns, as a sentence. */
async function compareRanks(size: Size, runs: number, folder: string): Promise<string> {
  const { blocks, width, cx } = size;
  const circuit = path.join(folder, `blocks-${blocks}.qasm`);
  await writeFile(circuit, equalBlocks(size));
  const pairs: { readonly one: Timing; readonly two: Timing; readonly beside: Timing }[] = [];
  for (let run = 0; run < runs; run += 1) {
    const one = await timeRanks(circuit, width, 1, folder);
    const two = await timeRanks(circuit, width, 2, folder);
    const both = await Promise.all([1, 2].map(() => timeRanks(circuit, width, 1, folder)));
    // What this machine lets two processes do that share nothing: their cores may share a clock, caches, or be halves of one.
    const beside = {
      seconds: Math.max(...both.map(({ seconds }) => seconds)) / 2,
      processor: Math.max(...both.map(({ processor }) => processor)) / 2,
    };
    process.stderr.write(
      `one rank ${one.seconds.toFixed(2)} s, two ranks ${two.seconds.toFixed(2)} s; ` +
        `processor time ${one.processor.toFixed(2)} s and ${two.processor.toFixed(2)} s\n`,
    );
    pairs.push({ one, two, beside });
  }
  const ratio = (what: keyof Timing, which: 'two' | 'beside' = 'two'): string => {
    const all = pairs.map((pair) => pair.one[what] / pair[which][what]);
    return `${median(all).toFixed(2)}x (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`;
  };
  const reached = median(pairs.map(({ two, beside }) => beside.seconds / two.seconds));
  const percent = `${Math.round(100 * reached)} %`;
  return (
    `${blocks} ${blocks === 1 ? 'block' : 'blocks'} of ${width} qubits and ${cx} cx, one thread a rank, ` +
    `${runs} runs of each in turn: two ranks are sooner than one by ${ratio('seconds')}; ` +
    `by the processor time of the busier one ${ratio('processor')}; the limit of this machine, two jobs of one rank side ` +
    `by side, is ${ratio('seconds', 'beside')}, of which they reach ${percent}`
  );
}

/** Prints how much sooner two ranks are, for many blocks and for one. */
export async function compileRanks(full: boolean): Promise<void> {
  requireMpiAddon();
  const runs = full ? RUNS : 1;
  const folder = await mkdtemp(path.join(tmpdir(), 'kroncut-ranks-'));
  try {
    for (const size of full ? FULL : QUICK) console.log(await compareRanks(size, runs, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
