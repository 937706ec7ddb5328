/** `compile --then cut`: compiles a circuit, cuts the result, and says what that saved. */
import type { Circuit } from '../circuit/circuit.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { countSubexperiments } from '../cut/solution/subexperiments.js';
import { cutSummary, type CutSummary } from '../cut/solution/summary.js';
import { KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import { inverseOf, isIdentity, onPlaces } from '../compile/gates/permutation.js';
import { compileIn, type CompileResult } from './compile.js';
import {
  type CompileOptions,
  type CompileThenCutChoices,
  THEN_CUT_OPTIONS,
  COMPILE_OPTIONS,
} from './options/compile.js';
import { withContext } from './context.js';
import { withNewRun } from './cut.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import type { CutOptions } from './options/cut.js';
import { inMemory, type InMemory } from './input/openRun.js';
import { solveCuts } from '../predict/solveCuts.js';
import { checkOptions } from '../options/option.js';

/**
 * Cuts, and the circuits that hardware would run: six preparations for each wire that enters, three settings for each
 * that leaves, and at each end of a cut gate of r terms r operators and three combinations of any two of them.
 */
export interface CutEffort extends CutSummary {
  readonly subexperiments: number;
}

/** The compiled circuit, and the run that was begun with it. */
export interface CompileThenCutResult extends CompileResult, Partial<InMemory> {
  readonly cut: {
    /** Cuts of the circuit as it was; null where no cut satisfies the constraints. */
    readonly before: CutEffort | null;
    /** Cuts of the compiled circuit, which the run now holds. */
    readonly after: CutEffort;
  };
}

/**
 * Collective: compiles a circuit and begins a run with cuts of the compiled one.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `infeasible` where no cuts keep to the limits.
 */
export async function compileThenCut(
  source: CircuitSource,
  options: CompileOptions,
  cutting: CompileThenCutChoices,
): Promise<CompileThenCutResult> {
  await checkCall(COMPILE_OPTIONS, options, () => {
    checkSource(source);
    checkOptions(THEN_CUT_OPTIONS, cutting);
  });
  return withContext(options, async (context) => {
    const choices = { ...cutting, seed: options.seed };
    const { result, original } = await compileIn(context, source, options, true);
    const before = await context.cluster.onRoot(() => effortOf(context, original, choices));
    const compiled = startingPermuted(original, result) ?? options.output ?? result.circuit;
    return withNewRun(context, compiled, choices, async (run) => ({
      ...result,
      cut: { before, after: effort(run.cutCircuit, run.quality) },
      ...inMemory(run),
    }));
  });
}

/**
 * The compiled circuit on places on which its qubits end as they were, beginning in another order: of |0...0> both orders
 * make the same. Undefined where qubits end in their own.
 */
function startingPermuted(original: Circuit, { circuit, permutation }: CompileResult): Circuit | undefined {
  if (isIdentity(permutation)) return undefined;
  return { ...original, gates: onPlaces(circuit.gates, inverseOf(permutation)) };
}

async function effortOf(context: Context, circuit: Circuit, choices: CutOptions): Promise<CutEffort | null> {
  try {
    const solution = await solveCuts(circuit, context, choices);
    return effort(solution.cutCircuit, solution);
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'infeasible') return null;
    throw error;
  }
}

function effort(cutCircuit: CutCircuit, quality: Parameters<typeof cutSummary>[1]): CutEffort {
  return { ...cutSummary(cutCircuit, quality), subexperiments: countSubexperiments(cutCircuit).total };
}
