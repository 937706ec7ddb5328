/**
 * Phases on the state where all of three or more qubits are 1 (ccz; ccx but for two h), found again among the gates on one and
 * two qubits that they were taken apart into, by us or by others. With P_S = 1 where all qubits of S are 1, the phase on A and
 * B together is 1 + (exp(i angle) - 1) P_A x P_B, and with Z_S = 1 - 2 P_S, which is unitary and its own inverse,
 * exp(i angle Z_A x Z_B / 4) but for a phase and factors on A alone and on B alone. So cut between A and B it has the two terms and the
 * gamma, 1 + 2 |sin(angle / 2)|, of the cp gate with this angle (Mitarai and Fujii, arXiv:2006.11174, and Schmitt, Piveteau and
 * Sutter, arXiv:2312.11638, for gates of two qubits; nothing in it depends on the sizes of A and B).
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { gateMatrix } from '../../circuit/gates.js';
import { numberAt, valueAt } from '../../error.js';

/** Gates of a circuit that together are a phase of several qubits. */
export interface PhaseGroup {
  /**
   * Positions of the gates, ascending. Gates in between are on other qubits, or on qubits that none of the following ones acts on:
   * so all may act where the first one does.
   */
  readonly positions: readonly number[];
  /** Ascending. */
  readonly qubits: readonly number[];
  /** In radians, between -pi and pi. */
  readonly angle: number;
}

/** Qubits of a group at most; beyond, decompositions are made of smaller ones. */
export const MOST_QUBITS = 6;
/** How far behind its first gate the last one of a group is looked for. */
const REACH = 160;
const TOLERANCE = 1e-12;

const groupsOfCircuits = new WeakMap<Circuit, readonly PhaseGroup[]>();

/** The groups of a circuit, none of which share a gate: found once for a circuit. Of several in one place, the widest. */
export function phaseGroups(circuit: Circuit): readonly PhaseGroup[] {
  const known = groupsOfCircuits.get(circuit);
  if (known !== undefined) return known;
  const found: PhaseGroup[] = [];
  const taken = new Set<number>();
  const forms = circuit.gates.map(monomialForm);
  circuit.gates.forEach(({ qubits }, start) => {
    if (qubits.length !== 2 || taken.has(start) || forms[start] === undefined) return;
    const group = groupFrom(circuit.gates, forms, start, taken);
    if (group === undefined) return;
    found.push(group);
    for (const position of group.positions) taken.add(position);
  });
  groupsOfCircuits.set(circuit, found);
  return found;
}

/** Gamma of a phase that is cut as one. */
export function phaseGamma(angle: number): number {
  return 1 + 2 * Math.abs(Math.sin(angle / 2));
}

function groupFrom(
  gates: readonly Gate[],
  forms: readonly (MonomialForm | undefined)[],
  start: number,
  taken: ReadonlySet<number>,
): PhaseGroup | undefined {
  const block = new Block();
  const closed = new Set<number>();
  let best: PhaseGroup | undefined;
  for (let position = start; position < Math.min(gates.length, start + REACH); position += 1) {
    const { qubits } = valueAt(gates, position);
    const form = forms[position];
    const joins = position === start || qubits.some((qubit) => block.qubits.includes(qubit));
    const fits = joins && !taken.has(position) && !qubits.some((qubit) => closed.has(qubit));
    if (!fits || form === undefined || block.widthWith(qubits) > MOST_QUBITS) {
      for (const qubit of qubits) closed.add(qubit);
      if (block.qubits.every((qubit) => closed.has(qubit))) break;
      continue;
    }
    block.apply(qubits, form);
    block.positions.push(position);
    if (block.qubits.length <= Math.max(2, best?.qubits.length ?? 0)) continue;
    const angle = block.angle();
    if (angle === undefined) continue;
    best = { positions: [...block.positions], qubits: block.qubits.toSorted((a, b) => a - b), angle };
  }
  return best;
}

/** A matrix with one entry in each column: its row, and its phase. */
interface MonomialForm {
  readonly rows: readonly number[];
  readonly phases: readonly number[];
}

function monomialForm(gate: Gate): MonomialForm | undefined {
  const matrix = gateMatrix(gate);
  const order = 2 ** gate.qubits.length;
  const rows: number[] = [];
  const phases: number[] = [];
  for (let column = 0; column < order; column += 1) {
    for (let row = 0; row < order; row += 1) {
      const at = 2 * (row * order + column);
      const [re, im] = [numberAt(matrix, at), numberAt(matrix, at + 1)];
      if (Math.hypot(re, im) < TOLERANCE) continue;
      if (rows.length > column) return undefined;
      rows.push(row);
      phases.push(Math.atan2(im, re));
    }
  }
  return { rows, phases };
}

/** A product of monomial gates: where each basis state goes, and with which phase. */
class Block {
  readonly qubits: number[] = [];
  readonly positions: number[] = [];
  private image = [0];
  private phase = [0];

  widthWith(qubits: readonly number[]): number {
    return new Set([...this.qubits, ...qubits]).size;
  }

  apply(qubits: readonly number[], { rows, phases }: MonomialForm): void {
    for (const qubit of qubits) if (!this.qubits.includes(qubit)) this.widen(qubit);
    const places = qubits.map((qubit) => this.qubits.indexOf(qubit));
    const mask = places.reduce((bits, place) => bits | (1 << place), 0);
    this.image = this.image.map((state, from) => {
      const column = places.reduce((bits, place, i) => bits | (((state >> place) & 1) << i), 0);
      const row = valueAt(rows, column);
      this.phase[from] = valueAt(this.phase, from) + valueAt(phases, column);
      return places.reduce((bits, place, i) => bits | (((row >> i) & 1) << place), state & ~mask);
    });
  }

  /** The angle of the phase that this is, but for one of the whole; undefined where it is none. */
  angle(): number | undefined {
    const last = this.image.length - 1;
    const first = valueAt(this.phase, 0);
    const away = (state: number): number => turned(valueAt(this.phase, state) - first);
    if (this.image.some((to, from) => to !== from)) return undefined;
    for (let state = 1; state < last; state += 1) if (Math.abs(away(state)) > TOLERANCE) return undefined;
    const angle = away(last);
    return Math.abs(angle) > TOLERANCE ? angle : undefined;
  }

  private widen(qubit: number): void {
    const size = this.image.length;
    this.qubits.push(qubit);
    this.image = [...this.image, ...this.image.map((state) => state + size)];
    this.phase = [...this.phase, ...this.phase];
  }
}

/** The same angle between -pi and pi. */
function turned(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
