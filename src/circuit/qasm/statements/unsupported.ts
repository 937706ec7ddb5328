/** What OpenQASM has and Kroncut does not, with the sentence that says so. */

const CONDITION = 'conditions are not supported inside of a gate definition, which holds gates alone';
const LOOP =
  'loops are not supported but those over constants (for); write the repeated gates out (Qiskit: unroll before exporting)';
const TIMING = 'timing is not supported; remove boxes and durations, they do not change the ideal outcome';
const CALIBRATION = 'pulse calibrations are not supported; export the circuit without them';
const SUBROUTINE = 'subroutines and external functions are not supported; use a gate definition';
const CLASSICAL =
  'classical computation is not supported, only constants (const int, const float, const angle)';

/** Statements that are refused by their first word. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['reset', 'reset is not supported inside of a gate definition, which holds gates alone'],
  ['measure', 'measure is not supported inside of a gate definition, which holds gates alone'],
  [
    'delay',
    'delay is not supported inside of a gate definition; remove it, it does not change the ideal outcome',
  ],
  ['if', CONDITION],
  ['for', 'loops are not supported inside of a gate definition; write the repeated gates out'],
  ['else', 'else stands behind no if'],
  ['switch', 'switch is not supported; write its cases as if and else'],
  ['while', LOOP],
  ['break', LOOP],
  ['continue', LOOP],
  ['end', 'end is not supported; the program ends with the file'],
  ['box', TIMING],
  ['boxas', TIMING],
  ['boxto', TIMING],
  ['duration', TIMING],
  ['stretch', TIMING],
  ['durationof', TIMING],
  ['nop', TIMING],
  ['cal', CALIBRATION],
  ['defcal', CALIBRATION],
  ['defcalgrammar', CALIBRATION],
  ['def', SUBROUTINE],
  ['extern', SUBROUTINE],
  ['return', SUBROUTINE],
  ['array', 'arrays are not supported; use single constants'],
  ['complex', CLASSICAL],
  ['output', 'output declarations are not supported; every classical bit is an output'],
]);
