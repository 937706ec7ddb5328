/** What other compilers make of a circuit on this machine, where they are installed for Python. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { FOLDER } from './circuits.js';

export interface Rival {
  readonly name: string;
  readonly cx: number;
  readonly seconds: number;
}

const resultsSchema = z.record(z.string(), z.object({ cx: z.number(), seconds: z.number() }));

/** Programs that are asked together, and the seconds that they have for one circuit. */
const ASKED: readonly { readonly names: readonly string[]; readonly limit: number; readonly kept: string }[] =
  [
    { names: ['Qiskit', 'tket', 'tket, swaps', 'PyZX phases', 'PyZX'], limit: 300, kept: '' },
    { names: ['BQSKit'], limit: 120, kept: '-bqskit' },
  ];

/** What they said of a circuit once: it takes minutes, and does not change with ours. */
const KNOWN = path.join(FOLDER, 'build', 'compile-rivals');

/** Every rival that is there and ends in time; `KRONCUT_PYTHON` names the Python that has them. */
export function rivalsOf(text: string): Rival[] {
  mkdirSync(KNOWN, { recursive: true });
  const hash = createHash('sha256').update(text).digest('hex');
  return ASKED.flatMap(({ names, limit, kept }) => {
    const file = path.join(KNOWN, `${hash}${kept}.json`);
    const answer = existsSync(file) ? readFileSync(file, 'utf8') : asked(text, names, limit);
    writeFileSync(file, answer);
    return Object.entries(resultsSchema.parse(JSON.parse(answer))).map(([name, result]) => ({
      name,
      ...result,
    }));
  });
}

/** JSON of their answers; of none, where they take too long. */
function asked(text: string, names: readonly string[], limit: number): string {
  const python = process.env['KRONCUT_PYTHON'] ?? 'python3';
  const script = path.join(FOLDER, 'bench', 'compileRivals.py');
  const { stdout, status } = spawnSync(python, [script, ...names], {
    input: text,
    encoding: 'utf8',
    timeout: 1000 * limit,
    // A compiler with workers hears of the interrupt, and ends them.
    killSignal: 'SIGINT',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return status === 0 ? stdout : '{}';
}

/** One circuit by the best of our runs and by the rivals. */
export interface Comparison {
  readonly name: string;
  readonly before: number;
  readonly ours: number;
  readonly seconds: number;
  /** Ours with any pairs of qubits and any order at the end, as rivals have it; undefined where it was not asked for. */
  readonly free: number | undefined;
  readonly rivals: readonly Rival[];
}

interface Compared extends Comparison {
  readonly best: Rival;
}

/** Lines that compare: every rival on each circuit, the means of all, and where a rival has fewer `cx`. */
export function comparisonLines(all: readonly Comparison[]): string[] {
  const compared = all.flatMap((one): Compared[] => {
    const [first, ...others] = one.rivals;
    if (first === undefined || one.ours === 0 || one.ours === Infinity) return [];
    const best = others.reduce((a, b) => (b.cx < a.cx ? b : a), first);
    return best.cx === 0 ? [] : [{ ...one, best }];
  });
  if (compared.length === 0) return [];
  const names = [...new Set(compared.flatMap(({ rivals }) => rivals.map(({ name }) => name)))];
  const head = ['circuit', 'cx before', 'ours', ...names, 'ratio', 'time'];
  const rows = compared.map(({ name, before, ours, seconds, rivals, best }) => [
    name,
    before,
    ours,
    ...names.map((rival) => rivals.find((one) => one.name === rival)?.cx ?? ''),
    (ours / best.cx).toFixed(2),
    (seconds / best.seconds).toFixed(1),
  ]);
  return [
    '## Beside other compilers',
    '',
    'Number of `cx`: the best of our block sizes, on pairs of qubits that the circuit uses and with all qubits in their places, ' +
      'and those that are installed here, which use any pairs, and with swaps leave ' +
      'any order; BQSKit is its compile at level 2 where that ends within two minutes (level 3 takes minutes, and on uccsd4 and ae6 left one cx more and one less). Ratio: ours, on its own pairs, to the best of the others. Time: ours as a multiple of the best one’s, which is asked once for each circuit and kept.',
    '',
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Geometric mean of the ratios: ${meanRatio(compared, ({ ours }) => ours)}, or ` +
      `${meanRatio(compared, ({ ours, free }) => Math.min(ours, free ?? Infinity))} ` +
      `where the circuits on which another has fewer cx are compiled with --new-pairs --permute-output. ` +
      `Fewer cx elsewhere: ${losses(compared)}.`,
    '',
  ];
}

function meanRatio(compared: readonly Compared[], cx: (one: Compared) => number): string {
  const sum = compared.reduce((total, one) => total + Math.log(cx(one) / one.best.cx), 0);
  return Math.exp(sum / compared.length).toFixed(3);
}

function losses(compared: readonly Compared[]): string {
  const lost = compared.filter(({ ours, best }) => ours > best.cx);
  if (lost.length === 0) return 'nowhere';
  return lost
    .map(
      ({ name, ours, free, best }) =>
        `${name} (${ours}, ${free ?? 'none'} with any pairs and order, ${best.cx} by ${best.name})`,
    )
    .join('; ');
}
