/** What to say when no cuts satisfy the limits: whether that is proven, and what to relax. */
import { KroncutError } from '../error.js';
import type { Allocation } from './allocateParts.js';
import type { ComponentSearch } from './componentSearch.js';

export function infeasibleWidth(maxWidth: number): KroncutError {
  return new KroncutError(
    'infeasible',
    `no wire cuts give subcircuits of ${maxWidth} qubit: a two-qubit gate takes two (proven); use --max-width 2 or more`,
    { details: { proven: true, option: '--max-width', enough: 2 } },
  );
}

export function infeasiblePieces(pieces: number, maxSubcircuits: number): KroncutError {
  return new KroncutError(
    'infeasible',
    `the circuit falls into ${pieces} parts that do not touch, and each is a subcircuit of its own, but ` +
      `--max-subcircuits allows ${maxSubcircuits} (proven); use --max-subcircuits ${pieces} or more`,
    { details: { proven: true, option: '--max-subcircuits', enough: pieces } },
  );
}

export interface InfeasibleCase {
  readonly searches: readonly ComponentSearch[];
  /** Wires without two-qubit gates, which are subcircuits too. */
  readonly alone: number;
  readonly found: Allocation;
  readonly maxWidth: number;
  readonly maxParts: number;
  /** Infinity: any number. */
  readonly maxCuts: number;
  readonly wireCutsOnly: boolean;
}

/** Looks for values of one limit that would do, quickly, and puts them into the message. */
export async function infeasibleCuts(failure: InfeasibleCase): Promise<KroncutError> {
  const { searches, alone, found, maxWidth, maxParts, maxCuts: limit, wireCutsOnly } = failure;
  const what = wireCutsOnly ? 'wire cuts' : 'cuts';
  const proven = found.lower > limit || found.lower === Infinity;
  const certainty = proven
    ? 'proven'
    : 'not proven: the time limit came first, so a longer --time-limit may help';
  if (found.best !== undefined) {
    return new KroncutError(
      'infeasible',
      `no cuts satisfy --max-cuts ${limit} (${certainty}); use --max-cuts ${found.best.cuts}, or a larger --max-width`,
      { details: { proven, option: '--max-cuts', enough: found.best.cuts } },
    );
  }
  const advice: string[] = [];
  const parts = await enoughParts(searches);
  if (parts !== undefined) advice.push(`--max-subcircuits ${parts + alone}`);
  const width = await enoughWidth(searches, maxWidth, maxParts);
  if (width !== undefined) advice.push(`--max-width ${width}`);
  return new KroncutError(
    'infeasible',
    `no ${what} give at most ${maxParts + alone} subcircuits of at most ${maxWidth} qubits (${certainty}); ` +
      `use ${advice.join(' or ')}`,
    { details: { proven, maxSubcircuits: parts === undefined ? undefined : parts + alone, maxWidth: width } },
  );
}

/** A number of parts that suffices at the given width. */
async function enoughParts(searches: readonly ComponentSearch[]): Promise<number | undefined> {
  let total = 0;
  for (const search of searches) {
    const parts = await search.enoughParts();
    if (parts === undefined) return undefined;
    total += parts;
  }
  return total;
}

/** A width, by bisection over sweeps, that suffices for the given number of parts; all qubits always do. */
async function enoughWidth(
  searches: readonly ComponentSearch[],
  maxWidth: number,
  maxParts: number,
): Promise<number | undefined> {
  if (searches.length > maxParts) return undefined;
  let low = maxWidth;
  let high = searches.reduce((most, { problem }) => Math.max(most, problem.qubits), 0);
  while (high - low > 1) {
    const width = (low + high) >> 1;
    let used = 0;
    for (const search of searches) {
      const fits = search.problem.qubits <= width;
      const parts = fits ? 1 : (await search.sweep(width, maxParts - used))?.parts;
      used += parts ?? Infinity;
    }
    if (used <= maxParts) high = width;
    else low = width;
  }
  return high;
}
