/**
 * Products of Paulis, many side by side, and what controlled Paulis make of them. A letter here is 0 for the identity, and
 * 1, 2, 3 for X, Y, Z.
 */
import { handedness, letterOf, thirdLetter, type Letter } from './localClifford.js';

/** A controlled Pauli C(P, Q) by its letters: 3 P + Q. */
export const CONTROLLED_PAULIS = 9;

export function numberOf(p: Letter, q: Letter): number {
  return 3 * p + q;
}

/** Bits of an entry of `IMAGES`: letters of both qubits, and whether the sign turns. */
export const [FIRST, SECOND, TURNED] = [3, 2, 16] as const;

/** C(P, Q) R C(P, Q) by C(P, Q) and the letters of R, first | second << 2: letters again, and 16 where the sign turns. */
export const IMAGES: readonly Uint8Array[] = Array.from({ length: CONTROLLED_PAULIS }, (_, number) => {
  const [p, q] = [letterOf(Math.floor(number / 3)), letterOf(number % 3)];
  return Uint8Array.from({ length: 16 }, (_x, both) => image(p, q, both & FIRST, both >> SECOND));
});

function image(p: Letter, q: Letter, first: number, second: number): number {
  const crossesFirst = first !== 0 && first !== p + 1;
  const crossesSecond = second !== 0 && second !== q + 1;
  if (crossesFirst && crossesSecond) {
    // R P on the first, Q R on the second: i times i, each by its hand.
    const [r, s] = [letterOf(first - 1), letterOf(second - 1)];
    const sign = handedness(r, p) * handedness(q, s) > 0 ? TURNED : 0;
    return (thirdLetter(r, p) + 1) | ((thirdLetter(q, s) + 1) << SECOND) | sign;
  }
  if (crossesFirst) return first | ((second === 0 ? q + 1 : 0) << SECOND);
  if (crossesSecond) return (first === 0 ? p + 1 : 0) | (second << SECOND);
  return first | (second << SECOND);
}

/** Rows of letters, kept by qubits: that of a qubit in a row is at qubit * rows + row. */
export class Products {
  readonly letters: Uint8Array;
  /** 1 where the product is negative. */
  readonly signs: Uint8Array;

  constructor(
    readonly qubits: number,
    readonly rows: number,
    from?: Products,
  ) {
    this.letters = from?.letters.slice() ?? new Uint8Array(qubits * rows);
    this.signs = from?.signs.slice() ?? new Uint8Array(rows);
  }

  copy(): Products {
    return new Products(this.qubits, this.rows, this);
  }

  at(row: number, qubit: number): number {
    return this.letters[qubit * this.rows + row]!;
  }

  set(row: number, qubit: number, letter: number): void {
    this.letters[qubit * this.rows + row] = letter;
  }

  /** Takes rows from one on through C(P, Q) with P on qubit a and Q on b. */
  conjugate(a: number, b: number, number: number, begin = 0): void {
    const { letters, rows, signs } = this;
    const images = IMAGES[number]!;
    for (let row = begin, first = a * rows + begin, second = b * rows + begin; row < rows; row += 1) {
      const made = images[letters[first]! | (letters[second]! << SECOND)]!;
      letters[first] = made & FIRST;
      letters[second] = (made >> SECOND) & FIRST;
      signs[row]! ^= made >> 4;
      first += 1;
      second += 1;
    }
  }

  /** Rows from one on, as products of their own. */
  from(begin: number): Products {
    const rows = this.rows - begin;
    const made = new Products(this.qubits, rows);
    for (let q = 0; q < this.qubits; q += 1)
      made.letters.set(this.letters.subarray(q * this.rows + begin, (q + 1) * this.rows), q * rows);
    made.signs.set(this.signs.subarray(begin));
    return made;
  }

  /** Number of qubits on which a row has a letter. */
  size(row: number): number {
    let count = 0;
    for (let i = row; i < this.letters.length; i += this.rows) if (this.letters[i] !== 0) count += 1;
    return count;
  }

  /** The first qubit on which a row has a letter. */
  first(row: number): number {
    let qubit = 0;
    while (qubit < this.qubits - 1 && this.at(row, qubit) === 0) qubit += 1;
    return qubit;
  }

  commute(one: number, other: number): boolean {
    let crossings = 0;
    for (let begin = 0; begin < this.letters.length; begin += this.rows) {
      const a = this.letters[begin + one]!;
      const b = this.letters[begin + other]!;
      if (a !== 0 && b !== 0 && a !== b) crossings += 1;
    }
    return crossings % 2 === 0;
  }
}
