/** The settings of a cut wire: its upstream end is measured, its downstream end prepared (Peng et al., arXiv:1904.00102). */
import { adjointMatrix, multiplyMatrices } from '../circuit/matrix.js';
import { leftInverse, realMatrix } from './frame.js';
import { PAULI, PAULI_FRAMES, PAULI_NAMES } from '../circuit/pauli.js';
import { rowsOf, rowWeights, type Setting, type SettingStep, type SettingTable } from './settings.js';

const COMPONENTS = 4;
const AXES = [3, 1, 2] as const;
const SIGNS = [1, -1] as const;

/**
 * The upstream end: Z, X or Y is measured where the wire ends. Components are Tr(P rho), so a row is (I +- P) / 2; that of I
 * is the same in all three, and pooled.
 */
export const UPSTREAM: SettingTable = tableOf(
  AXES.map((axis): Setting => {
    const turn: SettingStep[] =
      axis === 3 ? [] : [{ on: ['end'], matrix: adjointMatrix(PAULI_FRAMES[axis]) }];
    return {
      label: PAULI_NAMES[axis],
      recording: 'final',
      ancilla: false,
      steps: [[...turn, { measure: 'end' }]],
    };
  }),
  0.5,
);

const STATE_NAMES = [[], ['+', '-'], ['+i', '-i'], ['0', '1']] as const;

/**
 * The downstream end: one of the six eigenstates of Z, X, Y is prepared, which has a one-norm of 4 (four states that suffice
 * would have one of 6). Components are for inputs P / 2, so a row is I +- P.
 */
export const DOWNSTREAM: SettingTable = tableOf(
  AXES.flatMap((axis) =>
    SIGNS.map((sign, bit): Setting => {
      const matrix = sign === 1 ? PAULI_FRAMES[axis] : multiplyMatrices(PAULI_FRAMES[axis], PAULI[1]);
      const steps: SettingStep[] = axis === 3 && sign === 1 ? [] : [{ on: ['end'], matrix }];
      return { label: STATE_NAMES[axis][bit] ?? '', recording: 'none', ancilla: false, steps: [steps] };
    }),
  ),
  1,
);

/** Two rows for each axis: `scale` times I +- P. */
function tableOf(settings: readonly Setting[], scale: number): SettingTable {
  const rows = settings.map(rowsOf);
  const each = AXES.flatMap((axis) => SIGNS.map((sign) => ({ axis, sign })));
  const effects = realMatrix(each.length, COMPONENTS, (row, column) => {
    const { axis, sign } = each[row] ?? { axis: 0, sign: 0 };
    return column === 0 ? scale : column === axis ? scale * sign : 0;
  });
  return { settings, rows, effects, dual: (weights) => leftInverse(effects, rowWeights(rows, weights)) };
}
