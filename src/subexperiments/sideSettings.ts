/** The settings of the sides of a cut phase of several qubits; see branchTable.ts for what they tell. */
import { allOnes, phaseOfAll } from '../circuit/phaseOfAll.js';
import type { Operation } from '../circuit/lower.js';
import { branchTable, type BranchSetting, type Complex } from './branchTable.js';
import { interferingTable, SHARED_TERMS } from './gateSettings.js';
import type { SettingQubit, SettingStep, SettingTable } from './settings.js';

/**
 * The first side: K_1 projects on the state where all its `qubits` are 1, K_0 on the others. An ancilla takes which one it is,
 * and is measured; or the qubits are given a phase of 0, 180, 90 or 270 degrees where all are 1.
 */
export function controlSideTable(qubits: number, end: 0 | 1): SettingTable {
  const all = Array.from({ length: qubits }, (_, i) => i);
  const phases: readonly (readonly [number, Complex])[] = [
    [0, [1, 0]],
    [180, [-1, 0]],
    [90, [0, 1]],
    [-90, [0, -1]],
  ];
  const measured: BranchSetting = {
    setting: {
      label: 'measure all',
      recording: 'final',
      ancilla: true,
      steps: [[...stepsOf(allOnes(all, qubits), qubits), { measure: 'ancilla' }]],
    },
    outcomes: [only(0), only(1)],
  };
  const turned = phases.map(([degrees, phase]): BranchSetting => {
    const operations = degrees === 0 ? [] : phaseOfAll(all, (degrees * Math.PI) / 180);
    const steps = [stepsOf(operations, qubits)];
    return {
      setting: { label: `phase ${degrees}`, recording: 'none', ancilla: false, steps },
      outcomes: [[[1, 0], phase]],
    };
  });
  return branchTable({ branches: 1, mirrored: end === 1, terms: SHARED_TERMS }, [measured, ...turned]);
}

/**
 * The second side: K_0 does nothing, K_1 is the phase where all its `qubits` are 1. One of them is done, or both by an ancilla in
 * |+>, of which X or Y is measured afterwards.
 */
export function targetSideTable(qubits: number, angle: number, end: 0 | 1): SettingTable {
  const all = Array.from({ length: qubits }, (_, i) => i);
  return interferingTable(
    end,
    (k) => [k === 0 ? [] : stepsOf(phaseOfAll(all, angle), qubits)],
    ({ prepare, measure }) => [
      [...prepare, ...stepsOf(phaseOfAll([qubits, ...all], angle), qubits), ...measure],
    ],
  );
}

/** kappa_k of an outcome that is one term. */
function only(term: 0 | 1): Complex[] {
  return [0, 1].map((k): Complex => [k === term ? 1 : 0, 0]);
}

/** Operations on the qubits of an end, 0 the first one, and on `ancilla`. */
function stepsOf(operations: readonly Operation[], ancilla: number): SettingStep[] {
  const nameOf = (qubit: number): SettingQubit =>
    qubit === 0 ? 'end' : qubit === ancilla ? 'ancilla' : qubit - 1;
  return operations.map(({ qubits, matrix }) => ({ on: qubits.map(nameOf), matrix }));
}
