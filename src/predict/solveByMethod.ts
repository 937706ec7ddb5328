/** The way in which a circuit is answered: cut, whole, or as its own network; where asked for, the one predicted to take least. */
import type { Circuit } from '../circuit/circuit.js';
import type { MethodChoice, MethodCost, UncutMethod } from '../cut/model/method.js';
import type { CutSolution, FindCutsOptions } from '../cut/search/component/findCutsOptions.js';
import { DEFAULT_TIME_LIMIT } from '../cut/search/component/findCutsOptions.js';
import { checkCutCircuit } from '../cut/solution/checker.js';
import { KroncutError } from '../error.js';
import { optionError, optionName } from '../options/optionName.js';
import type { Context } from '../run/context.js';
import type { CutChoices } from './cutChoices.js';
import { ANY_QUESTION, methodCost, MOST_TENSORS, uncutParts, type MethodQuestion } from './methods.js';
import { objectiveValue, solveCuts, type SearchWish } from './solveCuts.js';

/** Choices that are about cuts: nobody who leaves a circuit uncut means one of them. */
const ABOUT_CUTS = [
  'maxWidth',
  'maxSubcircuits',
  'maxCuts',
  'maxGates',
  'maxOverhead',
  'wireCutsOnly',
  'gateCutsOnly',
  'joint',
  'reuseQubits',
  'classicalCommunication',
  'cuts',
  'labels',
] as const;

/** An answer that is predicted to take less is not worth a search for cuts. */
const WORTH_SEARCHING = 1;
/** The share of the time that the best other way takes that a search for cuts may take. */
const SEARCH_SHARE = 0.25;

/**
 * Solves a circuit by the method that the choices name. `auto` compares what is predicted for the question: whole, as its
 * own network, and, where these take more than a second, with the cuts that a quarter of that time finds. Throws `usage` for
 * choices about cuts with a method that makes none, `memory` where the network is too large to plan for.
 */
export async function solveByMethod(
  circuit: Circuit,
  context: Context,
  choices: CutChoices,
  elsewhere?: FindCutsOptions['elsewhere'],
  question: MethodQuestion = ANY_QUESTION,
): Promise<CutSolution> {
  const { method = 'cut' } = choices;
  const wish = { elsewhere, terms: question.terms?.(circuit) };
  if (method === 'cut') return solveCuts(circuit, context, choices, wish);
  if (method === 'auto') return fastest(circuit, context, choices, wish, question);
  const pointless = ABOUT_CUTS.find((key) => choices[key] !== undefined && choices[key] !== false);
  if (pointless !== undefined) {
    throw optionError(
      'method',
      ` ${method} cuts nothing; leave out ${optionName(pointless)}, or ask for ${optionName('method')} auto, which minds it where it cuts`,
    );
  }
  const found = uncut(circuit, context, choices, method);
  if (found === undefined) {
    throw new KroncutError(
      'memory',
      `the network of the circuit has more than ${MOST_TENSORS} tensors, for which no order of contraction is looked for; ` +
        `${optionName('method')} cut finds larger pieces`,
    );
  }
  return { ...found, method: { asked: method, taken: method, predicted: {} } };
}

function uncut(
  circuit: Circuit,
  context: Context,
  choices: CutChoices,
  method: UncutMethod,
): CutSolution | undefined {
  const found = uncutParts(circuit, method);
  if (found === undefined) return undefined;
  const { parts, cutCircuit } = found;
  checkCutCircuit(circuit, cutCircuit);
  const { objective = 'cost' } = choices;
  const value = objectiveValue(context, cutCircuit, choices);
  return { parts, cutCircuit, objective, value, lowerBound: null, proven: false, seconds: 0 };
}

async function fastest(
  circuit: Circuit,
  context: Context,
  choices: CutChoices,
  wish: SearchWish,
  question: MethodQuestion,
): Promise<CutSolution> {
  const given = (['cuts', 'labels'] as const).find((key) => choices[key] !== undefined);
  if (given !== undefined) {
    throw optionError(
      'method',
      ` auto chooses how to answer, and ${optionName(given)} where to cut; leave out one of them`,
    );
  }
  const ways: { solution: CutSolution; taken: MethodChoice['taken']; cost: MethodCost }[] = [];
  const least = (): number => ways.reduce((best, { cost }) => Math.min(best, cost.seconds), Infinity);
  for (const taken of ['statevector', 'contract'] as const) {
    // A way that takes no time needs no other beside it.
    const solution = least() > WORTH_SEARCHING ? uncut(circuit, context, choices, taken) : undefined;
    if (solution === undefined) continue;
    ways.push({ solution, taken, cost: methodCost(context, solution.cutCircuit, question) });
  }
  if (least() > WORTH_SEARCHING) {
    const { timeLimit = DEFAULT_TIME_LIMIT } = choices;
    const limit = Math.max(WORTH_SEARCHING, Math.min(timeLimit, SEARCH_SHARE * least()));
    try {
      const solution = await solveCuts(circuit, context, { ...choices, timeLimit: limit }, wish);
      ways.push({ solution, taken: 'cut', cost: methodCost(context, solution.cutCircuit, question) });
    } catch (error) {
      // Where no cut keeps to the limits, another way may do.
      const isNone = error instanceof KroncutError && error.code === 'infeasible';
      if (!isNone || least() === Infinity) throw error;
    }
  }
  const predicted = Object.fromEntries(ways.map(({ taken, cost }) => [taken, cost]));
  const best = ways.toSorted((a, b) => a.cost.seconds - b.cost.seconds);
  // Where nothing fits, the cuts say what is missing.
  const { solution, taken } = (best[0]?.cost.fits === true ? best[0] : ways.at(-1)) ?? missing();
  return { ...solution, method: { asked: 'auto', taken, predicted } };
}

function missing(): never {
  throw new KroncutError('internal', 'no way to answer was looked at');
}
