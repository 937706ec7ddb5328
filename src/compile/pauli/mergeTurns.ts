/**
 * Turns about the same Pauli product, anywhere in a circuit, merged. With the controlled Paulis before it taken to its
 * other side, each turn is one about a product of Paulis; two about the same become one where all between commute with
 * it (Zhang and Chen 2019, arXiv:1903.12456). That finds equal parities of phase polynomials, also behind gates that
 * have nothing to do with them.
 */
import { X, Z, type Letter } from './localClifford.js';
import type { Operation, Pair, Sequence, Turn } from './sequence.js';

/** Where the sum of two turns stands. */
export type Where = 'first' | 'last';

/** Turns between two equal ones that are looked at, at most: far more than there are in any but huge circuits. */
const MOST_BETWEEN = 1 << 15;

/** Merges turns, or none where none can be. */
export function mergeTurns(sequence: Sequence, where: Where): Sequence {
  const { qubits, operations } = sequence;
  const table = new PauliTable(qubits);
  const turns: { place: number; row: Uint32Array; isMinus: boolean }[] = [];
  const places: (Operation | undefined)[] = [...operations];
  const latest = new Map<string, number>();
  for (const [place, operation] of operations.entries()) {
    if (operation.kind === 'pair') {
      table.conjugate(operation);
      continue;
    }
    const { row, isMinus } = table.product(operation.a, operation.p);
    const key = String.fromCharCode(...new Uint16Array(row.buffer));
    const partner = latest.get(key);
    latest.set(key, turns.length);
    turns.push({ place, row, isMinus });
    if (partner === undefined || turns.length - partner > MOST_BETWEEN) continue;
    const before = turns[partner]!;
    const other = places[before.place];
    if (other?.kind !== 'turn' || !commutesBack(turns, places, partner, row)) continue;
    const sum = (turn: Turn, rest: Turn): Turn => ({
      ...turn,
      angle: turn.angle + (before.isMinus === isMinus ? rest.angle : -rest.angle),
    });
    if (where === 'first') {
      places[before.place] = sum(other, operation);
      places[place] = undefined;
      turns.pop();
      latest.set(key, partner);
    } else {
      places[place] = sum(operation, other);
      places[before.place] = undefined;
    }
  }
  return { ...sequence, operations: places.filter((operation) => operation !== undefined) };
}

function commutesBack(
  turns: readonly { place: number; row: Uint32Array }[],
  places: readonly (Operation | undefined)[],
  partner: number,
  row: Uint32Array,
): boolean {
  for (let i = turns.length - 2; i > partner; i -= 1) {
    const between = turns[i]!;
    if (places[between.place] !== undefined && !commute(between.row, row)) return false;
  }
  return true;
}

/** Whether two products of Paulis commute; rows hold the bits of X, then those of Z. */
function commute(a: Uint32Array, b: Uint32Array): boolean {
  const words = a.length / 2;
  let parity = 0;
  for (let i = 0; i < words; i += 1) parity ^= (a[i]! & b[words + i]!) ^ (a[words + i]! & b[i]!);
  return bitCount(parity) % 2 === 0;
}

/** What the Paulis of each qubit are before the controlled Paulis so far: i^phase X^x Z^z. */
class PauliTable {
  private readonly words: number;
  private readonly rows: Uint32Array[];
  private readonly phases: Uint8Array;

  constructor(qubits: number) {
    this.words = Math.ceil(qubits / 32);
    this.rows = Array.from({ length: 2 * qubits }, (_, i) => {
      const row = new Uint32Array(2 * this.words);
      const [q, isZ] = [i >> 1, i % 2 === 1];
      row[(isZ ? this.words : 0) + (q >> 5)] = 1 << (q & 31);
      return row;
    });
    this.phases = new Uint8Array(2 * qubits);
  }

  /** The row of a Pauli of a qubit; Y = i X Z. */
  private at(qubit: number, letter: Letter): { row: Uint32Array; phase: number } {
    const [x, z] = [2 * qubit, 2 * qubit + 1];
    if (letter === X) return { row: this.rows[x]!, phase: this.phases[x]! };
    if (letter === Z) return { row: this.rows[z]!, phase: this.phases[z]! };
    const row = this.rows[x]!.slice();
    const phase = this.phases[x]! + this.multiply(row, this.rows[z]!) + this.phases[z]! + 1;
    return { row, phase };
  }

  /** Multiplies a row from the right; gives what the order of X and Z adds to the phase. */
  private multiply(row: Uint32Array, by: Uint32Array): number {
    let crossings = 0;
    for (let i = 0; i < this.words; i += 1) crossings ^= row[this.words + i]! & by[i]!;
    for (let i = 0; i < row.length; i += 1) row[i]! ^= by[i]!;
    return bitCount(crossings) % 2 === 1 ? 2 : 0;
  }

  conjugate({ a, b, p, q }: Pair): void {
    const [one, two] = [this.at(a, p), this.at(b, q)];
    const [first, second] = [
      { row: one.row.slice(), phase: one.phase },
      { row: two.row.slice(), phase: two.phase },
    ];
    for (const [qubit, letter, { row, phase }] of [
      [a, p, second],
      [b, q, first],
    ] as const) {
      for (const [i, own] of [
        [2 * qubit, X],
        [2 * qubit + 1, Z],
      ] as const) {
        if (own === letter) continue;
        const crossed = this.multiply(this.rows[i]!, row);
        this.phases[i] = (this.phases[i]! + phase + crossed) % 4;
      }
    }
  }

  /** A turn's product of Paulis, and whether it is the negative one. */
  product(qubit: number, letter: Letter): { row: Uint32Array; isMinus: boolean } {
    const { row, phase } = this.at(qubit, letter);
    let both = 0;
    for (let i = 0; i < this.words; i += 1) both += bitCount(row[i]! & row[this.words + i]!);
    return { row: row.slice(), isMinus: (phase - both + 4 * row.length * 32) % 4 === 2 };
  }
}

/** Number of ones among 32 bits. */
export function bitCount(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
