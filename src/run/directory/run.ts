/**
 * A run: what it is the run of, how far it is, and what it keeps under names such as `cuts.json`. Its manifest is in memory
 * (`MemoryRun`) or in a file beside the others (`RunDirectory`; `ReadOnlyRun` where they cannot be written). For use on the
 * root rank.
 */
import { z } from 'zod';
import type { FileRecord } from '../files/files.js';
import {
  MANIFEST_VERSION,
  type KeptQuestion,
  type Manifest,
  type RunIdentity,
  type Sampling,
  type StageName,
  type StageState,
  type StageWorker,
} from './manifest.js';

const TIMINGS_FILE = 'timings.json';
const timingsSchema = z.record(z.string(), z.number());

export abstract class Run {
  /** True where ranks may write files in the folder of the run. */
  abstract readonly writable: boolean;
  /** Who works on the run; noted with every stage that is finished. */
  describeWorker: (() => StageWorker) | undefined;
  protected state: Manifest;
  /** Questions that tensors in memory answer. */
  #passing: readonly KeptQuestion[] = [];

  protected constructor(state: Manifest) {
    this.state = state;
  }

  get manifest(): Manifest {
    return this.state;
  }

  /** Removes what an older run left, unless this run has begun already. */
  abstract begin(): Promise<void>;
  abstract write(name: string, data: string): Promise<FileRecord>;
  /** Throws `input` where nothing is kept under the name. */
  abstract read(name: string): Promise<string>;
  /** Removes what is kept under names, and below them. */
  abstract remove(...names: readonly string[]): Promise<void>;
  abstract has(name: string): Promise<boolean>;
  /** The record of what is kept under a name, as it is now. */
  abstract record(name: string): Promise<FileRecord>;
  /** An empty folder for files that are to come in together, by `takeIn`; undefined where the run keeps none. */
  abstract incoming(): Promise<string | undefined>;
  /** Files that were made there, by their names in the run, and a new manifest: all come in, or none. */
  abstract takeIn(files: readonly string[], next: Manifest): Promise<void>;
  /** What is kept under a name, in the words of a message. */
  abstract nameOf(name: string): string;
  /** The work ended in an error: a run that has not begun, such as one without a feasible cut, leaves no folder behind. */
  abandon(): void {}
  abstract close(): void;

  /** True where what is kept under a name still is what was recorded. */
  protected abstract isIntact(name: string, record: FileRecord): Promise<boolean>;
  /** Keeps the manifest. */
  protected abstract save(): Promise<void>;

  stage(name: StageName): StageState | undefined {
    const state = this.state.stages[name];
    if (name !== 'evaluate' || this.#passing.length === 0 || state === undefined) return state;
    return { ...state, reduced: [...(state.reduced ?? []), ...this.#passing] };
  }

  /** Until the run is closed `evaluate` has tensors for these questions too, which the manifest does not speak of. */
  answerInPassing(questions: readonly KeptQuestion[]): void {
    this.#passing = [...this.#passing, ...questions];
  }

  /** Stores how far a stage is. */
  async setStage(name: StageName, state: StageState): Promise<void> {
    const worker = state.status === 'done' ? this.describeWorker?.() : undefined;
    const noted = worker === undefined ? state : { ...state, worker };
    this.state = { ...this.state, stages: { ...this.state.stages, [name]: noted } };
    await this.save();
  }

  /** Forgets stages, and with them what they left behind. */
  async dropStages(...names: StageName[]): Promise<void> {
    const stages = { ...this.state.stages };
    for (const name of names) delete stages[name];
    this.state = { ...this.state, stages };
    await this.save();
  }

  /** Notes down how tensors get their values. */
  async setEvaluation(precision: 'single' | 'double', sampling: Sampling | null): Promise<void> {
    this.state = { ...this.state, options: { ...this.state.options, precision, sampling } };
    await this.save();
  }

  /** The record of a finished file of a stage, if the file is there and still what it was. */
  async finished(stage: StageName, name: string): Promise<FileRecord | undefined> {
    const record = this.state.stages[stage]?.files[name];
    if (record === undefined || !(await this.isIntact(name, record))) return undefined;
    return record;
  }

  /** True where a stage is done and all its files are as it left them. */
  async isDone(stage: StageName): Promise<boolean> {
    const state = this.state.stages[stage];
    if (state?.status !== 'done') return false;
    for (const [name, record] of Object.entries(state.files)) {
      if (!(await this.isIntact(name, record))) return false;
    }
    return true;
  }

  /** Adds to `timings.json`: seconds by stage or query of the latest run. */
  async addTimings(timings: Readonly<Record<string, number>>): Promise<void> {
    const all = { ...(await this.timings()), ...timings };
    await this.write(TIMINGS_FILE, `${JSON.stringify(all, null, 2)}\n`);
  }

  async timings(): Promise<Record<string, number>> {
    try {
      const parsed = timingsSchema.safeParse(JSON.parse(await this.read(TIMINGS_FILE)));
      return parsed.success ? parsed.data : {};
    } catch {
      return {};
    }
  }
}

export function newManifest(version: string, identity: RunIdentity): Manifest {
  return {
    schemaVersion: MANIFEST_VERSION,
    kroncut: version,
    created: new Date().toISOString(),
    circuit: identity.circuit,
    options: {
      cut: identity.cut,
      parameters: identity.parameters,
      precision: null,
      sampling: null,
      lightCone: identity.lightCone,
    },
    stages: {},
  };
}
