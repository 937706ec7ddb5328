/** A run in a folder that cannot be written: what is kept of answers is in memory, and nothing is locked. */
import { join } from 'node:path';
import { KroncutError } from '../../error.js';
import { exists, isIntact, recordFile, recordText, type FileRecord } from '../files/files.js';
import { readText } from '../files/inputs.js';
import type { Manifest } from './manifest.js';
import { Run } from './run.js';

export class ReadOnlyRun extends Run {
  readonly writable = false;
  readonly #path: string;
  readonly #kept = new Map<string, string>();

  constructor(path: string, manifest: Manifest) {
    super(manifest);
    this.#path = path;
  }

  begin(): Promise<void> {
    return this.#refuse();
  }

  async write(name: string, data: string): Promise<FileRecord> {
    this.#kept.set(name, data);
    return recordText(data);
  }

  async read(name: string): Promise<string> {
    return this.#kept.get(name) ?? readText(this.nameOf(name));
  }

  remove(): Promise<void> {
    return this.#refuse();
  }

  async has(name: string): Promise<boolean> {
    return this.#kept.has(name) || exists(this.nameOf(name));
  }

  record(name: string): Promise<FileRecord> {
    return recordFile(this.nameOf(name));
  }

  incoming(): Promise<undefined> {
    return this.#refuse();
  }

  takeIn(): Promise<void> {
    return this.#refuse();
  }

  nameOf(name: string): string {
    return join(this.#path, name);
  }

  close(): void {}

  protected async isIntact(name: string, record: FileRecord): Promise<boolean> {
    return this.#kept.has(name) || isIntact(this.nameOf(name), record);
  }

  protected async save(): Promise<void> {}

  async #refuse(): Promise<never> {
    throw new KroncutError('input', `${this.#path} cannot be written`);
  }
}
