/** Tensors of counts in place of which stands the nearest that a subcircuit could have, under names of their own. */
import { setImmediate } from 'node:timers/promises';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { required } from '../error.js';
import type { Precision } from '../native/addon.js';
import { VALUE_BYTES } from '../native/valueBytes.js';
import { throwIfAborted } from '../run/context.js';
import { sha256 } from '../run/files/fileHash.js';
import { rowsOfCounts, type Counts } from '../run/tensors/counts.js';
import { tensorOfCounts } from '../subexperiments/counts.js';
import { repairedFragment } from '../subexperiments/repair/fragment.js';
import { cutEndsOf } from '../subexperiments/subexperiments.js';
import { writeTensor } from './countedTensor.js';
import type { Evaluator, NamedSubcircuit } from './evaluator.js';
import { TURN } from './sampled.js';
import { bindSubcircuit, evaluateTasks, tensorKey } from './tasks.js';

/** The name of what stands in place of a tensor. */
export function repairedName(name: string): string {
  return `${name}.mlft`;
}

/** Tensors that are held while one is repaired. */
const HELD = 6;

/** `counts` by the names of the repaired tensors. */
export function repairedEvaluator(
  cut: CutCircuit,
  precision: Precision,
  counts: ReadonlyMap<string, Counts>,
): Evaluator {
  const countsOf = (name: string): Counts => required(counts.get(name), `the counts of ${name}`);
  return {
    key: ({ name, subcircuit }) => {
      const exact = tensorKey(bindSubcircuit(cut, subcircuit), precision);
      const { shots, readout } = countsOf(name);
      const rows = sha256(Buffer.from(rowsOfCounts(countsOf(name)).buffer));
      return sha256(JSON.stringify(['mlft', exact, rows, [...shots], readout]));
    },
    tasks: (named) =>
      evaluateTasks(cut, precision, 1, named).map((task) => {
        const held = 4 ** task.shape.legs * 2 ** task.shape.outcomes;
        return { ...task, bytes: HELD * VALUE_BYTES * held };
      }),
    async evaluate(context, { name, subcircuit }: NamedSubcircuit, file, onWork) {
      const begin = performance.now();
      const ends = cutEndsOf(cut, subcircuit);
      const tensor = tensorOfCounts(ends, subcircuit.outcomes.length, countsOf(name));
      let turn = begin;
      const values = await repairedFragment(tensor, subcircuit, ends, async (fraction) => {
        if (performance.now() - turn < TURN) return;
        await setImmediate();
        throwIfAborted(context.signal);
        onWork(fraction);
        turn = performance.now();
      });
      const kept = precision === 'double' ? values : Float32Array.from(values);
      const seconds = (performance.now() - begin) / 1000;
      if (file === undefined) return { values: kept, seconds };
      await writeTensor(file, kept, subcircuit.outcomes.length);
      return { seconds };
    },
  };
}
