/**
 * Finds cuts that are made together. What groups save depends on the cuts around them, so no sum over edges says it: the
 * answers for cuts made one by one, and for the least that every cut can cost in a group, are starting points for moves
 * on the true objective. The second is also a lower bound.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { gateCutBasis } from '../../../circuit/gateCutBasis.js';
import { KroncutError } from '../../../error.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../solution/checker.js';
import { jointShares } from '../../joint/controlShares.js';
import { completeParts, type CutWishes } from '../moves/completeParts.js';
import { predictCost } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import { findCuts } from '../findCuts.js';
import { DEFAULT_TIME_LIMIT, type CutSolution, type FindCutsOptions } from '../component/findCutsOptions.js';
import { searchCuts } from '../searchCuts.js';
import { buildCutGraph, type GatePart } from '../../model/cutGraph.js';
import { Infeasible } from '../infeasible.js';
import { jointGamma } from '../../joint/jointGamma.js';
import { exceededLimits, limitsText } from '../../model/limits.js';
import { WIRE_GAMMA } from '../../model/overhead.js';
import { pairRuns, runUnitary } from '../../model/pairRuns.js';
import { Pace } from '../../../run/pace.js';

/** Shares of the time for the answer one by one and for the lower bound; moves have the rest. */
const SHARES = { single: 0.3, bound: 0.3 };

/** Cuts as `findCuts` finds them, with the same options and errors, but made together where they can be. */
export async function findJointCuts(circuit: Circuit, options: FindCutsOptions): Promise<CutSolution> {
  const { timeLimit = DEFAULT_TIME_LIMIT, objective = 'cost', signal, costs } = options;
  const pace = new Pace(timeLimit, signal);
  const measured = { ...options, overheadOf: (cut: CutCircuit): number => jointGamma(cut) ** 2, joint: true };
  // What cuts made together cost is limited at the end: one by one they may cost more.
  const unlimited = { ...options, maxOverhead: undefined };
  const single = await findCuts(circuit, { ...unlimited, timeLimit: SHARES.single * timeLimit });
  if (single.cutCircuit.cuts.length === 0) return single;
  const starts = [single.parts];
  let lowerBound: number | null = null;
  if (objective === 'sampling') {
    // Its widths count a qubit for every wire, which bounds nothing where qubits are used again.
    const bound =
      options.reuseQubits === true
        ? undefined
        : await boundTogether(circuit, unlimited, new Pace(SHARES.bound * timeLimit, signal));
    if (bound !== undefined) starts.push(bound.parts);
    const needed = single.lowerBound !== null && single.lowerBound > 1;
    lowerBound = Math.max(bound?.overhead ?? 1, needed ? cheapestCut(circuit, options) ** 2 : 1);
  }
  if (options.wireCutsOnly !== true && options.gateCutsOnly !== true) {
    const gatesOnly = { ...unlimited, gateCutsOnly: true, timeLimit: Math.max(0.1, 0.2 * pace.left) };
    starts.push(...(await orNone(findCuts(circuit, gatesOnly))).map(({ parts }) => parts));
  }
  const price = (cut: CutCircuit): number =>
    objective === 'cost' ? predictCost(cut, costs).total : jointGamma(cut) ** 2;
  let best:
    { readonly parts: readonly GatePart[]; readonly cut: CutCircuit; readonly value: number } | undefined;
  let least = Infinity;
  for (const start of starts) {
    const wishes = withoutWishes(circuit, options);
    const moved = pace.over
      ? []
      : await orNone(completeParts(circuit, wishes, start, { ...measured, price }, pace));
    const parts = moved[0] ?? start;
    const cut = buildCutCircuit(circuit, parts, { joint: true });
    const value = price(cut);
    if (exceededLimits(cut, options, measured).length > 0) least = Math.min(least, measured.overheadOf(cut));
    else if (best === undefined || value < best.value) best = { parts, cut, value };
  }
  if (best === undefined) {
    throw new KroncutError(
      'infeasible',
      `no cuts made together with ${limitsText(options)} were found, which is no proof that there are none; the least ` +
        `sampling overhead found is ${least}: relax --max-overhead to that, or --max-width`,
    );
  }
  const { parts, cut: cutCircuit, value } = best;
  checkCutCircuit(
    circuit,
    cutCircuit,
    options.widthOf === undefined ? options : { ...options, maxWidth: undefined },
  );
  const proven = lowerBound !== null && value <= lowerBound * (1 + 1e-9);
  return {
    parts,
    cutCircuit,
    objective,
    value,
    lowerBound: lowerBound === null ? null : Math.min(value, lowerBound),
    proven,
    seconds: pace.seconds,
    interrupted: pace.interrupted,
  };
}

/** Cuts that are cheapest by the least that each can cost, and the overhead that no cuts made together go below. */
async function boundTogether(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
): Promise<{ readonly parts: readonly GatePart[]; readonly overhead: number } | undefined> {
  const [found] = await orNone(searchCuts(circuit, options, pace, 'joint'));
  if (found === undefined) return undefined;
  return { parts: found.parts, overhead: leastGamma(Math.log2(found.lowerBound ?? 1) / 2, options) ** 2 };
}

/**
 * The least gamma where wires count log2 of 4 and gates log2 of (gamma + 1) / 2 and the sum is at least `logarithm`: w
 * wires and gates that are all made together have 4^w (2 S - 1).
 */
function leastGamma(logarithm: number, { wireCutsOnly, gateCutsOnly }: FindCutsOptions): number {
  if (wireCutsOnly === true) return 2 ** logarithm;
  let least = 2 * 2 ** logarithm - 1;
  if (gateCutsOnly === true) return least;
  for (let wires = 1; wires < logarithm / 2 + 1; wires += 1) {
    least = Math.min(least, WIRE_GAMMA ** wires * (2 * 2 ** Math.max(0, logarithm - 2 * wires) - 1));
  }
  return least;
}

/** Gamma of the cheapest cut, where one is needed and no two gates can undo one another. */
function cheapestCut(circuit: Circuit, { wireCutsOnly, gateCutsOnly }: FindCutsOptions): number {
  const runs = pairRuns(circuit);
  if (wireCutsOnly === true) return WIRE_GAMMA;
  if (jointShares(circuit, runs).includes(0)) return 1;
  const gammas = runs.map((run) => gateCutBasis(runUnitary(circuit, run))).filter(({ rank }) => rank > 1);
  return gammas.reduce(
    (least, { gamma }) => Math.min(least, gamma),
    gateCutsOnly === true ? Infinity : WIRE_GAMMA,
  );
}

/** What a search finds, or nothing where nothing keeps to the limits. */
async function orNone<T>(search: Promise<T>): Promise<T[]> {
  try {
    return [await search];
  } catch (error) {
    if (error instanceof Infeasible) return [];
    if (error instanceof KroncutError && ['infeasible', 'cancelled'].includes(error.code)) return [];
    throw error;
  }
}

/** No part is chosen; what `--wire-cuts-only` and `--gate-cuts-only` keep whole stays so. */
function withoutWishes(circuit: Circuit, { wireCutsOnly, gateCutsOnly }: FindCutsOptions): CutWishes {
  const gates = buildCutGraph(circuit).gatePositions;
  return {
    parts: gates.map(() => null),
    wholeGates: wireCutsOnly === true ? [...gates.keys()] : [],
    wholeWires: gateCutsOnly === true ? Array.from({ length: circuit.qubits }, (_, qubit) => qubit) : [],
    source: 'the search',
  };
}
