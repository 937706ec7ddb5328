/** Tensors that are made of counts, as a store keeps them. */
import type { CutCircuit, Subcircuit } from '../cut/model/cutCircuit.js';
import type { Precision } from '../native/addon.js';
import { writeFileAtomic } from '../run/files/files.js';
import { npyHeader } from '../run/files/npy.js';
import type { Counts } from '../run/tensors/counts.js';
import type { MadeTensor, TensorValues } from '../run/tensors/tensorStore.js';
import { tensorOfCounts } from '../subexperiments/counts.js';
import { cutEndsOf } from '../subexperiments/subexperiments.js';

/** The tensor that counts of all subexperiments of a subcircuit tell: in `file` (.npy), or as values where none is named. */
export async function countedTensor(
  cut: CutCircuit,
  subcircuit: Subcircuit,
  counts: Counts,
  precision: Precision,
  file: string | undefined,
): Promise<Pick<MadeTensor, 'values' | 'counts'>> {
  const outcomes = subcircuit.outcomes.length;
  const values = tensorOfCounts(cutEndsOf(cut, subcircuit), outcomes, counts);
  const kept = precision === 'double' ? values : Float32Array.from(values);
  if (file === undefined) return { values: kept, counts };
  await writeTensor(file, kept, outcomes);
  return { counts };
}

/** A tensor file as exact evaluation writes it. */
export async function writeTensor(file: string, values: TensorValues, outcomes: number): Promise<void> {
  const legs = Math.round((Math.log2(values.length) - outcomes) / 2);
  const shape = [...Array.from({ length: legs }, () => 4), 2 ** outcomes];
  const [first = 1, ...rest] = shape;
  const header = npyHeader(values instanceof Float64Array ? '<f8' : '<f4', first, ...rest);
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  await writeFileAtomic(file, Buffer.concat([header, data]), { inFolder: true });
}
