/**
 * Tensors that keep no outcomes but those that a local query needs. A marginal sums the other outcomes away. A Pauli
 * string S on the qubits of a subcircuit that do not leave it has the tensor of M(a, b) = <psi_b|S|psi_a>, psi_a being
 * the columns of its isometry: the trace of S times the state over those qubits, which is what the outcomes, read in the
 * basis of S and weighed by it, add up to. So a term of a sum is one contraction of such tensors, and no outcome is kept.
 */
import { sha256 } from '../../run/files/fileHash.js';
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import type { KeptQuestion } from '../../run/directory/manifest.js';
import { wireEnds } from './observables.js';
import { parsePauliSum, type PauliTerm } from './pauliSum.js';

/** A tensor, or with `strings` one for each of them, under one name. */
export interface ReducedTensor {
  readonly name: string;
  readonly subcircuit: Subcircuit;
  /** Pauli strings on the subcircuit's qubits, qubit 0 last. */
  readonly strings?: readonly string[];
}

/** Longer lists of bits are named by their hash. */
const MOST_NAMED_BITS = 8;
const HASH_LENGTH = 16;

function hashOf(text: string): string {
  return sha256(text).slice(0, HASH_LENGTH);
}

/** The tensors of all subcircuits with these outcome bits alone; where that is all of them, those of `evaluate`. */
export function marginalTensors(cut: CutCircuit, bits: readonly number[]): ReducedTensor[] {
  const kept = new Set(bits);
  return cut.subcircuits.map((subcircuit) => {
    const { index } = subcircuit;
    const outcomes = subcircuit.outcomes.filter(({ bit }) => kept.has(bit));
    if (outcomes.length === subcircuit.outcomes.length) return { name: String(index), subcircuit };
    const named = outcomes.map(({ bit }) => bit).join('-');
    const name = outcomes.length > MOST_NAMED_BITS ? hashOf(named) : named;
    return { name: `${index}.bits-${name === '' ? 'none' : name}`, subcircuit: { ...subcircuit, outcomes } };
  });
}

/** What each term reads of each subcircuit, as a string on its qubits, qubit 0 last; undefined where a term is 0. */
export function localStrings(
  cut: CutCircuit,
  terms: readonly PauliTerm[],
): (readonly string[] | undefined)[] {
  const place = wireEnds(cut);
  const identities = cut.subcircuits.map(({ width }) => 'I'.repeat(width));
  return terms.map(({ paulis }) => {
    const local = new Map<number, string[]>();
    for (const { qubit, pauli } of paulis) {
      const at = place.get(qubit);
      // A qubit without gates is in |0>: Z is 1, X and Y are 0.
      if (at === undefined && pauli !== 'Z') return undefined;
      if (at === undefined) continue;
      const letters = local.get(at.subcircuit) ?? (identities[at.subcircuit] ?? '').split('');
      letters[letters.length - 1 - at.qubit] = pauli;
      local.set(at.subcircuit, letters);
    }
    return identities.map((identity, index) => local.get(index)?.join('') ?? identity);
  });
}

/** The tensors of all subcircuits for all that terms read of them. */
export function observableTensors(cut: CutCircuit, terms: readonly PauliTerm[]): ReducedTensor[] {
  const read = localStrings(cut, terms);
  return cut.subcircuits.map((subcircuit, index) => {
    const strings = [...new Set(read.flatMap((local) => local?.[index] ?? []))].sort();
    return {
      name: `${subcircuit.index}.terms-${hashOf(strings.join(' '))}`,
      subcircuit: { ...subcircuit, outcomes: [] },
      strings,
    };
  });
}

/** The tensors that answer a question. A sum whose terms are all 0 needs none. */
export function questionTensors(cut: CutCircuit, { marginal, expect }: KeptQuestion): ReducedTensor[] {
  const observed = expect === undefined ? [] : observableTensors(cut, parsePauliSum(expect, cut.qubits));
  return [
    ...(marginal === undefined ? [] : marginalTensors(cut, marginal)),
    ...observed.filter(({ strings = [] }) => strings.length > 0),
  ];
}

/** True where some tensor has fewer outcomes than that of `evaluate`. */
export function isReduced(tensors: readonly ReducedTensor[]): boolean {
  return tensors.some(({ name, subcircuit }) => name !== String(subcircuit.index));
}

/** A tensor among those under one name. */
export interface StringPlace {
  readonly tensor: ReducedTensor;
  readonly index: number;
}

/** Where to find what terms read, in tensors made for some questions; undefined where these lack some of it. */
export function placeStrings(
  cut: CutCircuit,
  kept: readonly KeptQuestion[],
  terms: readonly PauliTerm[],
): (readonly StringPlace[] | undefined)[] | undefined {
  const places = cut.subcircuits.map(() => new Map<string, StringPlace>());
  for (const { expect } of kept) {
    if (expect === undefined) continue;
    for (const [i, tensor] of observableTensors(cut, parsePauliSum(expect, cut.qubits)).entries()) {
      for (const [index, string] of (tensor.strings ?? []).entries()) {
        places[i]?.set(string, { tensor, index });
      }
    }
  }
  const found: (readonly StringPlace[] | undefined)[] = [];
  for (const local of localStrings(cut, terms)) {
    const own = local?.flatMap((string, i) => places[i]?.get(string) ?? []);
    if (own !== undefined && own.length < cut.subcircuits.length) return undefined;
    found.push(own);
  }
  return found;
}

/** The smallest of the marginals that tensors were made for that has these bits; undefined where none has. */
export function placeMarginal(
  kept: readonly KeptQuestion[],
  bits: readonly number[],
): readonly number[] | undefined {
  return kept
    .flatMap(({ marginal }) => (marginal === undefined ? [] : [marginal]))
    .filter((marginal) => bits.every((bit) => marginal.includes(bit)))
    .sort((a, b) => a.length - b.length)[0];
}

/** True where tensors that were made for some questions answer another. */
export function isKept(
  cut: CutCircuit,
  kept: readonly KeptQuestion[],
  { marginal, expect }: KeptQuestion,
): boolean {
  if (marginal !== undefined && placeMarginal(kept, marginal) === undefined) return false;
  return expect === undefined || placeStrings(cut, kept, parsePauliSum(expect, cut.qubits)) !== undefined;
}
