/** Figures by which circuits are compared, the first of them first. */

/** Less of the first figure that differs. */
export function isBetter(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, figure] of a.entries()) {
    const other = b[i] ?? Infinity;
    if (figure !== other) return figure < other;
  }
  return false;
}
