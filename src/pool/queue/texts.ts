/** Long texts of a pool, each in a file of its own that is named after its content. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, makeInside, writeFileAtomic } from '../../run/files/files.js';
import { readText } from '../../run/files/inputs.js';
import { hashOf } from './ledger.js';
import type { Kept } from './entries.js';

/** Characters that stand in the journal itself. */
const SHORT = 1000;

export class Texts {
  readonly #folder: string;
  #pruning: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps a text: on disk where it is long, else in what this gives. */
  async keep(text: string): Promise<Kept> {
    if (text.length <= SHORT) return { text };
    const name = hashOf(text);
    const file = join(this.#folder, name);
    // One that nobody has kept until now may be on its way out.
    await this.#pruning;
    if (!(await exists(file))) {
      await makeInside(this.#folder);
      await writeFileAtomic(file, text, { inFolder: true, mode: 0o600 });
    }
    return { file: name };
  }

  async read(kept: Kept): Promise<string> {
    return 'text' in kept ? kept.text : readText(join(this.#folder, kept.file));
  }

  /** Removes the files of texts that nobody has kept. */
  prune(kept: readonly (Kept | undefined)[]): Promise<void> {
    const pruned = this.#prune(kept);
    this.#pruning = pruned.catch(() => {});
    return pruned;
  }

  async #prune(kept: readonly (Kept | undefined)[]): Promise<void> {
    const used = new Set(kept.flatMap((one) => (one !== undefined && 'file' in one ? [one.file] : [])));
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) if (!used.has(name)) await rm(join(this.#folder, name), { force: true });
  }
}
