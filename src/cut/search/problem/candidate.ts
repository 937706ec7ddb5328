import type { CutProblem } from './cutProblem.js';
import { Placement, renumber } from './placement.js';

/** Parts of the nodes, and the weight of the cuts. */
export interface Candidate {
  readonly part: Int32Array;
  readonly cuts: number;
  readonly parts: number;
}

/** The candidate with the cheaper cuts; among equals the one with fewer parts, else the first. */
export function better(a: Candidate | undefined, b: Candidate | undefined): Candidate | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.cuts < a.cuts || (b.cuts === a.cuts && b.parts < a.parts) ? b : a;
}

/** A candidate from parts, if it keeps to the width. */
export function candidate(problem: CutProblem, part: Int32Array, maxWidth: number): Candidate | undefined {
  const names = renumber(part);
  const slots = names.reduce((most, name) => Math.max(most, name + 1), 0);
  const state = new Placement(problem, slots, maxWidth, names);
  return state.overflow > 0 ? undefined : { part: names, cuts: state.cuts, parts: slots };
}

/** Gives pieces of a part that do not touch parts of their own, while the number of parts allows: it costs no cut. */
export function separatePieces(problem: CutProblem, { part, cuts }: Candidate, maxParts: number): Candidate {
  const names = part.slice();
  let used = names.reduce((most, name) => Math.max(most, name + 1), 0);
  const seen = new Uint8Array(problem.nodes);
  const met = new Set<number>();
  for (let root = 0; root < problem.nodes; root += 1) {
    if (seen[root]) continue;
    const own = part[root] ?? 0;
    const first = !met.has(own);
    if (!first && used >= maxParts) continue;
    met.add(own);
    const name = first ? own : used++;
    const queue = [root];
    seen[root] = 1;
    for (const node of queue) {
      names[node] = name;
      for (let i = problem.start[node] ?? 0; i < (problem.start[node + 1] ?? 0); i += 1) {
        const edge = problem.incident[i] ?? 0;
        for (const other of [problem.from[edge] ?? 0, problem.to[edge] ?? 0]) {
          if (seen[other] || part[other] !== own) continue;
          seen[other] = 1;
          queue.push(other);
        }
      }
    }
  }
  return { part: renumber(names), cuts, parts: used };
}
