/**
 * What the settings of an end of a cut gate tell. The end's branch qubits number operators K_k on its qubit; in the
 * subcircuit's tensor term k has the weight alpha_k, and the leg's components are those of B_kl = alpha_k conj(alpha_l)
 * K_k rho K_l^dagger. These are combinations of
 *   M_kk = K_k rho K_k^dagger,  M_kl+ = K_k rho K_l^dagger + h.c.,  M_kl- = i (K_k rho K_l^dagger - h.c.),
 * and an outcome that takes rho to E rho E^dagger, E = sum over k of kappa_k K_k, has the frequency
 *   sum of |kappa_k|^2 M_kk + sum over k < l of Re(kappa_k conj(kappa_l)) M_kl+ + Im(kappa_k conj(kappa_l)) M_kl-.
 * So enough outcomes of this kind tell all combinations, and with them the components.
 */
import { leftInverse, product, realMatrix, type RealMatrix } from './frame.js';
import { rowsOf, rowWeights, type Setting, type SettingTable } from './settings.js';

export type Complex = readonly [number, number];

export interface BranchTerm {
  /** Value of the branch qubits, the first one the lowest bit. */
  readonly branch: number;
  /** alpha_k in the tensor of the subcircuit, and in the one that is evaluated with all terms of size one. */
  readonly weight: Complex;
  readonly phase: Complex;
}

export interface BranchEnd {
  /** Number of branch qubits. */
  readonly branches: number;
  /** True where the components are those of second ends, Tr(P^T B) / 2^branches; else Tr(P B). */
  readonly mirrored: boolean;
  readonly terms: readonly BranchTerm[];
}

/** A setting, and for each of its outcomes the kappa_k, in the order of the terms. */
export interface BranchSetting {
  readonly setting: Setting;
  readonly outcomes: readonly (readonly Complex[])[];
}

/** The table of the settings of a branch end; together they must tell all M. */
export function branchTable(end: BranchEnd, each: readonly BranchSetting[]): SettingTable {
  const settings = each.map(({ setting }) => setting);
  const rows = settings.map(rowsOf);
  const outcomes = each.flatMap((one) => one.outcomes);
  const told = combinationsTold(end, outcomes);
  const components = componentsOf(end);
  return {
    settings,
    rows,
    effects: effectsOf(end, outcomes),
    dual: (weights) => product(components, leftInverse(told, rowWeights(rows, weights))),
  };
}

/** Pairs k <= l of terms: each has one combination M (k = l), or two. */
function combinations({
  terms,
}: BranchEnd): { readonly k: number; readonly l: number; readonly imaginary: boolean }[] {
  return terms.flatMap((_, k) =>
    terms.slice(k).flatMap((__, distance) => {
      const pair = { k, l: k + distance };
      return distance === 0
        ? [{ ...pair, imaginary: false }]
        : [
            { ...pair, imaginary: false },
            { ...pair, imaginary: true },
          ];
    }),
  );
}

/** outcomes x combinations. */
function combinationsTold(end: BranchEnd, outcomes: readonly (readonly Complex[])[]): RealMatrix {
  const all = combinations(end);
  return realMatrix(outcomes.length, all.length, (row, column) => {
    const { k, l, imaginary } = all[column] ?? { k: 0, l: 0, imaginary: false };
    const [re, im] = times(outcomes[row]?.[k] ?? ZERO, conjugate(outcomes[row]?.[l] ?? ZERO));
    return imaginary ? im : re;
  });
}

/** components x combinations: the leg's components in the subcircuit's tensor. */
function componentsOf(end: BranchEnd): RealMatrix {
  const all = combinations(end);
  const { branches, mirrored, terms } = end;
  const scale = mirrored ? 2 ** -branches : 1;
  return realMatrix(4 ** branches, all.length, (component, column) => {
    const { k, l, imaginary } = all[column] ?? { k: 0, l: 0, imaginary: false };
    const [left, right] = [terms[k], terms[l]];
    if (left === undefined || right === undefined) return 0;
    // <l| P |k>, of P^T for mirrored legs.
    const element = mirrored
      ? pauliElement(branches, component, left.branch, right.branch)
      : pauliElement(branches, component, right.branch, left.branch);
    const [re, im] = times(times(left.weight, conjugate(right.weight)), element);
    return scale * (imaginary ? im : re);
  });
}

/** outcomes x components, for the tensor whose terms have their phases as weights: Tr(V B) with V = v v^dagger. */
function effectsOf(
  { branches, mirrored, terms }: BranchEnd,
  outcomes: readonly (readonly Complex[])[],
): RealMatrix {
  const scale = mirrored ? 1 : 2 ** -branches;
  return realMatrix(outcomes.length, 4 ** branches, (row, component) => {
    let sum = 0;
    for (const [k, left] of terms.entries()) {
      for (const [l, right] of terms.entries()) {
        const kappas = times(outcomes[row]?.[k] ?? ZERO, conjugate(outcomes[row]?.[l] ?? ZERO));
        // Phases have size one: their inverses are their conjugates.
        const value = times(kappas, conjugate(times(left.phase, conjugate(right.phase))));
        const element = mirrored
          ? pauliElement(branches, component, right.branch, left.branch)
          : pauliElement(branches, component, left.branch, right.branch);
        sum += times(value, element)[0];
      }
    }
    return scale * sum;
  });
}

const ZERO: Complex = [0, 0];

function times([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

function conjugate([re, im]: Complex): Complex {
  return [re, -im];
}

/** <row| P |column> for the Pauli string of a component: its first base-4 digit, the highest, is the first qubit's. */
function pauliElement(qubits: number, component: number, row: number, column: number): Complex {
  let value: Complex = [1, 0];
  for (let qubit = 0; qubit < qubits; qubit += 1) {
    const pauli = Math.floor(component / 4 ** (qubits - 1 - qubit)) % 4;
    const [up, down] = [(row >> qubit) & 1, (column >> qubit) & 1];
    const flips = pauli === 1 || pauli === 2;
    if ((up !== down) !== flips) return ZERO;
    if (pauli === 2) value = times(value, up === 0 ? [0, -1] : [0, 1]);
    if (pauli === 3 && up === 1) value = times(value, [-1, 0]);
  }
  return value;
}
