/** A run that leaves no files: what it keeps is in the memory of the root rank, for as long as somebody holds the run. */
import { KroncutError } from '../../error.js';
import { recordText, type FileRecord } from '../files/files.js';
import type { Manifest, RunIdentity } from './manifest.js';
import { newManifest, Run } from './run.js';

export class MemoryRun extends Run {
  readonly writable = false;
  readonly #kept = new Map<string, string>();

  constructor(version: string, identity: RunIdentity) {
    super(newManifest(version, identity));
  }

  async begin(): Promise<void> {}

  async write(name: string, data: string): Promise<FileRecord> {
    this.#kept.set(name, data);
    return recordText(data);
  }

  async read(name: string): Promise<string> {
    const text = this.#kept.get(name);
    if (text === undefined) throw new KroncutError('input', `${this.nameOf(name)} is not there`);
    return text;
  }

  async remove(...names: readonly string[]): Promise<void> {
    for (const kept of this.#kept.keys()) {
      if (names.some((name) => kept === name || kept.startsWith(`${name}/`))) this.#kept.delete(kept);
    }
  }

  async has(name: string): Promise<boolean> {
    return this.#kept.has(name);
  }

  async record(name: string): Promise<FileRecord> {
    return recordText(await this.read(name));
  }

  async incoming(): Promise<undefined> {}

  async takeIn(_: readonly string[], next: Manifest): Promise<void> {
    this.state = next;
  }

  nameOf(name: string): string {
    return `${name} of a run in memory`;
  }

  close(): void {}

  /** Nobody else writes here. */
  protected async isIntact(name: string): Promise<boolean> {
    return this.#kept.has(name);
  }

  protected async save(): Promise<void> {}
}
