/** What `cut` says about its result: the object of `cut --json`. */
import { communication } from '../joint/communication.js';
import type { CutCircuit } from '../model/cutCircuit.js';
import { isCounted } from '../model/limits.js';
import { jointGamma } from '../joint/jointGamma.js';
import type { MethodChoice } from '../model/method.js';
import type { Objective } from '../model/objective.js';
import { totalGamma } from '../model/overhead.js';
import { planReuse } from '../reuse/planReuse.js';

/** How good a set of cuts is known to be. Values are in terms of the objective: seconds, or sampling overhead. */
export interface SolutionQuality {
  readonly objective: Objective;
  readonly value: number;
  /** No cuts within the limits have a lower value than this; null where nobody looked (manual cuts). */
  readonly lowerBound: number | null;
  readonly proven: boolean;
  /** Seconds spent on the search. */
  readonly seconds: number;
  /** True where qubits of a device are used again: widths then count those of the device. */
  readonly reuseQubits?: boolean | undefined;
  /** True where overheads with classical communication are asked for. */
  readonly classicalCommunication?: boolean | undefined;
  /** Where another way than cutting was asked for. */
  readonly method?: MethodChoice | undefined;
}

/** Cuts in numbers, as `cut --json` prints them. */
export interface CutSummary {
  /** Qubits of the widest subcircuit; of the device where qubits are used again. */
  readonly width: number;
  readonly qubits: number;
  readonly subcircuits: readonly {
    readonly index: number;
    readonly width: number;
    /** With `--reuse-qubits`: the qubits that evaluation simulates, one for each wire. */
    readonly simulatedQubits?: number;
    /** Outcome bits that are read from it. */
    readonly outcomeBits: number;
    /** The same under its old name. */
    readonly outputQubits: number;
    readonly gates: number;
  }[];
  readonly wireCuts: number;
  /** Gates that are local cost nothing, and are not counted. */
  readonly gateCuts: number;
  /** Product of gamma squared over the cuts. */
  readonly samplingOverhead: number;
  readonly gamma: number;
  /** The product where cuts are made together as far as they can be. */
  readonly gammaJoint: number;
  /** With `--classical-communication`: the product where wires are cut together, and these groups of cuts. */
  readonly gammaCommunication?: number;
  readonly communicationGroups?: readonly (readonly number[])[];
  readonly objective: Objective;
  readonly value: number;
  readonly lowerBound: number | null;
  /** Indices of four values that tensors share. */
  readonly bonds: number;
  readonly proven: boolean;
  readonly seconds: number;
  /** Where another way than cutting was asked for: the subcircuits may then be the whole circuit, or tensors of its network. */
  readonly method?: MethodChoice;
}

function communicating(cut: CutCircuit): Pick<CutSummary, 'gammaCommunication' | 'communicationGroups'> {
  const { gamma, groups } = communication(cut);
  return { gammaCommunication: gamma, communicationGroups: groups };
}

export function cutSummary(cut: CutCircuit, quality: SolutionQuality): CutSummary {
  const wireCuts = cut.cuts.filter(({ kind }) => kind === 'wire').length;
  const gamma = totalGamma(cut.cuts);
  const widths = cut.subcircuits.map((subcircuit) =>
    quality.reuseQubits === true ? planReuse(subcircuit).width : subcircuit.width,
  );
  return {
    width: widths.reduce((most, width) => Math.max(most, width), 0),
    qubits: cut.qubits,
    subcircuits: cut.subcircuits.map(({ index, width, outcomes, gates }) => ({
      index,
      width: widths[index] ?? width,
      ...(quality.reuseQubits === true ? { simulatedQubits: width } : {}),
      outcomeBits: outcomes.length,
      outputQubits: outcomes.length,
      gates: gates.length,
    })),
    wireCuts,
    gateCuts: cut.cuts.filter(isCounted).length - wireCuts,
    samplingOverhead: gamma ** 2,
    gamma,
    gammaJoint: jointGamma(cut),
    ...(quality.classicalCommunication === true ? communicating(cut) : {}),
    objective: quality.objective,
    value: quality.value,
    lowerBound: quality.lowerBound,
    bonds: cut.cuts.reduce((sum, { bonds }) => sum + bonds.length, 0),
    proven: quality.proven,
    seconds: quality.seconds,
    ...(quality.method === undefined ? {} : { method: quality.method }),
  };
}
