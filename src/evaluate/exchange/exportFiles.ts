/** The files of an export, made one after another: circuits or jobs, and what says which is which. */
import { allocateShots, type DivideShots } from './allocation.js';
import type { Capability, ExportFormat } from './formats.js';
import type { DeviceCircuit } from './deviceCircuit.js';
import { DeviceQasm, type RegisterName } from './deviceQasm.js';
import {
  experimentCircuit,
  inRunOrder,
  namedSettings,
  type Experiment,
  type TensorExperiments,
} from './experiments.js';
import { splitJobs, type JobLimits } from './jobs.js';
import { valueAt } from '../../error.js';

export interface ExportPlan {
  readonly tensors: readonly TensorExperiments[];
  /** Hash of the cut circuit. */
  readonly cut: string;
  readonly format: ExportFormat;
  readonly capabilities: ReadonlySet<Capability>;
  readonly shots: number;
  /** How they are divided; left out: evenly. */
  readonly divide?: DivideShots | undefined;
  readonly seed: number;
  readonly round: number;
  readonly limits: JobLimits;
}

/** `manifest.json` of an export. */
export interface ExportManifest {
  readonly cut: string;
  readonly format: ExportFormat;
  readonly round: number;
  /** In the order in which they are to be run. */
  readonly experiments: readonly ExportedExperiment[];
}

/**
 * A subexperiment in an export's `manifest.json`: its file, its shots, its registers and what it needs of a
 * processor.
 */
export interface ExportedExperiment {
  readonly id: string;
  readonly file: string;
  readonly shots: number;
  readonly registers: readonly {
    readonly name: RegisterName;
    readonly bits: number;
    readonly role: RegisterName;
  }[];
  /** What the device needs beside gates and measurements at the end. */
  readonly capabilities: readonly Capability[];
}

export interface ExportFile {
  readonly name: string;
  readonly text: string;
}

export const CIRCUITS_FOLDER = 'circuits';
export const JOBS_FOLDER = 'jobs';

interface Listed {
  readonly id: string;
  readonly shots: number;
  readonly experiment: Experiment;
}

/** Gives the files, and in the end what the manifest says. Throws `usage` for too few shots, or too many for a job. */
export function* exportFiles(plan: ExportPlan): Generator<ExportFile, ExportManifest> {
  const { tensors, cut, format, round, seed } = plan;
  const shots = allocateShots(tensors, plan.shots, plan.divide);
  const listed = inRunOrder(tensors, seed, round).map((experiment) => ({
    id: experiment.id,
    shots: shots.get(experiment.id) ?? 0,
    experiment,
  }));
  const experiments: ExportedExperiment[] = [];
  const writer = new CircuitWriter(plan);
  if (format === 'qasm2' || format === 'qasm3') {
    for (const one of listed) {
      const file = `${CIRCUITS_FOLDER}/${one.id}.qasm`;
      const { text, exported } = writer.write(one, file);
      experiments.push(exported);
      yield { name: file, text };
    }
  } else {
    const jobs = splitJobs(listed, plan.limits);
    const digits = String(jobs.length).length;
    for (const [i, job] of jobs.entries()) {
      const name = `${JOBS_FOLDER}/${String(i + 1).padStart(digits, '0')}.json`;
      const written = job.map((one) => writer.write(one, name));
      experiments.push(...written.map(({ exported }) => exported));
      const input = { pubs: written.map(({ text, exported }) => [text, null, exported.shots]), version: 2 };
      const content = format === 'qrmi' ? { program_id: 'sampler', parameters: input } : input;
      yield { name, text: `${JSON.stringify(content)}\n` };
    }
  }
  return { cut, format, round, experiments };
}

class CircuitWriter {
  readonly #plan: ExportPlan;
  readonly #tensors: ReadonlyMap<string, TensorExperiments>;
  readonly #qasm: DeviceQasm;

  constructor(plan: ExportPlan) {
    this.#plan = plan;
    this.#tensors = new Map(plan.tensors.map((tensor) => [tensor.name, tensor]));
    this.#qasm = new DeviceQasm(plan.format === 'qasm2' ? 2 : 3);
  }

  write({ id, shots, experiment }: Listed, file: string): { text: string; exported: ExportedExperiment } {
    const ends = this.#tensors.get(experiment.tensor.name)?.ends ?? [];
    const circuit = experimentCircuit(experiment, ends, this.#plan.capabilities);
    const settings = namedSettings(ends, valueAt(experiment.numbers, 0));
    const comment = [id, ...settings.map(({ cut, end, setting }) => `cut ${cut} ${end}: ${setting}`)].join(
      '; ',
    );
    return {
      text: this.#qasm.write(circuit, comment),
      exported: { id, file, shots, registers: registersOf(circuit), capabilities: circuit.capabilities },
    };
  }
}

function registersOf({ outcomes, signs }: DeviceCircuit): ExportedExperiment['registers'] {
  const registers = [
    { name: 'outcome', bits: outcomes.length, role: 'outcome' },
    { name: 'sign', bits: signs, role: 'sign' },
  ] as const;
  return registers.filter(({ bits }) => bits > 0);
}
