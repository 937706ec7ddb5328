/**
 * Cuts for the least overhead with classical communication. What a wire costs depends on the wires cut beside it, so no
 * sum over edges says it: cuts made one by one, of wires and gates and of wires alone, are starts for moves on the true
 * objective, and the bound on the former bounds the latter too.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { bestOfStarts, orNone } from './bestOfStarts.js';
import { KroncutError } from '../../../error.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import { communication, leastCommunicating } from '../../joint/communication.js';
import { predictCost } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import { findCuts } from '../findCuts.js';
import { DEFAULT_TIME_LIMIT, type CutSolution, type FindCutsOptions } from '../component/findCutsOptions.js';
import type { GatePart } from '../../model/cutGraph.js';
import { limitsText } from '../../model/limits.js';
import { Pace } from '../../../run/resources/pace.js';
import { optionName } from '../../../options/optionName.js';

/** Share of the time for each of the two starts. */
const START_SHARE = 0.35;

/** Sampling overhead of cuts with communication. */
export function communicatingOverhead(cut: CutCircuit): number {
  return communication(cut).gamma ** 2;
}

/** Cuts as `findCuts` finds them, with the same options and errors; the overhead is that with communication. */
export async function findCommunicatingCuts(
  circuit: Circuit,
  options: FindCutsOptions,
): Promise<CutSolution> {
  const { timeLimit = DEFAULT_TIME_LIMIT, objective = 'cost', signal, costs } = options;
  const pace = new Pace(timeLimit, signal, options.clock);
  // Made one by one, cuts may cost more than with communication: that is limited in the end.
  const alone = { ...options, maxOverhead: undefined, timeLimit: START_SHARE * timeLimit };
  const single = await findCuts(circuit, alone);
  if (single.cutCircuit.cuts.length === 0) return single;
  const measured = { ...options, overheadOf: communicatingOverhead };
  const price = (cut: CutCircuit): number =>
    objective === 'cost' ? predictCost(cut, costs).total : communicatingOverhead(cut);
  const starts = [{ parts: single.parts }];
  if (options.wireCutsOnly !== true && options.gateCutsOnly !== true) {
    const wires = await orNone(findCuts(circuit, { ...alone, wireCutsOnly: true }));
    if (wires !== undefined) starts.push({ parts: wires.parts });
  }
  const build = (parts: readonly GatePart[]): CutCircuit => buildCutCircuit(circuit, parts);
  const source = optionName('classicalCommunication');
  const input = { circuit, options: measured, source, starts, build, price, pace };
  const { best, least } = await bestOfStarts(input);
  if (best === undefined) {
    throw new KroncutError(
      'infeasible',
      `no cuts with classical communication give ${limitsText(options)} (not proven); the least sampling overhead found ` +
        `is ${least}: use ${optionName('maxOverhead')} ${Math.ceil(least)}, or a larger ${optionName('maxWidth')}`,
      { details: { proven: false, option: 'maxOverhead', enough: least } },
    );
  }
  const { lowerBound: one } = single;
  const bound =
    one === null || objective === 'cost' ? one : leastCommunicating(Math.sqrt(one)) ** 2 * (1 - 1e-12);
  const proven = bound !== null && best.value <= bound * (1 + 1e-9);
  const lowerBound = bound === null || proven ? best.value : Math.min(best.value, bound);
  return {
    ...best,
    objective,
    lowerBound: bound === null ? null : lowerBound,
    proven,
    seconds: pace.seconds,
    interrupted: pace.interrupted,
  };
}
