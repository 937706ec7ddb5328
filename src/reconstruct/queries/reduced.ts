/**
 * Tensors that keep no outcomes but those that a local query needs. A marginal sums the other outcomes away. A Pauli
 * string S on the qubits of a subcircuit that do not leave it has the tensor of M(a, b) = <psi_b|S|psi_a>, psi_a being
 * the columns of its isometry: the trace of S times the state over those qubits, which is what the outcomes, read in the
 * basis of S and weighed by it, add up to. So a term of a sum is one contraction of such tensors, and no outcome is kept.
 */
import { sha256 } from '../../run/files/fileHash.js';
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import type { KeptQuestion } from '../../run/directory/manifest.js';
import { isSet } from './bitString.js';
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

/** What something reads of each subcircuit, as a string on its qubits, qubit 0 last; undefined where it is 0. */
export type LocalStrings = readonly string[] | undefined;

/** Letters on qubits of subcircuits, all others left alone. */
function stringsOf(cut: CutCircuit, letters: readonly ReadonlyMap<number, string>[]): string[] {
  return cut.subcircuits.map(({ width }, index) =>
    Array.from({ length: width }, (_, k) => letters[index]?.get(width - 1 - k) ?? 'I').join(''),
  );
}

/** What each term reads of each subcircuit. */
export function localStrings(cut: CutCircuit, terms: readonly PauliTerm[]): LocalStrings[] {
  const place = wireEnds(cut);
  return terms.map(({ paulis }) => {
    const letters = cut.subcircuits.map(() => new Map<number, string>());
    for (const { qubit, pauli } of paulis) {
      const at = place.get(qubit);
      // A qubit without gates is in |0>: Z is 1, X and Y are 0.
      if (at === undefined && pauli !== 'Z') return undefined;
      if (at !== undefined) letters[at.subcircuit]?.set(at.qubit, pauli);
    }
    return stringsOf(cut, letters);
  });
}

/** What each bit string (bit 0 last) reads of each subcircuit: projectors, as letters 0 and 1. */
export function localOutcomes(cut: CutCircuit, bitStrings: readonly string[]): LocalStrings[] {
  return bitStrings.map((bits) => {
    if (cut.zeroBits.some((bit) => isSet(bits, bit))) return undefined;
    const letters = cut.subcircuits.map(
      ({ outcomes }) => new Map(outcomes.map(({ qubit, bit }) => [qubit, isSet(bits, bit) ? '1' : '0'])),
    );
    return stringsOf(cut, letters);
  });
}

/** The tensors of all subcircuits for all that is read of them. */
function stringTensors(cut: CutCircuit, word: string, read: readonly LocalStrings[]): ReducedTensor[] {
  return cut.subcircuits.map((subcircuit, index) => {
    const strings = [...new Set(read.flatMap((local) => local?.[index] ?? []))].sort();
    return {
      name: `${subcircuit.index}.${word}-${hashOf(strings.join(' '))}`,
      subcircuit: { ...subcircuit, outcomes: [] },
      strings,
    };
  });
}

/** What a question about strings reads of the subcircuits; none for a marginal. */
function readBy(cut: CutCircuit, { expect, probability }: KeptQuestion): LocalStrings[] {
  return [
    ...(expect === undefined ? [] : localStrings(cut, parsePauliSum(expect, cut.qubits))),
    ...(probability === undefined ? [] : localOutcomes(cut, probability)),
  ];
}

/** The tensors of a question about strings. */
function observedTensors(cut: CutCircuit, question: KeptQuestion): ReducedTensor[] {
  const word = question.probability === undefined ? 'terms' : 'outcomes';
  return stringTensors(cut, word, readBy(cut, question));
}

/** The tensors that answer a question. What is 0 whatever the circuit needs none. */
export function questionTensors(cut: CutCircuit, question: KeptQuestion): ReducedTensor[] {
  const { marginal } = question;
  return [
    ...(marginal === undefined ? [] : marginalTensors(cut, marginal)),
    ...observedTensors(cut, question).filter(({ strings = [] }) => strings.length > 0),
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

/** Where to find what is read, in tensors made for some questions; undefined where these lack some of it. */
export function placeStrings(
  cut: CutCircuit,
  kept: readonly KeptQuestion[],
  read: readonly LocalStrings[],
): (readonly StringPlace[] | undefined)[] | undefined {
  const places = cut.subcircuits.map(() => new Map<string, StringPlace>());
  for (const question of kept) {
    for (const [i, tensor] of observedTensors(cut, question).entries()) {
      for (const [index, string] of (tensor.strings ?? []).entries()) {
        places[i]?.set(string, { tensor, index });
      }
    }
  }
  const found: (readonly StringPlace[] | undefined)[] = [];
  for (const local of read) {
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
export function isKept(cut: CutCircuit, kept: readonly KeptQuestion[], question: KeptQuestion): boolean {
  const { marginal } = question;
  if (marginal !== undefined && placeMarginal(kept, marginal) === undefined) return false;
  return placeStrings(cut, kept, readBy(cut, question)) !== undefined;
}

/** Numbers of the largest tensor of all outcomes from which on bit strings alone are worth a run that keeps no others: 4 GiB. */
const LARGE_TENSOR = 2 ** 29;
/** Share of those that the tensors of bit strings may have. */
const MUCH_LESS = 1 / 64;

/**
 * True where tensors of all outcomes, which later questions could use, are too large to be made for the sake of these bit
 * strings.
 */
export function areWorthKeepingAlone(cut: CutCircuit, bitStrings: readonly string[]): boolean {
  const numbers = ({ inputs, outputs, gateEnds }: Subcircuit, outcomes: number): number => {
    const ends = [...inputs, ...outputs, ...gateEnds];
    return 4 ** ends.flatMap((end) => cut.cuts[end.cut]?.bonds ?? []).length * outcomes;
  };
  const most = Math.max(0, ...cut.subcircuits.map((each) => numbers(each, 2 ** each.outcomes.length)));
  const kept = Math.max(0, ...cut.subcircuits.map((each) => numbers(each, bitStrings.length)));
  return most >= LARGE_TENSOR && kept <= MUCH_LESS * most;
}
