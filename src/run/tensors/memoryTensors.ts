/** Tensors in the memory of every rank, for answers that leave no files. */
import { KroncutError } from '../../error.js';
import type { TensorHandle } from '../../native/addon.js';
import type { Context } from '../context.js';
import type { FileRecord } from '../files/files.js';
import type { Counts } from './counts.js';
import { requireMemory } from '../resources/space.js';
import type { MadeTensor, TensorRecord, TensorStore, TensorValues, Uncertainty } from './tensorStore.js';

/** An axis of a tensor that is no outcome has four values. */
const EXTENT = 4;

export interface KeptTensor {
  readonly record: TensorRecord;
  readonly values: TensorValues;
  readonly counts?: Counts | undefined;
}

/** Tensors by their names, on every rank; whoever holds them keeps them from one job to the next. */
export type KeptTensors = Map<string, KeptTensor>;

export class MemoryTensors implements TensorStore {
  readonly #context: Pick<Context, 'cluster' | 'native' | 'memory'>;
  readonly #held: KeptTensors;
  /** Put on this rank and not known to the others yet. */
  readonly #own = new Set<string>();

  constructor(context: Pick<Context, 'cluster' | 'native' | 'memory'>, kept: KeptTensors = new Map()) {
    this.#context = context;
    this.#held = kept;
  }

  /** True on every rank once the tensor was shared. */
  holds(name: string): boolean {
    return this.#held.has(name);
  }

  async find(name: string): Promise<TensorRecord | undefined> {
    return this.#held.get(name)?.record;
  }

  async clear(except: readonly string[] = []): Promise<void> {
    for (const name of this.#held.keys()) if (!except.includes(name)) this.#held.delete(name);
  }

  async uncertainties(names: readonly string[]): Promise<Readonly<Record<string, Uncertainty>>> {
    const found: Record<string, Uncertainty> = {};
    for (const name of names) {
      const uncertainty = this.#held.get(name)?.record.uncertainty;
      if (uncertainty !== undefined) found[name] = uncertainty;
    }
    return found;
  }

  async prepare(bytes: number): Promise<void> {
    const held = [...this.#held.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
    requireMemory(
      held + bytes,
      this.#context.memory,
      'keeping the subcircuit tensors in memory',
      'name a run directory to keep them in files',
    );
  }

  async put(
    name: string,
    key: string,
    make: (file: string | undefined) => Promise<MadeTensor>,
  ): Promise<void> {
    this.#held.delete(name);
    const { values, counts, ...made } = await make(undefined);
    if (values === undefined) throw new KroncutError('internal', `tensor ${name} was not made in memory`);
    this.#held.set(name, { record: { ...made, key }, values, counts });
    this.#own.add(name);
  }

  /** Every rank receives the tensors of all others, each as a sum with zeros. */
  async share(): Promise<Readonly<Record<string, FileRecord>>> {
    const { cluster } = this.#context;
    const own = [...this.#own].flatMap((name) => {
      const held = this.#held.get(name);
      if (held === undefined) return [];
      const { record, values, counts = null } = held;
      const single = values instanceof Float32Array;
      return [{ name, record, length: values.length, single, counts }];
    });
    for (const [rank, tensors] of (await cluster.gather(own)).entries()) {
      for (const { name, record, length, single, counts } of tensors) {
        if (cluster.size === 1) continue;
        const mine = rank === cluster.rank ? doubles(this.#values(name)) : new Float64Array(length);
        const values = await cluster.reduce(mine, 'sum');
        const kept = single ? Float32Array.from(values) : values;
        this.#held.set(name, { record, values: kept, counts: counts ?? undefined });
      }
    }
    this.#own.clear();
    return {};
  }

  async open(name: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle> {
    return this.#tensor(this.#values(name), bonds, bits);
  }

  async openAll(
    name: string,
    bonds: readonly number[],
    bits: readonly number[],
  ): Promise<readonly TensorHandle[]> {
    const values = this.#values(name);
    const size = EXTENT ** bonds.length * 2 ** bits.length;
    return Array.from({ length: values.length / size }, (_, i) =>
      this.#tensor(values.subarray(i * size, (i + 1) * size), bonds, bits),
    );
  }

  async counts(name: string): Promise<Counts> {
    const counts = this.#held.get(name)?.counts;
    if (counts === undefined)
      throw new KroncutError('internal', `there are no counts of tensor ${name} in memory`);
    return counts;
  }

  #tensor(values: TensorValues, bonds: readonly number[], bits: readonly number[]): TensorHandle {
    const axes = bonds.map((label) => ({ label, extent: EXTENT }));
    return this.#context.native.createTensor(axes, bits, doubles(values));
  }

  #values(name: string): TensorValues {
    const held = this.#held.get(name);
    if (held === undefined) throw new KroncutError('internal', `there is no tensor ${name} in memory`);
    return held.values;
  }
}

function doubles(values: TensorValues): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}
