/**
 * Checks a cut circuit from scratch. It shares no code with the search or the builder: it stitches the
 * subcircuits together again along the cuts and compares what comes out with the original circuit, gate by gate
 * on every wire.
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { KroncutError } from '../../error.js';
import type { CutCircuit, GateCut, Subcircuit } from '../model/cutCircuit.js';
import { sharedBondFault } from '../joint/sharedChecker.js';
import { gateCutFault } from './gateCutChecker.js';

/** What a solution has to keep to; a limit left out is not checked. */
export interface CheckLimits {
  /** Qubits of the widest subcircuit. */
  readonly maxWidth?: number | undefined;
  readonly maxSubcircuits?: number | undefined;
  readonly maxCuts?: number | undefined;
  /** Gates of the largest subcircuit. */
  readonly maxGates?: number | undefined;
}

/**
 * Throws `internal` with the first thing that is wrong: a limit, the numbering, a gate that is missing, doubled or
 * changed, an order on a wire that differs, a cut without two ends, or outcomes that are not complete. The message
 * says where. Returns nothing when all is well.
 */
export function checkCutCircuit(circuit: Circuit, cut: CutCircuit, limits: CheckLimits = {}): void {
  checkLimits(cut, limits);
  cut.subcircuits.forEach((subcircuit, index) => checkSubcircuit(circuit, subcircuit, index));
  const ends = checkCuts(circuit, cut);
  const fault = sharedBondFault(cut);
  if (fault !== undefined) refuse(fault);
  checkWires(circuit, cut, ends);
  checkOutcomes(circuit, cut, ends);
}

function refuse(what: string): never {
  throw new KroncutError('internal', `the cut circuit is wrong: ${what}`);
}

function checkLimits(
  cut: CutCircuit,
  { maxWidth, maxSubcircuits, maxCuts, maxGates = Infinity }: CheckLimits,
): void {
  const large = cut.subcircuits.find(({ gates }) => gates.length > maxGates);
  if (large) refuse(`subcircuit ${large.index} has ${large.gates.length} gates, more than ${maxGates}`);
  if (maxWidth !== undefined) {
    const wide = cut.subcircuits.find(({ width }) => width > maxWidth);
    if (wide) refuse(`subcircuit ${wide.index} has ${wide.width} qubits, more than ${maxWidth}`);
  }
  if (maxSubcircuits !== undefined && cut.subcircuits.length > maxSubcircuits) {
    refuse(`it has ${cut.subcircuits.length} subcircuits, more than ${maxSubcircuits}`);
  }
  // Where the ends of a gate that is none lie apart, nothing has to be paid for it.
  const paid = cut.cuts.filter(
    (each) => each.bonds.length > 0 || (each.kind === 'gate' && each.shared !== undefined),
  ).length;
  if (maxCuts !== undefined && paid > maxCuts) refuse(`it has ${paid} cuts, more than ${maxCuts}`);
}

function checkSubcircuit(circuit: Circuit, subcircuit: Subcircuit, index: number): void {
  const name = `subcircuit ${index}`;
  if (subcircuit.index !== index) refuse(`${name} carries number ${subcircuit.index}`);
  if (subcircuit.wires.length !== subcircuit.width) {
    refuse(`${name} has width ${subcircuit.width} but names ${subcircuit.wires.length} wires`);
  }
  if (subcircuit.wires.some((wire) => !Number.isInteger(wire) || wire < 0 || wire >= circuit.qubits)) {
    refuse(`${name} names a wire that the circuit does not have`);
  }
  const onQubit = (qubit: number): boolean =>
    Number.isInteger(qubit) && qubit >= 0 && qubit < subcircuit.width;
  const used = new Set<number>();
  for (const gate of subcircuit.gates) {
    if (!gate.qubits.every(onQubit) || new Set(gate.qubits).size !== gate.qubits.length) {
      refuse(`gate ${gate.name} of ${name} acts on qubits ${gate.qubits.join(', ')}`);
    }
    for (const qubit of gate.qubits) used.add(qubit);
  }
  for (const [i, { qubit, others = [], position }] of subcircuit.gateEnds.entries()) {
    if (![qubit, ...others].every(onQubit)) refuse(`an end of a cut gate of ${name} is on no qubit of it`);
    const least = subcircuit.gateEnds[i - 1]?.position ?? 0;
    if (!Number.isInteger(position) || position < least || position > subcircuit.gates.length) {
      refuse(`the ends of cut gates of ${name} are not in time order`);
    }
    for (const each of [qubit, ...others]) used.add(each);
  }
  if (used.size !== subcircuit.width) refuse(`${name} has a qubit without a gate`);
  for (const [kind, list] of [
    ['input', subcircuit.inputs],
    ['output', subcircuit.outputs],
  ] as const) {
    if (!list.every(({ qubit }) => onQubit(qubit))) refuse(`an ${kind} of ${name} is on no qubit of it`);
    if (new Set(list.map(({ qubit }) => qubit)).size !== list.length) {
      refuse(`two ${kind}s of ${name} are on one qubit`);
    }
    if (list.some(({ cut }, i) => i > 0 && cut <= (list[i - 1]?.cut ?? -1))) {
      refuse(`the ${kind}s of ${name} are not in ascending order of cuts`);
    }
  }
}

interface Ends {
  /** Cut that enters or leaves a local qubit, by "subcircuit:qubit". */
  readonly entering: Map<string, number>;
  readonly leaving: Map<string, number>;
  /** "subcircuit:qubit" at the downstream end of each cut. */
  readonly downstream: string[];
}

function checkCuts(circuit: Circuit, cut: CutCircuit): Ends {
  const entering = new Map<string, number>();
  const leaving = new Map<string, number>();
  const downstream: string[] = [];
  const upstream: string[] = [];
  for (const subcircuit of cut.subcircuits) {
    for (const { list, ends, byQubit, side } of [
      { list: subcircuit.inputs, ends: downstream, byQubit: entering, side: 'to' as const },
      { list: subcircuit.outputs, ends: upstream, byQubit: leaving, side: 'from' as const },
    ]) {
      for (const { cut: number, qubit } of list) {
        const entry = cut.cuts[number];
        if (entry?.kind !== 'wire')
          refuse(`subcircuit ${subcircuit.index} names wire cut ${number}, which does not exist`);
        if (ends[number] !== undefined) refuse(`cut ${number} has two ${side} ends`);
        if (entry[side] !== subcircuit.index) {
          refuse(
            `cut ${number} should have its ${side} end in subcircuit ${entry[side]}, not ${subcircuit.index}`,
          );
        }
        if (entry.qubit !== subcircuit.wires[qubit]) {
          refuse(
            `cut ${number} is on wire ${entry.qubit}, its ${side} end on wire ${subcircuit.wires[qubit]}`,
          );
        }
        ends[number] = `${subcircuit.index}:${qubit}`;
        byQubit.set(`${subcircuit.index}:${qubit}`, number);
      }
    }
  }
  const fault = gateCutFault(circuit, cut);
  if (fault !== undefined) refuse(fault);
  cut.cuts.forEach((entry, index) => {
    if (entry.index !== index) refuse(`cut ${index} carries number ${entry.index}`);
    if (entry.kind === 'gate') return;
    if (entry.qubit < 0 || entry.qubit >= circuit.qubits) refuse(`cut ${index} is on no wire of the circuit`);
    if (upstream[index] === undefined || downstream[index] === undefined) {
      refuse(`cut ${index} does not have two ends`);
    }
  });
  return { entering, leaving, downstream };
}

/** Gates of one wire in order, as "name(params) slot", paired with an identity of the gate they belong to. */
interface WireStep {
  readonly what: string;
  readonly gate: object;
}

function describe(gate: Gate, slot: number): string {
  return `${gate.name}(${gate.params.join(',')}) operand ${slot}`;
}

function cutStep(cut: number, end: number): string {
  return `end ${end} of cut gate ${cut}`;
}

/** Walks every wire of the circuit through the subcircuits, across cuts, and matches it with the original. */
function checkWires(circuit: Circuit, cut: CutCircuit, ends: Ends): void {
  const cutAt = gatesCut(cut);
  const original = stepsOfWires(circuit, cutAt);
  const { local, starts, gates } = stepsOfQubits(circuit, cut, ends);
  if (gates + cutAt.size !== circuit.gates.length) {
    refuse(
      `its subcircuits and cuts have ${gates + cutAt.size} gates, the circuit has ${circuit.gates.length}`,
    );
  }
  // A two-qubit gate is met once on each of its wires; both meetings have to agree on which original gate it is.
  const partner = new Map<object, object>();
  const visited = new Set<string>();
  original.forEach((steps, wire) => {
    let at = starts[wire];
    if (steps.length > 0 && at === undefined) refuse(`wire ${wire} has gates but no start`);
    let done = 0;
    while (at !== undefined) {
      if (visited.has(at)) refuse(`wire ${wire} runs in a circle`);
      visited.add(at);
      for (const step of local.get(at) ?? []) {
        matchStep(step, steps[done], partner, `gate ${done} on wire ${wire}`);
        done += 1;
      }
      const next = ends.leaving.get(at);
      at = next === undefined ? undefined : ends.downstream[next];
    }
    if (done !== steps.length) refuse(`wire ${wire} has ${done} gates, it should have ${steps.length}`);
  });
  if (visited.size !== local.size) refuse('a qubit of a subcircuit is reached from no wire');
}

function matchStep(
  step: WireStep,
  expected: WireStep | undefined,
  partner: Map<object, object>,
  where: string,
): void {
  if (expected?.what !== step.what) {
    refuse(`${where} is ${step.what}, it should be ${expected?.what ?? 'none'}`);
  }
  const known = partner.get(step.gate);
  if (known !== undefined && known !== expected.gate) {
    refuse(`${where} acts with a different gate's other qubit`);
  }
  partner.set(step.gate, expected.gate);
}

/** The cut that takes each cut gate of the circuit, by the gate's position. */
function gatesCut(cut: CutCircuit): Map<number, GateCut> {
  const cutAt = new Map<number, GateCut>();
  for (const entry of cut.cuts) {
    if (entry.kind !== 'gate') continue;
    for (const position of entry.gates) {
      if (cutAt.has(position)) refuse(`gate ${position} is cut twice`);
      cutAt.set(position, entry);
    }
  }
  return cutAt;
}

/** What each wire of the circuit meets; a cut gate, which may be several in a row, counts as one step. */
function stepsOfWires(circuit: Circuit, cutAt: ReadonlyMap<number, GateCut>): WireStep[][] {
  const original: WireStep[][] = Array.from({ length: circuit.qubits }, () => []);
  circuit.gates.forEach((gate, position) => {
    const gateCut = cutAt.get(position);
    if (gateCut !== undefined && position === gateCut.gates[0]) {
      if (gate.qubits.length !== 2) refuse(`cut gate ${gateCut.index} does not begin with a two-qubit gate`);
      const sides = gateCut.sides ?? gateCut.qubits.map((qubit) => [qubit]);
      sides.forEach((side, end) => {
        for (const qubit of side) original[qubit]?.push({ what: cutStep(gateCut.index, end), gate: gateCut });
      });
      return;
    }
    gate.qubits.forEach((qubit, slot) => {
      const steps = original[qubit] ?? [];
      if (gateCut === undefined) {
        steps.push({ what: describe(gate, slot), gate });
      } else if (steps.at(-1)?.gate !== gateCut) {
        refuse(`another gate comes between those of cut gate ${gateCut.index} on wire ${qubit}`);
      }
    });
  });
  return original;
}

interface LocalSteps {
  /** What each qubit of a subcircuit meets, by `subcircuit:qubit`. */
  readonly local: ReadonlyMap<string, readonly WireStep[]>;
  /** Where each wire starts. */
  readonly starts: readonly (string | undefined)[];
  /** Gates in all subcircuits together. */
  readonly gates: number;
}

function stepsOfQubits(circuit: Circuit, cut: CutCircuit, ends: Ends): LocalSteps {
  const local = new Map<string, WireStep[]>();
  const starts: (string | undefined)[] = Array.from({ length: circuit.qubits });
  let gates = 0;
  for (const subcircuit of cut.subcircuits) {
    subcircuit.wires.forEach((wire, qubit) => {
      const key = `${subcircuit.index}:${qubit}`;
      local.set(key, []);
      if (ends.entering.has(key)) return;
      if (starts[wire] !== undefined) refuse(`wire ${wire} starts twice`);
      starts[wire] = key;
    });
    let next = 0;
    const cutGatesBefore = (position: number): void => {
      for (let end = subcircuit.gateEnds[next]; end?.position === position; end = subcircuit.gateEnds[next]) {
        const token = cut.cuts[end.cut] ?? refuse(`cut ${end.cut} does not exist`);
        const step = { what: cutStep(end.cut, end.end), gate: token };
        for (const qubit of [end.qubit, ...(end.others ?? [])])
          local.get(`${subcircuit.index}:${qubit}`)?.push(step);
        next += 1;
      }
    };
    for (const [position, gate] of subcircuit.gates.entries()) {
      gates += 1;
      cutGatesBefore(position);
      gate.qubits.forEach((qubit, slot) =>
        local.get(`${subcircuit.index}:${qubit}`)?.push({ what: describe(gate, slot), gate }),
      );
    }
    cutGatesBefore(subcircuit.gates.length);
  }
  return { local, starts, gates };
}

function checkOutcomes(circuit: Circuit, cut: CutCircuit, ends: Ends): void {
  if (cut.qubits !== circuit.qubits || cut.outcomeBits !== circuit.outcomes.length) {
    refuse(
      `it speaks of ${cut.qubits} qubits and ${cut.outcomeBits} outcome bits, ` +
        `the circuit has ${circuit.qubits} and ${circuit.outcomes.length}`,
    );
  }
  const busy = new Set(circuit.gates.flatMap((gate) => gate.qubits));
  const seen = new Set<number>();
  for (const bit of cut.zeroBits) {
    const qubit = circuit.outcomes[bit];
    if (qubit === undefined) refuse(`zero bit ${bit} does not exist`);
    if (busy.has(qubit)) refuse(`outcome bit ${bit} is called zero, but qubit ${qubit} has gates`);
    if (seen.has(bit)) refuse(`outcome bit ${bit} appears twice`);
    seen.add(bit);
  }
  for (const subcircuit of cut.subcircuits) {
    let last = -1;
    for (const { bit, qubit } of subcircuit.outcomes) {
      if (bit <= last) refuse(`the outcomes of subcircuit ${subcircuit.index} are not in ascending order`);
      last = bit;
      if (seen.has(bit)) refuse(`outcome bit ${bit} appears twice`);
      seen.add(bit);
      if (circuit.outcomes[bit] === undefined || circuit.outcomes[bit] !== subcircuit.wires[qubit]) {
        refuse(
          `outcome bit ${bit} is read from wire ${subcircuit.wires[qubit]}, not ${circuit.outcomes[bit]}`,
        );
      }
      if (ends.leaving.has(`${subcircuit.index}:${qubit}`)) {
        refuse(`outcome bit ${bit} is read before the end of its wire`);
      }
    }
  }
  if (seen.size !== circuit.outcomes.length) {
    refuse(`it has ${seen.size} outcome bits, the circuit has ${circuit.outcomes.length}`);
  }
}
