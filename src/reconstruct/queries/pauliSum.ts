/** Sums of Pauli strings, as `--expect` takes them. Labels are Qiskit's: qubit 0 is the last character. */
import { jsonFault } from '../../json.js';
import { optionError } from '../../options/optionName.js';

export type Pauli = 'X' | 'Y' | 'Z';

export interface PauliTerm {
  readonly coefficient: number;
  /** Ascending by qubit; the identity where there is none. */
  readonly paulis: readonly { readonly qubit: number; readonly pauli: Pauli }[];
  /** The string as it was given. */
  readonly text: string;
}

/**
 * Reads `ZZI + 0.5*XIX - 1e-3 X0 Z57`; JSON: `[{ "pauli": "ZZI", "coefficient": 0.5 }]`, `{ "ZZI": 0.5 }`, `[["ZZI", 0.5]]` or
 * `[["ZX", [0, 3], 0.5]]`; or what Qiskit prints: `[('ZZI', (0.5+0j))]`, `SparsePauliOp(['ZZI'], coeffs=[0.5+0.j])`. A term
 * names a Pauli for each qubit (dense) or those that are not the identity with their qubits (sparse); `I` alone, or a
 * number alone, is the identity. Coefficients may be written as complex numbers whose imaginary parts are 0.
 *
 * @throws KroncutError('usage') with the option that gave the sum, the term that is wrong and what would be right.
 */
export function parsePauliSum(text: string, qubits: number, option = 'expect'): PauliTerm[] {
  try {
    return parseTerms(text, qubits);
  } catch (error) {
    throw error instanceof Fault ? optionError(option, `: ${error.message}`) : error;
  }
}

/** What is wrong with a sum, whichever option gave it. */
class Fault extends Error {}

function parseTerms(text: string, qubits: number): PauliTerm[] {
  const trimmed = text.trim();
  if (trimmed === '') throw wrong(text, 'is empty; a sum such as ZZI + 0.5*XIX is needed');
  if (/^([[{]|SparsePauliOp\()/.test(trimmed)) {
    return listedTerms(trimmed).map(({ pauli, coefficient }) =>
      termOf(pauli.trim(), realOf(coefficient, pauli), qubits),
    );
  }
  const terms: PauliTerm[] = [];
  // A sign begins a term, unless it is the exponent's of a number or stands in brackets; `+ -0.5` is `-0.5`.
  const pattern = /([+-]?)\s*([+-]?)\s*((?:\([^()]*\)|[^+\-()]|(?<=[0-9.][eE])[+-])+)/gy;
  let end = 0;
  for (const match of trimmed.matchAll(pattern)) {
    const [whole, sign = '', second = '', body = ''] = match;
    if (terms.length > 0 && sign === '') throw wrong(body, 'needs + or - before it');
    const { coefficient, string } = factorsOf(body.trim(), qubits);
    terms.push(
      termOf(
        string,
        sign === second || (sign !== '-' && second !== '-') ? coefficient : -coefficient,
        qubits,
      ),
    );
    end = match.index + whole.length;
  }
  if (end < trimmed.length)
    throw wrong(trimmed.slice(end), 'is no term; a term is such as 0.5*XIX or X0 Z57');
  return terms;
}

/** The coefficient of a term without its sign, and its string. */
function factorsOf(term: string, qubits: number): { coefficient: number; string: string } {
  if (/^[01IXYZ]+$/.test(term) && /[01]/.test(term) && /[IXYZ]/.test(term) && term.length === qubits) {
    throw wrong(term, 'has projectors; write 0 as (I + Z)/2 and 1 as (I - Z)/2, in terms of I, X, Y, Z');
  }
  const factor =
    /^((?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\d)|\([^()]*\))\s*(\*?)\s*(.*)$/s.exec(term);
  if (factor === null) return { coefficient: 1, string: term };
  const [, number = '', times, rest = ''] = factor;
  const coefficient = realOf(number, term);
  // A number alone is a multiple of the identity.
  return { coefficient, string: rest === '' && times === '' ? 'I' : rest.trim() };
}

const COMPLEX =
  /^\(?\s*(?:np\.\w+\()?\(?\s*(?<re>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?\s*(?:(?<sign>(?<=\d|\.)\s*[+-]|(?<![\d.])[+-]?)\s*(?<im>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)j)?\s*\)*$/i;

/** A coefficient: a number, the text of a complex one as Python writes it, or its two parts. */
function realOf(given: unknown, of: string): number {
  let [re, im]: (number | undefined)[] = [undefined, 0];
  if (typeof given === 'number') re = given;
  else if (Array.isArray(given) && given.length === 2) {
    const parts: readonly unknown[] = given;
    [re, im] = parts.map((part) => (typeof part === 'number' ? part : undefined));
  } else if (typeof given === 'string') {
    const groups = given.trim() === '' ? undefined : COMPLEX.exec(given.trim())?.groups;
    if (groups !== undefined) [re, im] = [Number(groups['re'] ?? 0), Number(groups['im'] ?? 0)];
  }
  if (re === undefined || im === undefined || !Number.isFinite(re) || !Number.isFinite(im)) {
    throw wrong(of, `has a coefficient that is no number: ${JSON.stringify(given)}`);
  }
  if (im !== 0) {
    throw wrong(
      of,
      `has a complex coefficient, ${typeof given === 'string' ? given : JSON.stringify(given)}; an observable is Hermitian, so all of them are real`,
    );
  }
  return re;
}

interface ListedTerm {
  readonly pauli: string;
  readonly coefficient: unknown;
}

/** The terms of a list in JSON, or as Python prints it. */
function listedTerms(text: string): readonly ListedTerm[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    const printed = printedTerms(text);
    if (printed !== undefined) return printed;
    const { line, column, fault } = jsonFault(text);
    throw new Fault(`not JSON, at line ${line}, column ${column}: ${fault}`, { cause });
  }
  const list: readonly unknown[] = Array.isArray(data)
    ? data
    : typeof data === 'object' && data !== null
      ? Object.entries(data)
      : [];
  return list.map((entry) => {
    const term = listedTerm(entry);
    if (term !== undefined) return term;
    throw new Fault(
      `the JSON is none of [{ "pauli": "ZZI", "coefficient": 0.5 }, ...], { "ZZI": 0.5, ... }, [["ZZI", 0.5], ...]`,
    );
  });
}

/** `["ZZI", 0.5]`, `["ZX", [0, 3], 0.5]` or `{ "pauli": "ZZI", "coefficient": 0.5 }`. */
function listedTerm(entry: unknown): ListedTerm | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  if ('pauli' in entry) {
    const coefficient: unknown = 'coefficient' in entry ? entry.coefficient : 1;
    return typeof entry.pauli === 'string' ? { pauli: entry.pauli, coefficient } : undefined;
  }
  if (!Array.isArray(entry)) return undefined;
  const [pauli, second, third]: readonly unknown[] = entry;
  if (typeof pauli !== 'string') return undefined;
  if (entry.length === 2) return { pauli, coefficient: second };
  if (entry.length !== 3 || !Array.isArray(second) || second.length !== pauli.length) return undefined;
  const sparse = second.map((qubit, i) => `${pauli[i] ?? ''}${String(qubit)}`).join(' ');
  return { pauli: sparse === '' ? 'I' : sparse, coefficient: third };
}

/** `[('ZZI', (1+0j)), ...]`, `[('ZX', [0, 3], 0.5), ...]` or `SparsePauliOp(['ZZI', ...], coeffs=[1.+0.j, ...])`; undefined for other texts. */
function printedTerms(text: string): ListedTerm[] | undefined {
  const operator = /^SparsePauliOp\(\s*\[([^\]]*)\]\s*,\s*coeffs\s*=\s*\[([^\]]*)\]\s*\)$/.exec(text);
  if (operator !== null) {
    const [paulis = [], coefficients = []] = operator
      .slice(1)
      .map((list) => list.split(',').map((item) => item.trim().replaceAll(/^['"]|['"]$/g, '')));
    return paulis.length === coefficients.length
      ? paulis.map((pauli, i) => ({ pauli, coefficient: coefficients[i] }))
      : undefined;
  }
  const inner = /^\[(.*)\]$/s.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const terms: ListedTerm[] = [];
  let end = 0;
  // `('ZZI', (1+0j))` or `('ZX', [0, 3], 0.5)`, with a comma where another one follows.
  const printed =
    /\s*\(\s*['"]([^'"]*)['"]\s*,\s*(?:[[(]([\d,\s]*)[\])]\s*,\s*)?((?:[^(),]|\([^()]*\))+)\)\s*(?:,|$)/gy;
  for (const match of inner.matchAll(printed)) {
    const [whole, pauli, qubits, coefficient] = match;
    const places = qubits?.match(/\d+/g)?.map(Number) ?? [];
    const term = listedTerm(qubits === undefined ? [pauli, coefficient] : [pauli, places, coefficient]);
    if (term === undefined) return undefined;
    terms.push(term);
    end = match.index + whole.length;
  }
  return end === inner.length ? terms : undefined;
}

function termOf(text: string, coefficient: number, qubits: number): PauliTerm {
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

function wrong(text: string, what: string): Fault {
  return new Fault(`'${text.trim()}' ${what}`);
}
