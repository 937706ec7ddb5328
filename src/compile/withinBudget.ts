/** Larger blocks, one size after the other, as long as there is time: what pays depends on the circuit. */
import { KroncutError } from '../error.js';
import { throwIfAborted, type Context } from '../run/context.js';
import { isBetter } from './gates/figures.js';
import { SMALL_BLOCK } from './rounds.js';

/** Blocks beyond this size take hours where they pay at all. */
const LARGEST_BLOCK = 6;

/** A result with what it is judged by: less of the first figure is better, then of the next one. */
export interface Judged {
  readonly figures: readonly number[];
}

/**
 * Collective: the best result of blocks of three qubits, four, and so on up to six or `qubits`, as many sizes as end within
 * `seconds`. The first size ends in any case; another begins only where as much time is left as the one before took, and is
 * given up when the time is over. Each result is the same whatever time there was; which of them is the best so far depends
 * on the machine.
 */
export async function bestWithin<T extends Judged>(
  context: Context,
  { seconds, qubits }: { readonly seconds: number; readonly qubits: number },
  compileWith: (context: Context, blockSize: number) => Promise<T>,
): Promise<T> {
  const begin = performance.now();
  let last = 0;
  /** The root's clock decides for all ranks. */
  const left = (): Promise<number> =>
    context.cluster.onRoot(() => 1000 * seconds - (performance.now() - begin));
  const timed = async (within: Context, blockSize: number): Promise<T> => {
    const start = performance.now();
    const found = await compileWith(speaking(within, blockSize), blockSize);
    last = await context.cluster.onRoot(() => performance.now() - start);
    return found;
  };
  let best = await timed(context, SMALL_BLOCK);
  for (let blockSize = SMALL_BLOCK + 1; blockSize <= Math.min(LARGEST_BLOCK, qubits); blockSize += 1) {
    const rest = await left();
    if (rest < last) break;
    const found = await withTimer(context, rest, (limited) => timed(limited, blockSize));
    if (found === undefined) break;
    if (isBetter(found.figures, best.figures)) best = found;
  }
  return best;
}

/** Which size of blocks a progress is about. */
function speaking(context: Context, blockSize: number): Context {
  const { onProgress } = context;
  if (onProgress === undefined) return context;
  return {
    ...context,
    onProgress: (progress) =>
      onProgress({
        ...progress,
        note: [`blocks of ${blockSize}`, progress.note].filter((part) => part !== undefined).join(', '),
      }),
  };
}

/** Undefined where the time ran out, or blocks of that size do not fit the memory. */
async function withTimer<T>(
  context: Context,
  ms: number,
  body: (context: Context) => Promise<T>,
): Promise<T | undefined> {
  const timer = new AbortController();
  const handle = setTimeout(
    () => timer.abort(new KroncutError('cancelled', 'the budget is spent')),
    Math.max(0, ms),
  );
  const signals = [timer.signal, ...(context.signal === undefined ? [] : [context.signal])];
  try {
    return await body({ ...context, signal: AbortSignal.any(signals) });
  } catch (error) {
    if (!(error instanceof KroncutError) || (error.code !== 'cancelled' && error.code !== 'memory'))
      throw error;
    // Whoever ends the job ends it on all ranks; else it was the timer of one of them.
    await context.cluster.agree(() => throwIfAborted(context.signal));
    return undefined;
  } finally {
    clearTimeout(handle);
  }
}
