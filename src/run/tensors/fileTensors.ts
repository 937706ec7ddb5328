/** Tensors in the folder of a run: `tensors/NAME.npy`, and beside each `tensors/NAME.json`, without which it is not believed. */
import { lstat, readdir, rm } from 'node:fs/promises';
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
  recordText,
  writeFileAtomic,
  type FileRecord,
} from '../files/files.js';
import { fileRecord } from '../directory/manifest.js';
import { requireDisk } from '../resources/space.js';
import { npyHeader } from '../files/npy.js';
import { readNpyFile } from '../files/readNpy.js';
import { readRegular } from '../files/inputs.js';
import { countsOfRows, rowsOfCounts, type Counts } from './counts.js';
import type { MadeTensor, TensorRecord, TensorStore, Uncertainty } from './tensorStore.js';

const confusion = z.object({ oneOfZero: z.number(), zeroOfOne: z.number() });

/** What `tensors/N.json` says about `tensors/N.npy`. */
const registrationSchema = z.object({
  key: z.string(),
  ...fileRecord.shape,
  seconds: z.number().nonnegative(),
  rank: z.number().int().nonnegative().optional(),
  began: z.string().optional(),
  uncertainty: z.object({ data: z.enum(['exact', 'sampled', 'imported']) }).optional(),
  /** Of the file of counts, and how often each subexperiment was run. */
  counts: z
    .object({
      file: fileRecord,
      shots: z.array(z.number().nonnegative()),
      readout: z.object({ outcomes: z.array(confusion), ends: z.array(confusion) }).optional(),
    })
    .optional(),
  /** See `CountSource`. */
  sources: z
    .array(
      z.object({
        file: z.string(),
        sha256: z.string(),
        imported: z.string(),
        shots: z.number().nonnegative().nullable(),
        backend: z.string().optional(),
      }),
    )
    .readonly()
    .optional(),
});
type Registration = z.infer<typeof registrationSchema>;
const checkedSchema = registrationSchema.extend({ check: z.string().optional() });

/** What a registration says of the work, and not of the answer. */
const OF_WORK = { seconds: true, rank: true, began: true } as const;

/** Hash of what a registration says but for the work, so that none is believed that was changed. */
function checkOf(registration: Registration): string {
  return recordText(JSON.stringify(registrationSchema.omit(OF_WORK).parse(registration))).sha256;
}

/** A tensor that is written takes the place of a file alone. */
async function refuseFolder(file: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (there?.isDirectory() === true) {
    throw new KroncutError('input', `${file} cannot be written: it is a folder; remove it`);
  }
}

/** Tensor file of a subcircuit by its number, or of a variant by its name; relative to the folder of the run. */
export function tensorFile(name: number | string): string {
  return `tensors/${name}.npy`;
}

/** What is known of a tensor file; relative to the folder of the run. */
export function registrationFile(name: string): string {
  return `tensors/${name}.json`;
}

/** File of the counts that a tensor was made of; relative to the folder of the run. */
export function countsFile(name: string): string {
  return `${COUNTS_FOLDER}/${name}.npy`;
}

const COUNTS_FOLDER = 'subexperiments';
/** Most numbers in a file of counts. */
const MOST_COUNTS = 2 ** 30;

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
    if (!(await isIntact(this.#file(name), registration))) return undefined;
    const { counts } = registration;
    if (counts !== undefined && !(await isIntact(this.#countsFile(name), counts.file))) return undefined;
    return registration;
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
    for (const place of [folder, join(this.#directory, COUNTS_FOLDER)]) {
      for (const file of (await exists(place)) ? await readdir(place) : []) {
        if (!kept.has(file)) await rm(join(place, file), { recursive: true, force: true });
      }
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
    await refuseFolder(file);
    const { seconds, rank, began, uncertainty, counts, sources } = await make(file);
    const registration: Registration = {
      key,
      ...(await recordFile(file)),
      seconds,
      ...(rank === undefined ? {} : { rank }),
      ...(began === undefined ? {} : { began }),
      ...(uncertainty === undefined ? {} : { uncertainty }),
      ...(counts === undefined ? {} : { counts: await this.#writeCounts(name, counts) }),
      ...(sources === undefined ? {} : { sources }),
    };
    const text = JSON.stringify({ ...registration, check: checkOf(registration) });
    // What was computed is computed again where the power failed; what was measured is not.
    const durable = uncertainty !== undefined || sources !== undefined;
    await writeFileAtomic(this.#registrationFile(name), `${text}\n`, { durable, inFolder: true });
  }

  share(names: readonly string[]): Promise<Readonly<Record<string, FileRecord>>> {
    return this.#context.cluster.onRoot(() => this.records(names));
  }

  /** Not collective: the records of the files of tensors that were put, by their names. */
  async records(names: readonly string[]): Promise<Readonly<Record<string, FileRecord>>> {
    const files: Record<string, FileRecord> = {};
    for (const name of names) {
      const registration = await this.#registration(name);
      if (registration === undefined) {
        throw new KroncutError('internal', `${tensorFile(name)} was evaluated but is not registered`);
      }
      files[tensorFile(name)] = fileRecord.parse(registration);
      if (registration.counts !== undefined) files[countsFile(name)] = registration.counts.file;
      // What is known of errors stands in the registration alone.
      if (registration.uncertainty !== undefined) {
        files[registrationFile(name)] = await recordFile(this.#registrationFile(name));
      }
    }
    return files;
  }

  open(name: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle> {
    const { native } = this.#context;
    return invoke(native, () => native.openTensor(this.#file(name), bonds, bits));
  }

  openAll(name: string, bonds: readonly number[], bits: readonly number[]): Promise<readonly TensorHandle[]> {
    const { native } = this.#context;
    return invoke(native, () => native.openTensors(this.#file(name), bonds, bits));
  }

  async counts(name: string): Promise<Counts> {
    const registration = await this.#registration(name);
    if (registration?.counts === undefined) {
      throw new KroncutError('internal', `there are no counts of tensor ${name} in ${this.#directory}`);
    }
    const file = this.#countsFile(name);
    const { values } = await readNpyFile(file, MOST_COUNTS);
    const rows = values.filter((_, i) => i % 2 === 0);
    const { shots, readout } = registration.counts;
    const counts = countsOfRows(rows, shots, file);
    return readout === undefined ? counts : { ...counts, readout };
  }

  async #writeCounts(name: string, counts: Counts): Promise<NonNullable<Registration['counts']>> {
    const rows = rowsOfCounts(counts);
    await makeFolder(join(this.#directory, COUNTS_FOLDER));
    const file = this.#countsFile(name);
    const data = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    await writeFileAtomic(file, Buffer.concat([npyHeader('<f8', rows.length / 3, 3), data]), {
      inFolder: true,
    });
    const { shots, readout } = counts;
    return {
      file: await recordFile(file),
      shots: [...shots],
      ...(readout === undefined
        ? {}
        : { readout: { outcomes: [...readout.outcomes], ends: [...readout.ends] } }),
    };
  }

  #countsFile(name: string): string {
    return join(this.#directory, countsFile(name));
  }

  #file(name: string): string {
    return join(this.#directory, tensorFile(name));
  }

  #registrationFile(name: string): string {
    return join(this.#directory, registrationFile(name));
  }

  async #registration(name: string): Promise<Registration | undefined> {
    try {
      const text = await readRegular(this.#registrationFile(name));
      const parsed = checkedSchema.safeParse(JSON.parse(text));
      if (!parsed.success) return undefined;
      const { check, ...registration } = parsed.data;
      // Exact tensors of earlier versions have no check; nothing in their registration changes an answer.
      const whole =
        check === undefined ? registration.uncertainty === undefined : check === checkOf(registration);
      return whole ? registration : undefined;
    } catch {
      return undefined;
    }
  }
}
