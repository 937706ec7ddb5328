/**
 * Where tensors go when they are evaluated, and come from when they are contracted: `FileTensors`, in a folder,
 * `MemoryTensors`, on every rank, or `LayeredTensors`, the one above the other.
 */
import type { Counts } from './counts.js';
import type { TensorHandle } from '../../native/addon.js';
import type { FileRecord } from '../files/files.js';

/** Where the values of a tensor come from: computed, drawn as a device would, or measured on one. */
export type DataKind = 'exact' | 'sampled' | 'imported';

/** What is known of a tensor's errors beside rounding. */
export interface Uncertainty {
  /** Where it is not `exact`, the store has the counts that the values were made of. */
  readonly data: DataKind;
}

/** A file that counts of a tensor came from. */
export interface CountSource {
  /** Its name as it was given, and a hash of its text. */
  readonly file: string;
  readonly sha256: string;
  /** When it was taken in, as ISO 8601 writes it. */
  readonly imported: string;
  /** Shots of this tensor's subexperiments in it; null where it does not say. */
  readonly shots: number | null;
  /** What ran them, where the file says it. */
  readonly backend?: string | undefined;
}

/** What a store knows of a tensor that it holds. */
export interface TensorRecord {
  /** Identity of the values: equal keys mean equal tensors. */
  readonly key: string;
  readonly seconds: number;
  /** The rank that made it, and when it began, as ISO 8601 writes it: for people. Left out by earlier versions. */
  readonly rank?: number | undefined;
  readonly began?: string | undefined;
  /** Left out where the values are exact. */
  readonly uncertainty?: Uncertainty | undefined;
  /** Where the counts came from, in the order in which they did; left out where nothing was measured elsewhere. */
  readonly sources?: readonly CountSource[] | undefined;
}

/** Values in double or in single precision. */
export type TensorValues = Float64Array | Float32Array;

/** A tensor that was just made. */
export interface MadeTensor extends Omit<TensorRecord, 'key'> {
  /** The values in C order and in the precision that they are kept in, where they were not written to a file. */
  readonly values?: TensorValues | undefined;
  /** What the values were made of, where they are estimates. */
  readonly counts?: Counts | undefined;
}

export interface TensorStore {
  /** For use on the root: what is held under a name, if it is whole; undefined otherwise. */
  find(name: string): Promise<TensorRecord | undefined>;
  /**
   * For use on the root, before tensors of `bytes` in all are put: makes ready for them. Throws `disk` or `memory` where
   * they do not fit.
   */
  prepare(bytes: number): Promise<void>;
  /**
   * Not collective: takes in the tensor that `make` makes, in a file of this name where it is given one. What was held
   * under the name before is forgotten first.
   */
  put(name: string, key: string, make: (file: string | undefined) => Promise<MadeTensor>): Promise<void>;
  /**
   * Collective, after each of the tensors was put on some rank or found: from now on every rank can open them. Gives
   * the records of files, by their names, on every rank.
   */
  share(names: readonly string[]): Promise<Readonly<Record<string, FileRecord>>>;
  /** For use on the root: forgets all tensors but these, so that they are evaluated again. */
  clear(except?: readonly string[]): Promise<void>;
  /** For use on the root: what is known of the errors of those tensors that are not exact, by their names. */
  uncertainties(names: readonly string[]): Promise<Readonly<Record<string, Uncertainty>>>;
  /** Not collective: a tensor with these labels of its axes of four values, and outcome bits, lowest first. */
  open(name: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle>;
  /** The same for tensors of one shape under one name, numbered by their first axis. */
  openAll(name: string, bonds: readonly number[], bits: readonly number[]): Promise<readonly TensorHandle[]>;
  /** Not collective: what the values of a tensor were made of. Throws `internal` where they are exact. */
  counts(name: string): Promise<Counts>;
}
