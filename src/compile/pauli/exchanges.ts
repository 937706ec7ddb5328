/** Orders of places undone by exchanges of two, on pairs that may share a gate. */
import { required, valueAt } from '../../error.js';

export type QubitPair = readonly [number, number];

/**
 * Exchanges, in this order, that bring what is on `places[q]` to q. As few as there are where all pairs are allowed; undefined
 * where those that are do not connect them.
 */
export function exchangesFor(
  places: readonly number[],
  pairs: readonly QubitPair[],
): QubitPair[] | undefined {
  const left = new Set(places.keys());
  const content = [...places];
  const found: QubitPair[] = [];
  while (left.size > 1) {
    const q = [...left].find((candidate) => isConnected(left, candidate, pairs));
    if (q === undefined) return undefined;
    const path = pathBetween(valueAt(content, q), q, left, pairs);
    if (path === undefined) return undefined;
    for (const [i, to] of path.slice(1).entries()) {
      const from = valueAt(path, i);
      found.push([from, to]);
      const [here, there] = [content.indexOf(from), content.indexOf(to)];
      [content[here], content[there]] = [to, from];
    }
    left.delete(q);
  }
  return found;
}

/** Whether the others are connected without one. */
function isConnected(all: ReadonlySet<number>, without: number, pairs: readonly QubitPair[]): boolean {
  const others = new Set([...all].filter((q) => q !== without));
  const [start] = others;
  if (start === undefined) return true;
  return reachedFrom(start, others, pairs).size === others.size;
}

/** For each qubit that is reached, the one before it. */
function reachedFrom(
  start: number,
  within: ReadonlySet<number>,
  pairs: readonly QubitPair[],
): Map<number, number> {
  const before = new Map([[start, start]]);
  for (const q of before.keys()) {
    for (const [a, b] of pairs) {
      const next = a === q ? b : b === q ? a : undefined;
      if (next !== undefined && within.has(next) && !before.has(next)) before.set(next, q);
    }
  }
  return before;
}

function pathBetween(
  from: number,
  to: number,
  within: ReadonlySet<number>,
  pairs: readonly QubitPair[],
): number[] | undefined {
  const before = reachedFrom(to, within, pairs);
  if (!before.has(from)) return undefined;
  const path = [from];
  for (let q = from; q !== to;) {
    q = required(before.get(q), 'the next place of a path');
    path.push(q);
  }
  return path;
}
