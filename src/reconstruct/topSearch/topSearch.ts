/**
 * The most likely outcomes of a distribution that is too large to stream: best-first search over prefixes of outcomes,
 * tensor by tensor, with an upper bound on every entry under a prefix (branch and bound; Land and Doig 1960). It ends
 * when no bound is above the least of the outcomes found, and then these are proven; or at a limit of work.
 */
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted, type Context } from '../../run/context.js';
import { BoundQueue } from '../plan/boundQueue.js';
import { boundWork, frontiersOf, largestBounds, sumBounds, type Frontier } from './prefixBounds.js';
import { advance, advanceWork, openChain, planChain, type Link } from './tensorChain.js';
import type { TensorNetwork } from '../network/tensorNetwork.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';
import { numberAt } from '../../error.js';

export interface TopSearchOptions {
  readonly count: number;
  /** The values are probabilities: none is below zero, so that sums bound them. */
  readonly probabilities: boolean;
  /** Multiply-adds that the search may take. */
  readonly work: number;
  /**
   * Hears, once and early, that the search is not expected to prove its outcomes within that: others may have up to
   * `times` the least of those found so far.
   */
  readonly onHopeless?: (times: number) => void;
}

export interface TopSearchResult {
  /** No outcome that is not listed has a larger value, up to rounding. */
  readonly proven: boolean;
  /** No outcome that is not listed has a value above this. */
  readonly bound: number;
  /** Largest first; each the set of bits that are 1. */
  readonly outcomes: readonly { readonly ones: ReadonlySet<number>; readonly value: number }[];
  readonly work: number;
  /** Values of the widest vector that a prefix is kept as. */
  readonly widest: number;
}

/** The outcome of each tensor so far, the last one first. */
interface Choice {
  readonly link: number;
  readonly outcome: number;
  readonly before: Choice | undefined;
}

interface Prefix {
  readonly depth: number;
  readonly vector: Float64Array;
  readonly bound: number;
  /** Bound of the prefix with all outcomes of the next tensor. */
  readonly ceiling: number;
  readonly choice: Choice | undefined;
  /** Only outcomes of the next tensor after this one, by bound and number, are left. */
  readonly after?: { readonly bound: number; readonly outcome: number };
}

interface Found {
  readonly value: number;
  readonly choice: Choice;
}

/** Outcomes of a tensor that become prefixes of their own at once. */
const CHILDREN = 16;
/** Prefixes that a descent keeps at each tensor: the first one, the second, and that of a search that proves nothing. */
const FIRST_BEAM = 2;
const SECOND_BEAM = 32;
const WIDEST_BEAM = 256;
/** Shares of the work that is left that the latter two may take. */
const SECOND_SHARE = 0.25;
const WIDEST_SHARE = 0.5;
/** Multiply-adds that a search may take whatever the limit: two seconds. */
export const LEAST_WORK = 1e9;
/** How often the tensors are gone through at least. */
const LEAST_PASSES = 8;
/** Prefixes that are remembered at most. */
const MOST_PREFIXES = 400_000;
/** Values that agree to this share, or differ by this share of the largest one, differ by rounding. */
const EQUAL = 1e-9;
const ROUNDING = 1e-14;
/** Multiply-adds between two looks at signals and progress. */
const BREATH = 2e7;

/** Shares of the limit between which it is seen how far bounds fall; and how much faster than so they may go on. */
const PROBE_SHARES = [0.02, 0.04] as const;
const BENEFIT_OF_DOUBT = 2;
/** The share of the limit that goes into bounds at most. */
const BOUND_SHARE = 0.25;

/** What looking at a prefix takes beside its multiply-adds: much where tensors are small, and there are many. */
const PREFIX_WORK = 20_000;

/** Runs on one rank; undefined where the network is too wide for it, in memory or work. */
export async function searchTop(
  context: Context,
  network: TensorNetwork,
  options: TopSearchOptions,
  onWork?: (fraction: number) => void,
): Promise<TopSearchResult | undefined> {
  const plan = planChain(network);
  const affordable = Math.max(options.work, LEAST_WORK);
  if (VALUE_BYTES * plan.values > context.memory || plan.work > affordable / LEAST_PASSES) return undefined;
  const chain = await openChain(context, plan, network.extent);
  const bounds = frontiersOf(chain, BOUND_SHARE * affordable);
  const search = new TopSearch(chain, bounds.frontiers, options);
  search.work = bounds.work;
  const breathe = async (): Promise<void> => {
    throwIfAborted(context.signal);
    onWork?.(Math.min(1, search.work / Math.max(1, options.work)));
    await setImmediate();
  };
  await search.descend(FIRST_BEAM, breathe);
  return search.finish(await search.run(breathe));
}

class TopSearch {
  work = 0;
  private readonly chain: readonly Link[];
  private readonly options: TopSearchOptions;
  /** Of taking one prefix at each tensor. */
  private readonly passWork: number;
  private readonly frontiers: readonly Frontier[];
  private readonly queue = new BoundQueue<Prefix>();
  /** Best outcomes so far, the least one first out. */
  private readonly found = new BoundQueue<Found & { readonly bound: number }>();
  private readonly seen = new Set<string>();
  private largest = 0;
  private nextBreath = BREATH;

  constructor(chain: readonly Link[], frontiers: readonly Frontier[], options: TopSearchOptions) {
    this.chain = chain;
    this.frontiers = frontiers;
    this.options = options;
    this.passWork = chain.reduce((sum, link, depth) => {
      const bounds = frontiers[depth + 1];
      return (
        sum + PREFIX_WORK + advanceWork(link) + (bounds === undefined ? 0 : boundWork(bounds, link.outcomes))
      );
    }, 0);
  }

  /** Follows the best few prefixes to their ends, so that there are outcomes to compare with. */
  async descend(width: number, breathe: () => Promise<void>): Promise<void> {
    let beam: Prefix[] = [this.root()];
    for (let depth = 0; depth < this.chain.length; depth += 1) {
      const next: Prefix[] = [];
      for (const prefix of beam) {
        next.push(...this.children(prefix, width).prefixes);
        if (this.work > this.nextBreath) await this.breath(breathe);
      }
      beam = next.sort((a, b) => b.bound - a.bound).slice(0, width);
    }
  }

  /** Gives the largest bound that is left; at most the least value found where the search has closed. */
  async run(breathe: () => Promise<void>): Promise<number> {
    const root = this.root();
    this.queue.push(root);
    const begin = this.work;
    const gaps: number[] = [];
    for (;;) {
      const prefix = this.queue.pop();
      if (prefix === undefined) return -Infinity;
      if (this.work - begin > (PROBE_SHARES[gaps.length] ?? Infinity) * this.options.work) {
        gaps.push(this.gapTo(prefix.bound));
        if (gaps.length === PROBE_SHARES.length) await this.descendAgain(gaps, breathe);
      }
      const spent = this.work > this.options.work || this.queue.size > MOST_PREFIXES;
      if (this.closes(prefix.bound) || spent) return prefix.bound;
      const { prefixes, rest } = this.children(prefix, CHILDREN);
      for (const child of prefixes) if (!this.closes(child.bound)) this.queue.push(child);
      if (rest !== undefined && !this.closes(rest.bound)) this.queue.push(rest);
      if (this.work > this.nextBreath) await this.breath(breathe);
    }
  }

  /** How far a bound is above the least outcome found, on the scale of logarithms. */
  private gapTo(bound: number): number {
    return Math.log(bound / -(this.found.peek()?.bound ?? -bound));
  }

  /**
   * Looks for better outcomes once more. There are so many more prefixes below a lower bound that bounds fall with the
   * logarithm of the work. Where the gap at the second probe will not close so by the end, the search from the
   * largest bound down never comes to whole outcomes: then those of a wide descent are what it finds, and it says so.
   */
  private async descendAgain(
    [before = 0, now = 0]: readonly number[],
    breathe: () => Promise<void>,
  ): Promise<void> {
    const [first, second] = PROBE_SHARES;
    const speed = (before - now) / Math.log(second / first);
    const isHopeless = now > BENEFIT_OF_DOUBT * speed * Math.log(1 / second);
    if (isHopeless) this.options.onHopeless?.(Math.exp(now));
    const [most, share] = isHopeless ? [WIDEST_BEAM, WIDEST_SHARE] : [SECOND_BEAM, SECOND_SHARE];
    const left = Math.max(0, this.options.work - this.work);
    const width = Math.min(most, Math.floor((share * left) / this.passWork));
    if (width > FIRST_BEAM) await this.descend(width, breathe);
  }

  finish(left: number): TopSearchResult {
    const outcomes: Found[] = [];
    for (let next = this.found.pop(); next !== undefined; next = this.found.pop()) outcomes.push(next);
    const all = outcomes.length < this.options.count;
    const last = all ? 0 : (outcomes[0]?.value ?? 0);
    return {
      proven: left === -Infinity || this.isClosed(left, last, all),
      bound: Math.max(left, last),
      outcomes: outcomes.toReversed().map(({ value, choice }) => ({ value, ones: this.ones(choice) })),
      work: this.work,
      widest: Math.max(...this.frontiers.map(({ size }) => size)),
    };
  }

  private root(): Prefix {
    const vector = Float64Array.of(1);
    const [frontier] = this.frontiers;
    const bound = frontier === undefined ? 1 : (this.bounds(frontier, vector, 1, Infinity)[0] ?? 1);
    return { depth: 0, vector, bound, ceiling: bound, choice: undefined };
  }

  private async breath(breathe: () => Promise<void>): Promise<void> {
    this.nextBreath = this.work + BREATH;
    await breathe();
  }

  /** Nothing below a prefix with this bound belongs into the list. */
  private closes(bound: number): boolean {
    const { count } = this.options;
    return this.found.size >= count && this.isClosed(bound, -(this.found.peek()?.bound ?? 0), false);
  }

  private isClosed(bound: number, last: number, short: boolean): boolean {
    if (short) return false;
    return bound <= last + Math.max(EQUAL * Math.abs(last), ROUNDING * this.largest);
  }

  /** The best outcomes of the next tensor as prefixes, and what stands for the others. The last tensor's are found. */
  private children(prefix: Prefix, most: number): { prefixes: Prefix[]; rest?: Prefix } {
    const { depth, after, choice } = prefix;
    const link = this.chain[depth];
    const frontier = this.frontiers[depth + 1];
    if (link === undefined || frontier === undefined) return { prefixes: [] };
    const { outcomes } = link;
    const vectors = advance(link, prefix.vector);
    this.work += PREFIX_WORK + advanceWork(link);
    if (depth + 1 === this.chain.length) {
      this.keepBest(vectors, depth, choice);
      return { prefixes: [] };
    }
    const bounds = this.bounds(frontier, vectors, outcomes, prefix.ceiling);
    const best = largestOf(bounds, most + 1, after);
    const prefixes = best.slice(0, most).map((outcome): Prefix => {
      const vector = Float64Array.from({ length: frontier.size }, (_, c) =>
        numberAt(vectors, c * outcomes + outcome),
      );
      const bound = numberAt(bounds, outcome);
      return {
        depth: depth + 1,
        vector,
        bound,
        ceiling: bound,
        choice: { link: depth, outcome, before: choice },
      };
    });
    const [lastOne, next] = [best[most - 1], best[most]];
    if (lastOne === undefined || next === undefined) return { prefixes };
    const rest = {
      ...prefix,
      bound: numberAt(bounds, next),
      after: { bound: numberAt(bounds, lastOne), outcome: lastOne },
    };
    return { prefixes, rest };
  }

  private bounds(frontier: Frontier, vectors: Float64Array, count: number, above: number): Float64Array {
    this.work += boundWork(frontier, count);
    const bounds = largestBounds(frontier, vectors, count);
    const sums = this.options.probabilities ? sumBounds(frontier, vectors, count) : undefined;
    for (let y = 0; y < count; y += 1) {
      bounds[y] = Math.min(numberAt(bounds, y), sums?.[y] ?? Infinity, above);
    }
    return bounds;
  }

  private keepBest(values: Float64Array, link: number, before: Choice | undefined): void {
    const { count } = this.options;
    const floor = this.found.size < count ? -Infinity : -(this.found.peek()?.bound ?? 0);
    for (const outcome of largestOf(values, Math.min(count, values.length), undefined, floor)) {
      const value = numberAt(values, outcome);
      const choice = { link, outcome, before };
      // The first descent and the search come by the same outcomes.
      const key = keyOf(choice);
      if (this.seen.has(key)) continue;
      if (this.found.size >= count && value <= -(this.found.peek()?.bound ?? 0)) break;
      this.seen.add(key);
      this.largest = Math.max(this.largest, Math.abs(value));
      this.found.push({ value, choice, bound: -value });
      if (this.found.size > count) {
        const dropped = this.found.pop();
        if (dropped !== undefined) this.seen.delete(keyOf(dropped.choice));
      }
    }
  }

  private ones(choice: Choice): Set<number> {
    const ones = new Set<number>();
    for (let at: Choice | undefined = choice; at !== undefined; at = at.before) {
      for (const [i, bit] of (this.chain[at.link]?.bits ?? []).entries()) {
        if (Math.floor(at.outcome / 2 ** i) % 2 === 1) ones.add(bit);
      }
    }
    return ones;
  }
}

function keyOf(choice: Choice): string {
  const outcomes: number[] = [];
  for (let at: Choice | undefined = choice; at !== undefined; at = at.before) outcomes.push(at.outcome);
  return outcomes.join(',');
}

/** Numbers of the `most` largest values, ties by number, of those that come after `after` and are above `floor`. */
function largestOf(
  values: Float64Array,
  most: number,
  after?: { readonly bound: number; readonly outcome: number },
  floor = -Infinity,
): number[] {
  const least = new BoundQueue<{ readonly bound: number; readonly order: number; readonly index: number }>();
  for (let index = 0; index < values.length; index += 1) {
    const value = numberAt(values, index);
    if (value <= floor) continue;
    if (after !== undefined && (value > after.bound || (value === after.bound && index <= after.outcome)))
      continue;
    if (least.size === most) {
      if (value <= -(least.peek()?.bound ?? 0)) continue;
      least.pop();
    }
    // Of equal values the one with the larger number goes first.
    least.push({ bound: -value, order: index, index });
  }
  const result: number[] = [];
  for (let next = least.pop(); next !== undefined; next = least.pop()) result.push(next.index);
  return result.toReversed();
}
