/** A binary heap: what has the largest bound comes out first; of equal bounds what has the larger `order`, if given. */
export class BoundQueue<T extends { readonly bound: number; readonly order?: number }> {
  private readonly heap: T[] = [];

  get size(): number {
    return this.heap.length;
  }

  peek(): T | undefined {
    return this.heap[0];
  }

  push(item: T): void {
    const { heap } = this;
    let hole = heap.length;
    heap.push(item);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !precedes(item, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = item;
  }

  pop(): T | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let hole = 0;
    for (;;) {
      const [left, right] = [heap[2 * hole + 1], heap[2 * hole + 2]];
      if (left === undefined) break;
      const useRight = right !== undefined && precedes(right, left);
      const child = useRight ? right : left;
      if (!precedes(child, last)) break;
      heap[hole] = child;
      hole = 2 * hole + (useRight ? 2 : 1);
    }
    heap[hole] = last;
    return first;
  }
}

interface Ranked {
  readonly bound: number;
  readonly order?: number;
}

function precedes(a: Ranked, b: Ranked): boolean {
  return a.bound > b.bound || (a.bound === b.bound && (a.order ?? 0) > (b.order ?? 0));
}
