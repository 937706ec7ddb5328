/**
 * Checks a cut circuit from scratch. It shares no code with the search or the builder: it stitches the
 * subcircuits together again along the cuts and compares what comes out with the original circuit, gate by gate
 * on every wire.
 */
import type { Circuit, Gate } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import type { CutCircuit, Subcircuit } from './cutCircuit.js';

/** What a solution has to keep to; a limit left out is not checked. */
export interface CheckLimits {
  /** Qubits of the widest subcircuit. */
  readonly maxWidth?: number | undefined;
  readonly maxSubcircuits?: number | undefined;
  readonly maxCuts?: number | undefined;
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
  checkWires(circuit, cut, ends);
  checkOutcomes(circuit, cut, ends);
}

function refuse(what: string): never {
  throw new KroncutError('internal', `the cut circuit is wrong: ${what}`);
}

function checkLimits(cut: CutCircuit, { maxWidth, maxSubcircuits, maxCuts }: CheckLimits): void {
  if (maxWidth !== undefined) {
    const wide = cut.subcircuits.find(({ width }) => width > maxWidth);
    if (wide) refuse(`subcircuit ${wide.index} has ${wide.width} qubits, more than ${maxWidth}`);
  }
  if (maxSubcircuits !== undefined && cut.subcircuits.length > maxSubcircuits) {
    refuse(`it has ${cut.subcircuits.length} subcircuits, more than ${maxSubcircuits}`);
  }
  if (maxCuts !== undefined && cut.cuts.length > maxCuts) {
    refuse(`it has ${cut.cuts.length} cuts, more than ${maxCuts}`);
  }
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
        if (entry === undefined)
          refuse(`subcircuit ${subcircuit.index} names cut ${number}, which does not exist`);
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
  cut.cuts.forEach((entry, index) => {
    if (entry.index !== index) refuse(`cut ${index} carries number ${entry.index}`);
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

/** Walks every wire of the circuit through the subcircuits, across cuts, and matches it with the original. */
function checkWires(circuit: Circuit, cut: CutCircuit, ends: Ends): void {
  const original: WireStep[][] = Array.from({ length: circuit.qubits }, () => []);
  for (const gate of circuit.gates) {
    gate.qubits.forEach((qubit, slot) => original[qubit]?.push({ what: describe(gate, slot), gate }));
  }
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
    for (const gate of subcircuit.gates) {
      gates += 1;
      gate.qubits.forEach((qubit, slot) =>
        local.get(`${subcircuit.index}:${qubit}`)?.push({ what: describe(gate, slot), gate }),
      );
    }
  }
  if (gates !== circuit.gates.length) {
    refuse(`its subcircuits have ${gates} gates, the circuit has ${circuit.gates.length}`);
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
        const expected = steps[done++];
        if (expected?.what !== step.what) {
          refuse(
            `gate ${done - 1} on wire ${wire} is ${step.what}, it should be ${expected?.what ?? 'none'}`,
          );
        }
        const known = partner.get(step.gate);
        if (known !== undefined && known !== expected.gate) {
          refuse(`gate ${done - 1} on wire ${wire} acts with a different gate's other qubit`);
        }
        partner.set(step.gate, expected.gate);
      }
      const next = ends.leaving.get(at);
      at = next === undefined ? undefined : ends.downstream[next];
    }
    if (done !== steps.length) refuse(`wire ${wire} has ${done} gates, it should have ${steps.length}`);
  });
  if (visited.size !== local.size) refuse('a qubit of a subcircuit is reached from no wire');
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
