/**
 * The tensor of a subcircuit as Choi matrices. For each outcome x the sum over the components of the legs, times the Pauli
 * matrices that they belong to (transposed for inputs and mirrored legs), is
 *   J_x = sum over i, j of |i><j| (x) (what the subcircuit makes of |i><j| where x is the outcome)
 * up to a factor; ends of cut gates are in it as the branch qubits of their terms, which the subcircuit's isometry puts out. So
 * J_x has no negative eigenvalue, whatever was cut.
 */
import type { Subcircuit } from '../../cut/model/cutCircuit.js';
import type { RealMatrix } from '../frame.js';
import type { SettingTable } from '../settings.js';
import type { CutEndSettings } from '../subexperiments.js';

/** For each leg, in the order of the tensor's axes, whether its Pauli matrices are transposed. */
export function transposedLegs(
  { gateEnds }: Pick<Subcircuit, 'gateEnds'>,
  ends: readonly CutEndSettings[],
): boolean[] {
  return ends.flatMap(({ kind, places, table }) => {
    const legs = Math.round(Math.log2(evenDual(table).rows) / 2);
    const gateEnd = gateEnds[places[0]?.gateEnd ?? -1];
    const transposed = kind === 'downstream' || gateEnd?.end === 1;
    return Array.from({ length: legs }, () => transposed);
  });
}

/** Components from frequencies where all settings have as many shots. */
export function evenDual(table: SettingTable): RealMatrix {
  return table.dual(table.settings.map(() => 1));
}

const R = Math.SQRT1_2;

/** Between the components of one outcome, [4] * legs, and its matrix, 2^legs x 2^legs; sums of squares are the same. */
export class ChoiForm {
  readonly size: number;
  readonly #transposed: readonly boolean[];
  /** Where the matrix has what the transformed components hold, digit 2 * row + column for each leg. */
  readonly #place: Int32Array;
  readonly #work: { readonly re: Float64Array; readonly im: Float64Array };

  constructor(transposed: readonly boolean[]) {
    const legs = transposed.length;
    this.size = 2 ** legs;
    this.#transposed = transposed;
    this.#work = { re: new Float64Array(4 ** legs), im: new Float64Array(4 ** legs) };
    this.#place = Int32Array.from({ length: 4 ** legs }, (_, index) => {
      let [row, column] = [0, 0];
      for (let leg = 0; leg < legs; leg += 1) {
        const digit = Math.floor(index / 4 ** (legs - 1 - leg)) % 4;
        row = 2 * row + (digit >> 1);
        column = 2 * column + (digit & 1);
      }
      return row * this.size + column;
    });
  }

  /** The matrix, in the form of `matrix.ts`, of components that stand `stride` apart from `from` on. */
  toMatrix(values: Float64Array, from: number, stride: number): Float64Array {
    const { re, im } = this.#work;
    const matrix = new Float64Array(2 * re.length);
    for (let i = 0; i < re.length; i += 1) re[i] = values[from + i * stride]!;
    im.fill(0);
    this.#eachQuad((at, step, sign) => {
      const x = at + step;
      const y = x + step;
      const z = y + step;
      const ir = re[at]!;
      const ii = im[at]!;
      const xr = re[x]!;
      const xi = im[x]!;
      const yr = sign * re[y]!;
      const yi = sign * im[y]!;
      const zr = re[z]!;
      const zi = im[z]!;
      // Entries (0,0), (0,1), (1,0), (1,1) of I, X, Y, Z: 1 0 0 1, 0 1 1 0, 0 -i i 0, 1 0 0 -1.
      re[at] = R * (ir + zr);
      im[at] = R * (ii + zi);
      re[x] = R * (xr + yi);
      im[x] = R * (xi - yr);
      re[y] = R * (xr - yi);
      im[y] = R * (xi + yr);
      re[z] = R * (ir - zr);
      im[z] = R * (ii - zi);
    });
    for (let i = 0; i < re.length; i += 1) {
      const place = 2 * this.#place[i]!;
      matrix[place] = re[i]!;
      matrix[place + 1] = im[i]!;
    }
    return matrix;
  }

  /** The inverse of `toMatrix`. */
  toComponents(matrix: Float64Array, values: Float64Array, from: number, stride: number): void {
    const { re, im } = this.#work;
    for (let i = 0; i < re.length; i += 1) {
      const place = 2 * this.#place[i]!;
      re[i] = matrix[place]!;
      im[i] = matrix[place + 1]!;
    }
    this.#eachQuad((at, step, sign) => {
      const b = at + step;
      const c = b + step;
      const d = c + step;
      const ar = re[at]!;
      const ai = im[at]!;
      const br = re[b]!;
      const bi = im[b]!;
      const cr = re[c]!;
      const ci = im[c]!;
      const dr = re[d]!;
      const di = im[d]!;
      re[at] = R * (ar + dr);
      im[at] = R * (ai + di);
      re[b] = R * (br + cr);
      im[b] = R * (bi + ci);
      re[c] = -sign * R * (bi - ci);
      im[c] = sign * R * (br - cr);
      re[d] = R * (ar - dr);
      im[d] = R * (ai - di);
    });
    for (let i = 0; i < re.length; i += 1) values[from + i * stride] = re[i]!;
  }

  /** Visits the four values of each leg, whatever the others are; `sign` is -1 where Y is transposed. */
  #eachQuad(visit: (at: number, step: number, sign: 1 | -1) => void): void {
    const legs = this.#transposed.length;
    for (const [leg, transposed] of this.#transposed.entries()) {
      const step = 4 ** (legs - 1 - leg);
      for (let outer = 0; outer < 4 ** leg; outer += 1) {
        for (let inner = 0; inner < step; inner += 1)
          visit(outer * 4 * step + inner, step, transposed ? -1 : 1);
      }
    }
  }
}
