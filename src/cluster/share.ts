/** How work is divided among the ranks where each knows all of it; what takes unlike long is drawn from a counter instead. */

interface Place {
  readonly rank: number;
  readonly size: number;
}

/** The part [begin, end) of `count` things that is a rank's; the parts follow one another in the order of the ranks. */
export function shareOf(
  { rank, size }: Place,
  count: number,
): { readonly begin: number; readonly end: number } {
  return { begin: Math.floor((rank * count) / size), end: Math.floor(((rank + 1) * count) / size) };
}

/** Whether one of many things is a rank's, where they are dealt one to each in turn. */
export function isDealtTo({ rank, size }: Place, index: number): boolean {
  return index % size === rank;
}
