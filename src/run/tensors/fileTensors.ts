/** Tensors in the folder of a run: `tensors/NAME.npy`, and beside each `tensors/NAME.json`, without which it is not believed. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KroncutError } from '../../error.js';
import type { TensorHandle } from '../../native/addon.js';
import { invoke } from '../../native/invoke.js';
import type { Context } from '../context.js';
import {
  exists,
  isIntact,
  makeFolder,
  recordFile,
  writeFileAtomic,
  type FileRecord,
} from '../files/files.js';
import { fileRecord } from '../directory/manifest.js';
import { requireDisk } from '../resources/space.js';
import type { MadeTensor, TensorRecord, TensorStore, Uncertainty } from './tensorStore.js';

/** What `tensors/N.json` says about `tensors/N.npy`. */
const registrationSchema = z.object({
  key: z.string(),
  ...fileRecord.shape,
  seconds: z.number().nonnegative(),
  uncertainty: z
    .object({ data: z.enum(['exact', 'sampled', 'imported']), covariance: z.string().optional() })
    .optional(),
});
type Registration = z.infer<typeof registrationSchema>;

/** Tensor file of a subcircuit by its number, or of a variant by its name; relative to the folder of the run. */
export function tensorFile(name: number | string): string {
  return `tensors/${name}.npy`;
}

export class FileTensors implements TensorStore {
  readonly #context: Pick<Context, 'cluster' | 'native'>;
  readonly #directory: string;

  constructor(context: Pick<Context, 'cluster' | 'native'>, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  async find(name: string): Promise<TensorRecord | undefined> {
    const registration = await this.#registration(name);
    if (registration === undefined) return undefined;
    return (await isIntact(this.#file(name), registration)) ? registration : undefined;
  }

  async uncertainties(names: readonly string[]): Promise<Readonly<Record<string, Uncertainty>>> {
    const found: Record<string, Uncertainty> = {};
    for (const name of names) {
      const uncertainty = (await this.#registration(name))?.uncertainty;
      if (uncertainty !== undefined) found[name] = uncertainty;
    }
    return found;
  }

  async clear(except: readonly string[] = []): Promise<void> {
    const folder = join(this.#directory, 'tensors');
    const kept = new Set(except.flatMap((name) => [`${name}.npy`, `${name}.json`]));
    for (const file of (await exists(folder)) ? await readdir(folder) : []) {
      if (!kept.has(file)) await rm(join(folder, file), { recursive: true, force: true });
    }
  }

  async prepare(bytes: number): Promise<void> {
    await makeFolder(join(this.#directory, 'tensors'));
    await requireDisk(bytes, this.#directory, 'storing the subcircuit tensors');
  }

  async put(
    name: string,
    key: string,
    make: (file: string | undefined) => Promise<MadeTensor>,
  ): Promise<void> {
    const file = this.#file(name);
    // Without its registration a tensor is not believed; so first the old one goes.
    await rm(this.#registrationFile(name), { force: true });
    const { seconds, uncertainty } = await make(file);
    const registration: Registration = {
      key,
      ...(await recordFile(file)),
      seconds,
      ...(uncertainty === undefined ? {} : { uncertainty }),
    };
    await writeFileAtomic(this.#registrationFile(name), `${JSON.stringify(registration)}\n`, {
      inFolder: true,
    });
  }

  share(names: readonly string[]): Promise<Readonly<Record<string, FileRecord>>> {
    return this.#context.cluster.onRoot(async () => {
      const files: Record<string, FileRecord> = {};
      for (const name of names) {
        const registration = await this.#registration(name);
        if (registration === undefined) {
          throw new KroncutError('internal', `${tensorFile(name)} was evaluated but is not registered`);
        }
        files[tensorFile(name)] = fileRecord.parse(registration);
      }
      return files;
    });
  }

  open(name: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle> {
    const { native } = this.#context;
    return invoke(native, () => native.openTensor(this.#file(name), bonds, bits));
  }

  openAll(name: string, bonds: readonly number[], bits: readonly number[]): Promise<readonly TensorHandle[]> {
    const { native } = this.#context;
    return invoke(native, () => native.openTensors(this.#file(name), bonds, bits));
  }

  #file(name: string): string {
    return join(this.#directory, tensorFile(name));
  }

  #registrationFile(name: string): string {
    return join(this.#directory, 'tensors', `${name}.json`);
  }

  async #registration(name: string): Promise<Registration | undefined> {
    try {
      const text = await readFile(this.#registrationFile(name), 'utf8');
      const parsed = registrationSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }
}
