/** What cuts mean: which subcircuits share how many bonds, and what running them as quantum circuits would take. */
import { totalGamma } from '../model/overhead.js';
import { gateCutBasis } from '../../circuit/gateCutBasis.js';
import { cutEndsOf, subexperimentCount } from '../../subexperiments/subexperiments.js';
import type { CutCircuit, GateCut } from '../model/cutCircuit.js';
import { isCounted } from '../model/limits.js';

/** An edge of the graph of bonds. */
export interface BondEdge {
  /** Two subcircuits, ascending; twice the same one where a wire returns to it. */
  readonly subcircuits: readonly [number, number];
  readonly wireCuts: number;
  readonly gateCuts: number;
  /** Indices of four values that the two tensors share. */
  readonly bonds: number;
}

export function bondGraph(cut: CutCircuit): BondEdge[] {
  const edges = new Map<string, BondEdge>();
  for (const { kind, from, to, bonds } of cut.cuts.filter(isCounted)) {
    const subcircuits = [Math.min(from, to), Math.max(from, to)] as const;
    const key = subcircuits.join();
    const known = edges.get(key);
    edges.set(key, {
      subcircuits,
      wireCuts: (known?.wireCuts ?? 0) + (kind === 'wire' ? 1 : 0),
      gateCuts: (known?.gateCuts ?? 0) + (kind === 'gate' ? 1 : 0),
      bonds: (known?.bonds ?? 0) + bonds.length,
    });
  }
  return [...edges.values()].sort(
    (a, b) => a.subcircuits[0] - b.subcircuits[0] || a.subcircuits[1] - b.subcircuits[1],
  );
}

/** Circuits to run, each many times, where subcircuits run on quantum processors. */
export interface Subexperiments {
  /** For each subcircuit: combinations of the settings at the ends of its cuts. */
  readonly perSubcircuit: readonly number[];
  readonly total: number;
  /** The same with four prepared states, which span the operators as well. */
  readonly totalFourStates: number;
  /**
   * Shots of each subcircuit, over all its subexperiments, for a standard error of 0.01 of a Pauli string: what the sampling
   * overhead says whatever the circuit, gamma^2 / error^2 (Mitarai and Fujii 2021, arXiv:2006.11174). Most circuits take less.
   */
  readonly shotsForHundredth: number;
  /** For each cut gate: the terms that its decomposition into local operations has. */
  readonly gateCutTerms: readonly { readonly cut: number; readonly terms: number }[];
}

/** The standard error that shots are counted for. */
const HUNDREDTH = 0.01;

/** Prepared states that span the operators on a wire that enters, where those of the settings are more. */
const FEWEST_STATES = 4;

/**
 * Numbers of subexperiments: every end of a cut has its settings, whatever the others have (`src/subexperiments/`). A wire
 * that leaves is measured in three bases, one that enters is prepared in six states (the eigenstates of X, Y, Z) or four
 * (Peng et al. 2019); an end of a cut gate of r terms has r operators and three combinations of any two of them: five
 * settings for the class of cx; gates that share a bond have five at their control and four at their targets. Numbers beyond
 * the range of a double are Infinity.
 */
export function countSubexperiments(cut: CutCircuit): Subexperiments {
  const ends = cut.subcircuits.map((subcircuit) => cutEndsOf(cut, subcircuit));
  const fourStates = ends.map((each) =>
    each.reduce(
      (count, { kind, table }) => count * (kind === 'downstream' ? FEWEST_STATES : table.settings.length),
      1,
    ),
  );
  const perSubcircuit = ends.map(subexperimentCount);
  return {
    perSubcircuit,
    total: sum(perSubcircuit),
    totalFourStates: sum(fourStates),
    shotsForHundredth: Math.ceil((totalGamma(cut.cuts) / HUNDREDTH) ** 2),
    gateCutTerms: cut.cuts.flatMap((each) =>
      // What shares a bond has no terms of its own.
      each.kind === 'gate' && (each.shared === undefined || each.bonds.length > 0)
        ? [{ cut: each.index, terms: gateCutTerms(each) }]
        : [],
    ),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}

const COEFFICIENT_TOLERANCE = 1e-12;

/**
 * Terms of the local operations that a cut gate is replaced by (Mitarai and Fujii, arXiv:2006.11174): with
 * U = sum of u_k P_k x P_k one for each u_k that is not 0, and for each pair of them five where u_k u_l* has a real part
 * and four where it has an imaginary one. So cx has 6, and no gate more than 58.
 */
export function gateCutTerms({ unitary }: Pick<GateCut, 'unitary'>): number {
  const { coefficients } = gateCutBasis(Float64Array.from(unitary));
  const present = coefficients.filter(([re, im]) => Math.hypot(re, im) > COEFFICIENT_TOLERANCE);
  let terms = present.length;
  present.forEach(([re, im], k) => {
    for (const [otherRe, otherIm] of present.slice(k + 1)) {
      if (Math.abs(re * otherRe + im * otherIm) > COEFFICIENT_TOLERANCE) terms += 5;
      if (Math.abs(im * otherRe - re * otherIm) > COEFFICIENT_TOLERANCE) terms += 4;
    }
  });
  return terms;
}
