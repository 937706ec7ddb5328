/**
 * Finds cuts of wires and gates. Each connected component that is too wide is searched by itself: fast heuristics give
 * a warm start, counting arguments, branch and bound and a mixed-integer program prove the least sampling overhead
 * (objective `sampling`), and for the objective `cost` the predicted time is improved from the fewest bonds. An
 * independent checker sees every answer.
 */
import type { Circuit } from '../../circuit/circuit.js';
import { cancelledBy } from '../../error.js';
import { predictCost } from '../model/costModel.js';
import { DEFAULT_TIME_LIMIT, type CutSolution, type FindCutsOptions } from './component/findCutsOptions.js';
import { explainInfeasible, Infeasible, type Probe } from './infeasible.js';
import { checkLimitValues, exceededLimits, type ExceededLimit } from '../model/limits.js';
import { Pace } from '../../run/resources/pace.js';
import { reusedWidth } from '../reuse/planReuse.js';
import { findReusing } from './moves/reuseSearch.js';
import { samplingOverhead } from '../model/overhead.js';
import { searchCuts, type SearchResult } from './searchCuts.js';
import { OBJECTIVES } from '../model/objective.js';
import type { CutPrice } from './problem/gateProblem.js';
import { optionError, optionName } from '../../options/optionName.js';

/**
 * Cuts a circuit into subcircuits of at most `maxWidth` qubits.
 *
 * Throws `infeasible` where no cuts satisfy the limits (the message says whether that is proven, and what to relax),
 * `usage` for an option out of range. The signal ends the search with the best cuts so far and `interrupted: true`, or, before
 * there are any, throws `cancelled`.
 */
export async function findCuts(circuit: Circuit, asked: FindCutsOptions): Promise<CutSolution> {
  checkOptions(asked);
  const options = asked.reuseQubits === true ? { ...asked, widthOf: reusedWidth } : asked;
  const pace = new Pace(options.timeLimit ?? DEFAULT_TIME_LIMIT, options.signal, options.clock);
  try {
    const { leastProven: _, ...solution } = await findWithin(circuit, options, pace);
    return pace.interrupted ? { ...solution, interrupted: true } : solution;
  } catch (error) {
    if (!(error instanceof Infeasible)) throw error;
    if (pace.interrupted && !error.proven)
      throw cancelledBy(options.signal, 'the search for cuts was interrupted before it found any');
    throw await explainInfeasible({ circuit, options, proven: error.proven, pace, find: probe });
  }
}

/** A quick search for one limit that would do. */
async function probe(circuit: Circuit, options: FindCutsOptions, what: CutPrice): Promise<Probe> {
  const pace = new Pace(options.timeLimit ?? DEFAULT_TIME_LIMIT, options.signal, options.clock);
  try {
    const found = await findWithin(circuit, options, pace, what);
    return { cutCircuit: found.cutCircuit, proven: found.leastProven };
  } catch (error) {
    if (!(error instanceof Infeasible)) throw error;
    return { cutCircuit: undefined, proven: error.proven };
  }
}

/** Looks for the cheapest cuts; where they exceed a limit that their price does not know, for those of least excess. */
async function findWithin(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice = (options.objective ?? 'cost') === 'cost' ? 'bonds' : 'gamma',
): Promise<SearchResult> {
  if (options.reuseQubits === true) return findForDevice(circuit, options, pace, first);
  await excludeSoon(circuit, options, pace, first);
  const best = await searchCuts(circuit, options, pace, first);
  let exceeded = exceededLimits(best.cutCircuit, options, options);
  if (exceeded.length === 0) return best;
  const others: CutPrice[] = [
    ...(options.maxCuts === undefined ? [] : ['count' as const]),
    ...(options.maxOverhead === undefined ? [] : ['gamma' as const]),
  ];
  let proven = isProvenExcess(best, exceeded, first);
  for (const price of others.filter((other) => other !== first)) {
    if (proven) break;
    const next = await searchCuts(circuit, options, pace, price);
    exceeded = exceededLimits(next.cutCircuit, options, options);
    // The bound of the first search holds for all cuts, if it speaks of their price.
    const { lowerBound } = best;
    if (exceeded.length === 0)
      return { ...next, lowerBound, proven: lowerBound !== null && next.value <= lowerBound };
    proven = isProvenExcess(next, exceeded, price);
  }
  throw new Infeasible(proven);
}

/** Share of the time for finding out early that no cuts are few, or cheap, enough. */
const EXCLUSION_SHARE = 0.25;

/** Throws `Infeasible` where the least number of cuts, or their least overhead, is proven to exceed its limit. */
async function excludeSoon(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice,
): Promise<void> {
  for (const [price, limit] of [
    ['count', options.maxCuts],
    ['gamma', options.maxOverhead],
  ] as const) {
    if (limit === undefined || price === first || options.wireCutsOnly === true) continue;
    // Limits that this price does not know would only cost time.
    const alone = { ...options, objective: 'sampling', maxCuts: undefined, maxOverhead: undefined } as const;
    const time = pace.fresh(EXCLUSION_SHARE * Math.max(0, pace.left));
    const least = await searchCuts(circuit, { ...alone, maxMemory: undefined }, time, price);
    const own = price === 'count' ? { maxCuts: limit } : { maxOverhead: limit };
    const exceeded = exceededLimits(least.cutCircuit, own, options);
    if (isProvenExcess(least, exceeded, price)) throw new Infeasible(true);
  }
}

/** The same for a device that uses qubits again. */
async function findForDevice(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice,
): Promise<SearchResult> {
  const { objective = 'cost' } = options;
  const found = await findReusing({
    circuit,
    options,
    pace,
    price: (cut) =>
      first === 'count'
        ? cut.cuts.length
        : objective === 'cost'
          ? predictCost(cut, options.costs).total
          : samplingOverhead(cut.cuts),
    find: async (plain, time) => {
      try {
        return await findWithin(circuit, plain, time, first);
      } catch (error) {
        if (error instanceof Infeasible) return undefined;
        throw error;
      }
    },
  });
  if (found === undefined) throw new Infeasible(false);
  return { ...found, objective, seconds: pace.seconds, leastProven: found.proven };
}

/** Whether the cuts of least number, or of least overhead, exceed the limit on just that. */
function isProvenExcess(
  { leastProven }: SearchResult,
  exceeded: readonly ExceededLimit[],
  price: CutPrice,
): boolean {
  const own = price === 'count' ? 'maxCuts' : price === 'gamma' ? 'maxOverhead' : undefined;
  return leastProven && exceeded.some(({ kind }) => kind.key === own);
}

function checkOptions(options: FindCutsOptions): void {
  checkLimitValues(options);
  if (options.wireCutsOnly === true && options.gateCutsOnly === true) {
    throw optionError(
      'wireCutsOnly',
      ` and ${optionName('gateCutsOnly')} leave nothing to cut; give one of them`,
    );
  }
  const { timeLimit, objective = 'cost' } = options;
  if (!OBJECTIVES.includes(objective)) {
    throw optionError('objective', ` is ${objective}, but has to be ${OBJECTIVES.join(' or ')}`);
  }
  if (timeLimit !== undefined && !(timeLimit > 0)) {
    throw optionError('timeLimit', ` is ${timeLimit}, but has to be a number of seconds above 0`);
  }
}
