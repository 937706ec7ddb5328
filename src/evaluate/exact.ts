/** Exact evaluation: the isometry of a subcircuit, simulated, gives its tensor up to rounding. */
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import type { Precision } from '../native/addon.js';
import { compute } from '../run/context.js';
import type { Evaluator } from './evaluator.js';
import { bindSubcircuit, distinctTasks, lowerSubcircuit, tensorKey } from './tasks.js';

/** `threads` is what a task takes of a rank. */
export function exactEvaluator(cut: CutCircuit, precision: Precision, threads: number): Evaluator {
  return {
    key: ({ subcircuit, strings }) => tensorKey(bindSubcircuit(cut, subcircuit), precision, strings),
    tasks: (named) => distinctTasks(cut, precision, threads, named),
    evaluate: async (context, { subcircuit, strings }, file, onWork) => {
      const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit));
      const { seconds, values } = await compute(
        context,
        (options) => {
          const asked = { ...options, file, precision };
          return strings === undefined
            ? context.native.evaluateSubcircuit(program, asked)
            : context.native.evaluateReduced(program, { ...asked, strings });
        },
        onWork,
      );
      if (values === undefined || precision === 'double') return { seconds, values };
      return { seconds, values: Float32Array.from(values) };
    },
  };
}
