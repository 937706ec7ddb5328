/** What other compilers make of a circuit on this machine, where they are installed for Python. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { FOLDER } from './circuits.js';

export interface Rival {
  readonly name: string;
  readonly cx: number;
  readonly seconds: number;
}

const resultsSchema = z.record(z.string(), z.object({ cx: z.number(), seconds: z.number() }));

/** Seconds for all of them on one circuit. */
const TIME_LIMIT = 300;

/** Every rival that is there and ends in time; `KRONCUT_PYTHON` names the Python that has them. */
export function rivalsOf(text: string): Rival[] {
  const python = process.env['KRONCUT_PYTHON'] ?? 'python3';
  const script = path.join(FOLDER, 'bench', 'compileRivals.py');
  const { stdout, status } = spawnSync(python, [script], {
    input: text,
    encoding: 'utf8',
    timeout: 1000 * TIME_LIMIT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) return [];
  return Object.entries(resultsSchema.parse(JSON.parse(stdout))).map(([name, result]) => ({
    name,
    ...result,
  }));
}

/** One circuit by the best of our runs and of the rivals. */
export interface Comparison {
  readonly name: string;
  readonly before: number;
  readonly ours: number;
  readonly seconds: number;
  readonly rivals: readonly Rival[];
}

/** Lines that compare: the best rival for each circuit, the mean of all, and where a rival has fewer `cx`. */
export function comparisonLines(all: readonly Comparison[]): string[] {
  const compared = all.flatMap((one) => {
    const [first, ...others] = one.rivals;
    if (first === undefined || one.ours === 0 || one.ours === Infinity) return [];
    const best = others.reduce((a, b) => (b.cx < a.cx ? b : a), first);
    return best.cx === 0 ? [] : [{ ...one, best, ratio: one.ours / best.cx }];
  });
  if (compared.length === 0) return [];
  const mean = Math.exp(compared.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / compared.length);
  const losses = compared.filter(({ ratio }) => ratio > 1);
  return [
    '## Beside other compilers',
    '',
    'The best of our block sizes, and the best of those that are installed here; without layout, and with new pairs of ' +
      'qubits for them alone. Times are ours as multiples of the rival’s, in the same run.',
    '',
    '| circuit | cx before | ours | best rival | ratio | time |',
    '| --- | --- | --- | --- | --- | --- |',
    ...compared.map(
      ({ name, before, ours, seconds, best, ratio }) =>
        `| ${name} | ${before} | ${ours} | ${best.cx} (${best.name}) | ${ratio.toFixed(2)} | ${(seconds / best.seconds).toFixed(1)} |`,
    ),
    '',
    `Geometric mean of the ratios: ${mean.toFixed(3)}. Fewer cx elsewhere: ${
      losses.length === 0
        ? 'nowhere'
        : losses.map(({ name, ours, best }) => `${name} (${ours}, ${best.cx} by ${best.name})`).join('; ')
    }.`,
    '',
  ];
}
