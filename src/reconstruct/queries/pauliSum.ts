/** Sums of Pauli strings, as `--expect` takes them. Labels are Qiskit's: qubit 0 is the last character. */
import { KroncutError } from '../../error.js';
import { optionError, optionName } from '../../options/optionName.js';

export type Pauli = 'X' | 'Y' | 'Z';

export interface PauliTerm {
  readonly coefficient: number;
  /** Ascending by qubit; the identity where there is none. */
  readonly paulis: readonly { readonly qubit: number; readonly pauli: Pauli }[];
  /** The string as it was given. */
  readonly text: string;
}

/**
 * Reads `ZZI + 0.5*XIX - 1e-3 X0 Z57`, or JSON: `[{ "pauli": "ZZI", "coefficient": 0.5 }]` or `{ "ZZI": 0.5 }`. A term
 * names a Pauli for each qubit (dense) or those that are not the identity with their qubits (sparse); `I` alone, or a
 * number alone, is the identity.
 *
 * @throws KroncutError('usage') with the term that is wrong and what would be right.
 */
export function parsePauliSum(text: string, qubits: number): PauliTerm[] {
  const trimmed = text.trim();
  if (trimmed === '') throw wrong(text, 'is empty; a sum such as ZZI + 0.5*XIX is needed');
  if (/^[[{]/.test(trimmed)) return jsonTerms(trimmed, qubits);
  const terms: PauliTerm[] = [];
  // A sign begins a term, unless it is the exponent's of a number.
  const pattern = /([+-]?)\s*((?:[^+-]|(?<=[0-9.][eE])[+-])+)/gy;
  let end = 0;
  for (const match of trimmed.matchAll(pattern)) {
    const [whole, sign = '', body = ''] = match;
    if (terms.length > 0 && sign === '') throw wrong(body, 'needs + or - before it');
    const factor = /^((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\*?)\s*(.*)$/s.exec(body.trim());
    const coefficient = factor === null ? 1 : Number(factor[1]);
    const [, , times, rest = body] = factor ?? [];
    // A number alone is a multiple of the identity.
    const string = rest === '' && times === '' ? 'I' : rest.trim();
    terms.push(termOf(string, sign === '-' ? -coefficient : coefficient, qubits));
    end = match.index + whole.length;
  }
  if (end < trimmed.length)
    throw wrong(trimmed.slice(end), 'is no term; a term is such as 0.5*XIX or X0 Z57');
  return terms;
}

function jsonTerms(text: string, qubits: number): PauliTerm[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new KroncutError('usage', `${optionName('expect')}: not JSON (${String(cause)})`, { cause });
  }
  const list = jsonEntries(data);
  if (list === undefined) {
    throw optionError(
      'expect',
      `: the JSON is neither [{ "pauli": "ZZI", "coefficient": 0.5 }, ...] nor { "ZZI": 0.5, ... }`,
    );
  }
  return list.map(({ pauli, coefficient = 1 }) => termOf(pauli.trim(), coefficient, qubits));
}

interface JsonEntry {
  readonly pauli: string;
  readonly coefficient?: number | undefined;
}

/** The terms of either form, undefined of another. By hand, since every command would load a library for it. */
function jsonEntries(data: unknown): readonly JsonEntry[] | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const list: unknown[] = Array.isArray(data)
    ? data
    : Object.entries(data).map(([pauli, coefficient]: [string, unknown]) => ({
        pauli,
        coefficient,
      }));
  return list.every(isJsonEntry) ? list : undefined;
}

function isJsonEntry(entry: unknown): entry is JsonEntry {
  if (typeof entry !== 'object' || entry === null || !('pauli' in entry)) return false;
  const coefficient: unknown = 'coefficient' in entry ? entry.coefficient : undefined;
  return typeof entry.pauli === 'string' && (coefficient === undefined || Number.isFinite(coefficient));
}

function termOf(text: string, coefficient: number, qubits: number): PauliTerm {
  if (!Number.isFinite(coefficient)) throw wrong(text, 'has a coefficient that is no number');
  const found = /\d/.test(text) ? sparseTerm(text, qubits) : denseTerm(text, qubits);
  return { coefficient, paulis: found.sort((a, b) => a.qubit - b.qubit), text };
}

function denseTerm(text: string, qubits: number): { qubit: number; pauli: Pauli }[] {
  if (text === 'I') return [];
  if (!/^[IXYZ]+$/.test(text) || text.length !== qubits) {
    throw wrong(text, `needs ${qubits} characters I, X, Y, Z, qubit 0 last, or qubits as in X0 Z5`);
  }
  return text
    .split('')
    .flatMap((character, i) =>
      character === 'X' || character === 'Y' || character === 'Z'
        ? [{ qubit: qubits - 1 - i, pauli: character }]
        : [],
    );
}

function sparseTerm(text: string, qubits: number): { qubit: number; pauli: Pauli }[] {
  const seen = new Set<number>();
  return text.split(/[\s*]+/).flatMap((factor) => {
    const match = /^([IXYZ])(\d+)$/.exec(factor);
    const qubit = Number(match?.[2]);
    if (match === null || qubit >= qubits) {
      throw wrong(factor, `needs to be one of I, X, Y, Z and a qubit from 0 to ${qubits - 1}, as X0`);
    }
    if (seen.has(qubit)) throw wrong(text, `names qubit ${qubit} twice`);
    seen.add(qubit);
    const pauli = match[1];
    return pauli === 'X' || pauli === 'Y' || pauli === 'Z' ? [{ qubit, pauli }] : [];
  });
}

function wrong(text: string, what: string): KroncutError {
  return optionError('expect', `: '${text.trim()}' ${what}`);
}
