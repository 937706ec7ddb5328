/** Exact evaluation: the isometry of a subcircuit, simulated, gives its tensor up to rounding. */
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { compute } from '../run/context.js';
import type { Evaluator } from './evaluator.js';
import { bindSubcircuit, evaluateTasks, lowerSubcircuit, tensorKey } from './tasks.js';

/** `threads` is what a task takes of a rank. */
export function exactEvaluator(cut: CutCircuit, precision: Precision, threads: number): Evaluator {
  return {
    key: ({ subcircuit }) => tensorKey(bindSubcircuit(cut, subcircuit), precision),
    tasks: (named) => evaluateTasks(cut, precision, threads, named),
    evaluate: async (context, { subcircuit }, file, onWork) => {
      if (file === undefined) throw new KroncutError('internal', 'tensors are evaluated into files');
      const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit));
      const { seconds } = await compute(
        context,
        (options) => context.native.evaluateSubcircuit(program, { ...options, file, precision }),
        onWork,
      );
      return { seconds };
    },
  };
}
