/** The settings of the ends of cut gates (see branchTable.ts for what they tell). */
import { activeTerms, type GateCutBasis } from '../circuit/gateCutBasis.js';
import type { ControlForm } from '../circuit/controlForm.js';
import { selectedOperation } from '../circuit/controlForm.js';
import { adjointMatrix, multiplyMatrices } from '../circuit/matrix.js';
import { branchTable, type BranchSetting, type Complex } from './branchTable.js';
import type { Setting, SettingStep, SettingTable } from './settings.js';
import { PAULI, PAULI_FRAMES, PAULI_NAMES } from '../circuit/pauli.js';
import { numberAt } from '../error.js';

const R = Math.SQRT1_2;

/**
 * An end of a cut gate with a bond of its own: K_k = after P_k before. For any two terms three settings beside P_k and P_l
 * themselves: a bit measured and two rotations. With s = P_l and P_k = 1: E = (1 +- s) / 2 and (1 -+ i s) / sqrt 2; with both
 * different from 1, of which c is the third: E = (P_k +- P_l) / sqrt 2 and (1 +- P_c) P_k / 2.
 */
export function gateEndTable(basis: GateCutBasis, end: 0 | 1): SettingTable {
  const terms = activeTerms(basis);
  const frame = { before: basis.before[end], after: basis.after[end] };
  const none = terms.map((): Complex => [0, 0]);
  const at = (places: Readonly<Record<number, Complex>>): Complex[] =>
    none.map((zero, k) => places[k] ?? zero);
  const settings: BranchSetting[] = terms.map(({ pauli }, k) => ({
    setting: applied(`apply ${PAULI_NAMES[pauli]}`, PAULI[pauli], frame),
    outcomes: [at({ [k]: [1, 0] })],
  }));
  for (const [k, { pauli: one }] of terms.entries()) {
    for (const [l, { pauli: other }] of terms.entries()) {
      if (l <= k) continue;
      if (one === 0) settings.push(...withIdentity([k, l], other, frame, at));
      else if (other === 0) settings.push(...withIdentity([l, k], one, frame, at));
      else settings.push(...ofTwo([k, l], [one, other], frame, at));
    }
  }
  const branchEnd = {
    branches: Math.log2(basis.rank),
    mirrored: end === 1,
    terms: terms.map(({ branch, weight, phase }) => ({ branch, weight: end === 0 ? weight : phase, phase })),
  };
  return branchTable(branchEnd, settings);
}

interface Frame {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

type Kappas = (places: Readonly<Record<number, Complex>>) => Complex[];
type PauliNumber = 0 | 1 | 2 | 3;

/** For the terms 1, of number k, and the Pauli matrix s, of number l. */
function withIdentity(
  [k, l]: readonly [number, number],
  pauli: PauliNumber,
  frame: Frame,
  at: Kappas,
): BranchSetting[] {
  const name = PAULI_NAMES[pauli];
  const rotation = (sign: 1 | -1): BranchSetting => ({
    setting: applied(
      `rotate ${name} ${90 * sign}`,
      combined(PAULI[0], [R, 0], PAULI[pauli], [0, -sign * R]),
      frame,
    ),
    outcomes: [at({ [k]: [R, 0], [l]: [0, -sign * R] })],
  });
  return [
    {
      setting: measured(`measure ${name}`, undefined, pauli, frame),
      outcomes: [1, -1].map((sign) => at({ [k]: [0.5, 0], [l]: [sign / 2, 0] })),
    },
    rotation(1),
    rotation(-1),
  ];
}

/** The Pauli matrix that is neither 1 nor one of two. */
const THIRD = [
  [0, 0, 0, 0],
  [0, 0, 3, 2],
  [0, 3, 0, 1],
  [0, 2, 1, 0],
] as const;

/** For two different Pauli matrices, neither of which is 1. */
function ofTwo(
  [k, l]: readonly [number, number],
  [a, b]: readonly [PauliNumber, PauliNumber],
  frame: Frame,
  at: Kappas,
): BranchSetting[] {
  const c = THIRD[a][b];
  // P_a P_b = i turn P_c, and so P_c P_a = i turn P_b.
  const turn = (b - a + 3) % 3 === 1 ? 1 : -1;
  const reflection = (sign: 1 | -1): BranchSetting => ({
    setting: applied(
      `reflect ${PAULI_NAMES[a]}${sign === 1 ? '+' : '-'}${PAULI_NAMES[b]}`,
      combined(PAULI[a], [R, 0], PAULI[b], [sign * R, 0]),
      frame,
    ),
    outcomes: [at({ [k]: [R, 0], [l]: [sign * R, 0] })],
  });
  return [
    reflection(1),
    reflection(-1),
    {
      setting: measured(`apply ${PAULI_NAMES[a]}, measure ${PAULI_NAMES[c]}`, PAULI[a], c, frame),
      outcomes: [1, -1].map((sign) => at({ [k]: [0.5, 0], [l]: [0, (sign * turn) / 2] })),
    },
  ];
}

function applied(label: string, matrix: Float64Array, { before, after }: Frame): Setting {
  const whole = multiplyMatrices(after, multiplyMatrices(matrix, before));
  return { label, recording: 'none', ancilla: false, steps: [[{ on: ['end'], matrix: whole }]] };
}

/** Measures a Pauli matrix in the middle of the circuit, after `first` where it is given. */
function measured(
  label: string,
  first: Float64Array | undefined,
  pauli: PauliNumber,
  { before, after }: Frame,
): Setting {
  const eigenvectors = PAULI_FRAMES[pauli];
  const into = multiplyMatrices(
    adjointMatrix(eigenvectors),
    first === undefined ? before : multiplyMatrices(first, before),
  );
  const steps: SettingStep[] = [
    { on: ['end'], matrix: into },
    { measure: 'end' },
    { on: ['end'], matrix: multiplyMatrices(after, eigenvectors) },
  ];
  return { label, recording: 'middle', ancilla: false, steps: [steps] };
}

/** a A + b B for 2x2 matrices. */
function combined(
  matrix: Float64Array,
  [ar, ai]: Complex,
  other: Float64Array,
  [br, bi]: Complex,
): Float64Array {
  return matrix.map((value, i) => {
    const [partner = 0, [sign]] = [matrix[i ^ 1], i % 2 === 0 ? [-1] : [1]] as const;
    const second = numberAt(other, i);
    const secondPartner = numberAt(other, i ^ 1);
    return ar * value + sign * ai * partner + br * second + sign * bi * secondPartner;
  });
}

/** The terms of a group of gates that share a bond: two, of weight one. */
export const SHARED_TERMS = ([0, 1] as const).map((branch) => ({
  branch,
  weight: [1, 0] as Complex,
  phase: [1, 0] as Complex,
}));

/**
 * The control of gates that share a bond: K_k projects on a vector of its basis. The basis is measured, or turned by a
 * phase of 0, 180, 90 or 270 degrees between its vectors; all but the first gate do what the control does by itself.
 */
export function controlTable(forms: readonly ControlForm[], end: 0 | 1): SettingTable {
  const later = forms
    .slice(1)
    .map((form): SettingStep[] => [
      { on: ['end'], matrix: multiplyMatrices(form.output, adjointMatrix(form.input)) },
    ]);
  const [first] = forms;
  if (first === undefined) throw new RangeError('a group of gates has a first one');
  const into = adjointMatrix(first.input);
  const measure: SettingStep[] = [
    { on: ['end'], matrix: into },
    { measure: 'end' },
    { on: ['end'], matrix: first.output },
  ];
  const phases: readonly (readonly [number, Complex])[] = [
    [0, [1, 0]],
    [180, [-1, 0]],
    [90, [0, 1]],
    [-90, [0, -1]],
  ];
  const settings: BranchSetting[] = [
    {
      setting: { label: 'measure basis', recording: 'middle', ancilla: false, steps: [measure, ...later] },
      outcomes: [
        [
          [1, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
    },
    ...phases.map(([degrees, phase]): BranchSetting => {
      const turn = Float64Array.of(1, 0, 0, 0, 0, 0, ...phase);
      const matrix = multiplyMatrices(first.output, multiplyMatrices(turn, into));
      const steps = [[{ on: ['end'] as const, matrix }], ...later];
      return {
        setting: { label: `phase ${degrees}`, recording: 'none', ancilla: false, steps },
        outcomes: [[[1, 0], phase]],
      };
    }),
  ];
  return branchTable({ branches: 1, mirrored: end === 1, terms: SHARED_TERMS }, settings);
}

/**
 * The targets of gates that share a bond: K_k is what all of them do for vector k of the control. They do it for one vector,
 * or for both by an ancilla in |+>, of which X or Y is measured when the last one is done.
 */
export function targetTable(forms: readonly ControlForm[], end: 0 | 1): SettingTable {
  return interferingTable(
    end,
    (k) => forms.map(({ operations }) => [{ on: ['end'], matrix: operations[k] }]),
    ({ prepare, measure }) =>
      forms.map(({ operations }, place) => [
        ...(place === 0 ? prepare : []),
        { on: ['ancilla', 'end'], matrix: selectedOperation(operations) },
        ...(place === forms.length - 1 ? measure : []),
      ]),
  );
}

type Steps = BranchSetting['setting']['steps'];

/** What puts an ancilla into |+>, and what measures X or Y of it. */
interface AncillaSteps {
  readonly prepare: Steps[number];
  readonly measure: Steps[number];
}

/** An end that does one of two things, K_0 or K_1: each by itself, and both by an ancilla in |+> that says which. */
export function interferingTable(
  end: 0 | 1,
  one: (k: 0 | 1) => Steps,
  both: (ancilla: AncillaSteps) => Steps,
): SettingTable {
  const branch = (k: 0 | 1): BranchSetting => ({
    setting: { label: `branch ${k}`, recording: 'none', ancilla: false, steps: one(k) },
    outcomes: [[0, 1].map((term): Complex => [term === k ? 1 : 0, 0])],
  });
  const interference = (axis: 1 | 2): BranchSetting => ({
    setting: {
      label: `interfere ${PAULI_NAMES[axis]}`,
      recording: 'final',
      ancilla: true,
      steps: both({
        prepare: [{ on: ['ancilla'], matrix: PAULI_FRAMES[1] }],
        measure: [{ on: ['ancilla'], matrix: adjointMatrix(PAULI_FRAMES[axis]) }, { measure: 'ancilla' }],
      }),
    },
    outcomes: [1, -1].map((sign) => [[0.5, 0], axis === 1 ? [sign / 2, 0] : [0, -sign / 2]]),
  });
  return branchTable({ branches: 1, mirrored: end === 1, terms: SHARED_TERMS }, [
    branch(0),
    branch(1),
    interference(1),
    interference(2),
  ]);
}
