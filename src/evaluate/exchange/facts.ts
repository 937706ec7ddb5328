/** What is told of subexperiments before anything is run. */
import type { Gate } from '../../circuit/circuit.js';
import { circuitDepth } from '../../circuit/circuitFacts.js';
import { allocateShots } from './allocation.js';
import type { DeviceCircuit } from './deviceCircuit.js';
import {
  experimentCircuit,
  isRun,
  namedSettings,
  type NamedSetting,
  type TensorExperiments,
} from './experiments.js';
import type { Capability } from './formats.js';

/** A circuit that a processor would run: its settings, width, depth, needs and shots. */
export interface SubexperimentFacts {
  readonly id: string;
  readonly subcircuit: number;
  /** What is set at each end of a cut. */
  readonly settings: readonly NamedSetting[];
  /** Qubits, layers of gates and measurements, and gates of its circuit. */
  readonly width: number;
  readonly depth: number;
  readonly gates: number;
  /** What a device needs beside gates and measurements at the end. */
  readonly capabilities: readonly Capability[];
  /** Null where no number of shots was given; 0 where nothing is measured, because the outcome is known. */
  readonly shots: number | null;
  /** Numbers of the other subexperiments of the subcircuit that come to the same circuit; left out for none. */
  readonly alike?: readonly number[];
}

/** Facts of all experiments, by tensor and number. Throws `usage` where the shots are too few. */
export function subexperimentFacts(
  tensors: readonly TensorExperiments[],
  allowed: ReadonlySet<Capability>,
  shots: number | undefined,
): SubexperimentFacts[] {
  const allocated = shots === undefined ? undefined : allocateShots(tensors, shots);
  return tensors.flatMap(({ subcircuit, ends, experiments }) =>
    experiments.map((experiment): SubexperimentFacts => {
      const { id, numbers } = experiment;
      const [first = 0, ...alike] = numbers;
      const circuit = experimentCircuit(experiment, ends, allowed);
      return {
        id,
        subcircuit: subcircuit.index,
        settings: namedSettings(ends, first),
        width: circuit.qubits,
        depth: depthOf(circuit),
        gates: circuit.steps.filter(({ kind }) => kind === 'gate').length,
        capabilities: circuit.capabilities,
        shots: isRun(experiment) ? (allocated?.get(id) ?? null) : 0,
        ...(alike.length === 0 ? {} : { alike }),
      };
    }),
  );
}

function depthOf({ qubits, steps, outcomes }: DeviceCircuit): number {
  const gates = [
    ...steps.map((step) => (step.kind === 'gate' ? step.gate : measured(step.qubit))),
    ...outcomes.map(measured),
  ];
  return circuitDepth({ qubits, gates });
}

/** Takes a layer as a gate does. */
function measured(qubit: number): Gate {
  return { name: 'measure', qubits: [qubit], params: [] };
}
