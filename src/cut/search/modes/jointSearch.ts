/**
 * Finds cuts that are made together. What groups save depends on the cuts around them, so no sum over edges says it: the
 * answers for cuts made one by one, and for the least that every cut can cost in a group, are starting points for moves
 * on the true objective. The second is also a lower bound.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { bestOfStarts, orNone, type Start } from './bestOfStarts.js';
import { standIn } from './wholeGateStarts.js';
import { KroncutError } from '../../../error.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import { jointShares } from '../../joint/controlShares.js';
import { predictCost } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import { findCuts } from '../findCuts.js';
import { DEFAULT_TIME_LIMIT, type CutSolution, type FindCutsOptions } from '../component/findCutsOptions.js';
import { searchCuts } from '../searchCuts.js';
import type { GatePart } from '../../model/cutGraph.js';
import { jointGamma } from '../../joint/jointGamma.js';
import { phaseGamma, phaseGroups } from '../../joint/phaseGroups.js';
import { limitsText } from '../../model/limits.js';
import { WIRE_GAMMA } from '../../model/overhead.js';
import { runBases } from '../../model/pairRuns.js';
import { Pace } from '../../../run/resources/pace.js';
import { optionName } from '../../../options/optionName.js';

/** Shares of the time for the answer one by one, for the lower bound, and for phases cut as one; moves have the rest. */
const SHARES = { single: 0.3, bound: 0.3, whole: 0.15 };

/** Cuts as `findCuts` finds them, with the same options and errors, but made together where they can be. */
export async function findJointCuts(circuit: Circuit, options: FindCutsOptions): Promise<CutSolution> {
  const { timeLimit = DEFAULT_TIME_LIMIT, objective = 'cost', signal, costs } = options;
  const pace = new Pace(timeLimit, signal, options.clock);
  const measured = { ...options, overheadOf: (cut: CutCircuit): number => jointGamma(cut) ** 2, joint: true };
  // What cuts made together cost is limited at the end: one by one they may cost more.
  const unlimited = { ...options, maxOverhead: undefined };
  const single = await findCuts(circuit, { ...unlimited, timeLimit: SHARES.single * timeLimit });
  if (single.cutCircuit.cuts.length === 0) return single;
  const { starts, lowerBound } = await startsTogether(circuit, unlimited, single, pace);
  const price = (cut: CutCircuit): number =>
    objective === 'cost' ? predictCost(cut, costs).total : jointGamma(cut) ** 2;
  const build = (parts: readonly GatePart[]): CutCircuit => buildCutCircuit(circuit, parts, { joint: true });
  const input = { circuit, options: measured, source: 'the search', starts, build, price, pace };
  const { best, least } = await bestOfStarts(input);
  if (best === undefined) {
    throw new KroncutError(
      'infeasible',
      `no cuts made together with ${limitsText(options)} were found, which is no proof that there are none; the least ` +
        `sampling overhead found is ${least}: relax ${optionName('maxOverhead')} to that, or ${optionName('maxWidth')}`,
    );
  }
  return {
    ...best,
    objective,
    lowerBound: lowerBound === null ? null : Math.min(best.value, lowerBound),
    proven: lowerBound !== null && best.value <= lowerBound * (1 + 1e-9),
    seconds: pace.seconds,
    interrupted: pace.interrupted,
  };
}

/** Cuts to start from beside those made one by one, and, for the overhead, a bound on that of cuts made together. */
async function startsTogether(
  circuit: Circuit,
  options: FindCutsOptions,
  single: CutSolution,
  pace: Pace,
): Promise<{ starts: Start[]; lowerBound: number | null }> {
  const { timeLimit = DEFAULT_TIME_LIMIT, objective = 'cost' } = options;
  const whole = await wholeStarts(circuit, options, pace);
  const starts: Start[] = [...whole, { parts: single.parts }];
  let lowerBound: number | null = null;
  // What the first search took beyond its share, the next one takes to begin and to end.
  const beyond = Math.max(0, pace.seconds - SHARES.single * timeLimit);
  const fits = (): boolean => pace.left > 2 * beyond;
  if (objective === 'sampling') {
    // Its widths count a qubit for every wire, which bounds nothing where qubits are used again.
    const bound =
      options.reuseQubits === true || !fits()
        ? undefined
        : await boundTogether(circuit, options, pace.until(pace.seconds + SHARES.bound * timeLimit));
    if (bound !== undefined) starts.push({ parts: bound.parts });
    const needed = single.lowerBound !== null && single.lowerBound > 1 && pace.left > beyond;
    // The gates of a phase cost less together than the bound knows.
    const sum = phaseGroups(circuit).length > 0 ? 1 : (bound?.overhead ?? 1);
    lowerBound = Math.max(sum, needed ? cheapestCut(circuit, options) ** 2 : 1);
  }
  if (options.wireCutsOnly !== true && options.gateCutsOnly !== true && fits()) {
    const gatesOnly = { ...options, gateCutsOnly: true, timeLimit: Math.max(0.1, 0.2 * pace.left) };
    const found = await orNone(findCuts(circuit, gatesOnly));
    if (found !== undefined) starts.push({ parts: found.parts });
  }
  return { starts, lowerBound };
}

/** Cuts that take phases of several qubits as one gate, with wires cut and without. */
async function wholeStarts(circuit: Circuit, options: FindCutsOptions, pace: Pace): Promise<Start[]> {
  const { timeLimit = DEFAULT_TIME_LIMIT, wireCutsOnly, gateCutsOnly } = options;
  const stand = wireCutsOnly === true ? undefined : standIn(circuit);
  if (stand === undefined) return [];
  const starts: Start[] = [];
  for (const gatesAlone of gateCutsOnly === true ? [true] : [false, true]) {
    const found = await orNone(
      findCuts(stand.circuit, {
        ...options,
        gateCutsOnly: gatesAlone,
        timeLimit: Math.max(0.1, Math.min(SHARES.whole * timeLimit, pace.left / 2)),
      }),
    );
    if (found === undefined) continue;
    const parts = stand.partsFrom(found.parts);
    const { cuts } = buildCutCircuit(circuit, parts, { joint: true });
    // Without a phase that is cut the other searches find it, too.
    if (cuts.some((cut) => cut.kind === 'gate' && cut.sides !== undefined))
      starts.push({ parts, tied: stand.tied });
  }
  return starts;
}

/** Cuts that are cheapest by the least that each can cost, and the overhead that no cuts made together go below. */
async function boundTogether(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
): Promise<{ readonly parts: readonly GatePart[]; readonly overhead: number } | undefined> {
  const found = await orNone(searchCuts(circuit, options, pace, 'joint'));
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
  const { runs, bases } = runBases(circuit);
  if (wireCutsOnly === true) return WIRE_GAMMA;
  if (jointShares(circuit, runs).includes(0)) return 1;
  const phases = phaseGroups(circuit).map(({ angle }) => ({ rank: 2, gamma: phaseGamma(angle) }));
  const gammas = [...bases, ...phases].filter(({ rank }) => rank > 1);
  return gammas.reduce(
    (least, { gamma }) => Math.min(least, gamma),
    gateCutsOnly === true ? Infinity : WIRE_GAMMA,
  );
}
