/**
 * Which tensors a sum of Pauli strings needs. X and Y are read as Z after a rotation of their qubit at the end of its
 * subcircuit; so each subcircuit has, beside the tensor that `evaluate` fills, one in every combination of bases that
 * occurs. Strings that agree on what they read of a subcircuit share its tensor.
 */
import type { Gate } from '../../circuit/circuit.js';
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import { KroncutError, valueAt } from '../../error.js';
import type { Pauli, PauliTerm } from './pauliSum.js';

/** A subcircuit read in other bases. */
export interface BasisVariant {
  /** Name of its tensor: the subcircuit's number and the bases that differ from Z, or are read beside the outcomes. */
  readonly name: string;
  readonly subcircuit: Subcircuit;
}

/** What a term reads of one subcircuit: a tensor, and the outcome bits of it that are weighed. */
export interface LocalFactor {
  readonly variant: BasisVariant;
  readonly weighed: readonly number[];
}

export interface ObservablePlan {
  /** Tensors beside those of `evaluate`. */
  readonly variants: readonly BasisVariant[];
  /** A factor per subcircuit for each term; undefined where the term is 0 on qubits without gates. */
  readonly factors: readonly (readonly LocalFactor[] | undefined)[];
}

interface Reading {
  readonly bases: Map<number, Pauli>;
}

export function planObservable(cut: CutCircuit, terms: readonly PauliTerm[]): ObservablePlan {
  const place = wireEnds(cut);
  /** Readings of each subcircuit so far: the basis of each local qubit that some term reads. */
  const readings: Reading[][] = cut.subcircuits.map(() => [{ bases: new Map() }]);
  const chosen = terms.map(({ paulis }) => {
    const local = cut.subcircuits.map(() => new Map<number, Pauli>());
    for (const { qubit, pauli } of paulis) {
      const at = place.get(qubit);
      // A qubit without gates is in |0>: Z is 1, X and Y are 0.
      if (at === undefined && pauli !== 'Z') return undefined;
      if (at !== undefined) local[at.subcircuit]?.set(at.qubit, pauli);
    }
    return local.map((wanted, index) => ({ wanted, reading: joinReading(readings[index] ?? [], wanted) }));
  });
  const variants = new Map<Reading, BasisVariant>();
  cut.subcircuits.forEach((subcircuit, index) => {
    for (const reading of readings[index] ?? []) variants.set(reading, variantOf(cut, subcircuit, reading));
  });
  const factors = chosen.map((local) =>
    local?.map(({ wanted, reading }): LocalFactor => {
      const variant = variants.get(reading);
      if (variant === undefined) throw new KroncutError('internal', 'a reading of a subcircuit was lost');
      const { outcomes } = variant.subcircuit;
      const weighed = outcomes.flatMap(({ bit, qubit }) => (wanted.has(qubit) ? [bit] : []));
      // A qubit that is read into several classical bits is weighed once.
      const once = outcomes.filter(({ qubit }, i) => outcomes.findIndex((o) => o.qubit === qubit) === i);
      return { variant, weighed: weighed.filter((bit) => once.some((outcome) => outcome.bit === bit)) };
    }),
  );
  const used = new Set(factors.flatMap((local) => local?.map(({ variant }) => variant) ?? []));
  const own = (variant: BasisVariant): boolean => variant.name !== String(variant.subcircuit.index);
  return { variants: [...used].filter(own), factors };
}

/** The first reading that agrees with what is wanted, widened by it; or a new one. */
function joinReading(readings: Reading[], wanted: ReadonlyMap<number, Pauli>): Reading {
  const fits = ({ bases }: Reading): boolean =>
    [...wanted].every(([qubit, pauli]) => (bases.get(qubit) ?? pauli) === pauli);
  // The tensor that is there already serves whatever reads Z alone.
  const plain = [...wanted.values()].every((pauli) => pauli === 'Z');
  const found = readings.slice(plain ? 0 : 1).find(fits);
  const reading = found ?? { bases: new Map() };
  if (found === undefined) readings.push(reading);
  for (const [qubit, pauli] of wanted) reading.bases.set(qubit, pauli);
  return reading;
}

/** Where each qubit of the circuit ends. */
export function wireEnds(cut: CutCircuit): Map<number, { subcircuit: number; qubit: number }> {
  const ends = new Map<number, { subcircuit: number; qubit: number }>();
  for (const { index, wires, outputs } of cut.subcircuits) {
    const leaving = new Set(outputs.map(({ qubit }) => qubit));
    wires.forEach((wire, qubit) => {
      if (!leaving.has(qubit)) ends.set(wire, { subcircuit: index, qubit });
    });
  }
  return ends;
}

function variantOf(cut: CutCircuit, subcircuit: Subcircuit, { bases }: Reading): BasisVariant {
  const { index, gates, outcomes, wires } = subcircuit;
  const read = new Set(outcomes.map(({ qubit }) => qubit));
  const sorted = [...bases].sort(([a], [b]) => valueAt(wires, a) - valueAt(wires, b));
  const differing = sorted.filter(([qubit, pauli]) => pauli !== 'Z' || !read.has(qubit));
  if (differing.length === 0) return { name: String(index), subcircuit };
  const rotations = differing.flatMap(([qubit, pauli]) => {
    if (pauli === 'Z') return [];
    return [...(pauli === 'Y' ? [plainGate('sdg', qubit)] : []), plainGate('h', qubit)];
  });
  // Qubits that the circuit does not measure get labels beyond its outcome bits.
  const extra = differing
    .filter(([qubit]) => !read.has(qubit))
    .map(([qubit]) => ({ bit: cut.outcomeBits + valueAt(wires, qubit), qubit }));
  return {
    name: `${index}.${differing.map(([qubit, pauli]) => `${pauli}${wires[qubit]}`).join('')}`,
    subcircuit: { ...subcircuit, gates: [...gates, ...rotations], outcomes: [...outcomes, ...extra] },
  };
}

function plainGate(name: string, qubit: number): Gate {
  return { name, qubits: [qubit], params: [] };
}
