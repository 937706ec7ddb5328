/**
 * The tensors of a run's folder, and above them those that are in memory for as long as it is open: all that are made where
 * the folder cannot be written, and otherwise those that were put there.
 */
import type { TensorHandle } from '../../native/addon.js';
import type { FileRecord } from '../files/files.js';
import type { Counts } from './counts.js';
import type { FileTensors } from './fileTensors.js';
import type { MemoryTensors } from './memoryTensors.js';
import type { MadeTensor, TensorRecord, TensorStore, Uncertainty } from './tensorStore.js';

export class LayeredTensors implements TensorStore {
  readonly #files: FileTensors;
  readonly #memory: MemoryTensors;
  /** Where new tensors go. */
  readonly #made: FileTensors | MemoryTensors;

  constructor(files: FileTensors, memory: MemoryTensors, writable: boolean) {
    this.#files = files;
    this.#memory = memory;
    this.#made = writable ? files : memory;
  }

  async find(name: string): Promise<TensorRecord | undefined> {
    return (await this.#memory.find(name)) ?? this.#files.find(name);
  }

  prepare(bytes: number): Promise<void> {
    return this.#made.prepare(bytes);
  }

  put(name: string, key: string, make: (file: string | undefined) => Promise<MadeTensor>): Promise<void> {
    return this.#made.put(name, key, make);
  }

  async share(names: readonly string[]): Promise<Readonly<Record<string, FileRecord>>> {
    await this.#memory.share();
    return this.#files.share(names.filter((name) => !this.#memory.holds(name)));
  }

  clear(except?: readonly string[]): Promise<void> {
    return this.#made.clear(except);
  }

  async uncertainties(names: readonly string[]): Promise<Readonly<Record<string, Uncertainty>>> {
    return { ...(await this.#files.uncertainties(names)), ...(await this.#memory.uncertainties(names)) };
  }

  open(name: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle> {
    return this.#holderOf(name).open(name, bonds, bits);
  }

  openAll(name: string, bonds: readonly number[], bits: readonly number[]): Promise<readonly TensorHandle[]> {
    return this.#holderOf(name).openAll(name, bonds, bits);
  }

  counts(name: string): Promise<Counts> {
    return this.#holderOf(name).counts(name);
  }

  #holderOf(name: string): TensorStore {
    return this.#memory.holds(name) ? this.#memory : this.#files;
  }
}
