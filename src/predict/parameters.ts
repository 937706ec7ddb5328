/** How values of a circuit's free parameters are given. */
import { parseNumber } from '../circuit/qasm/parseNumber.js';
import type { OptionSpec } from '../options/option.js';
import { text, Unfit, type Reader } from '../options/readers.js';

/** Names as OpenQASM has them. */
const GIVEN = /^([\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Nd}_]*)=(.+)$/su;

/** Values of free parameters by name: `theta=0.4`, `θ=pi/2`, one at a time. */
export const parameterValues: Reader<Readonly<Record<string, number>>> = {
  needed: 'numbers by name are needed, such as { theta: 0.4 }',
  neededText: 'name=value with a number is needed, such as theta=0.4 or theta=pi/2',
  read: (given, before = {}) => {
    const [, name, number = ''] = GIVEN.exec(given.trim()) ?? [];
    if (name === undefined) return undefined;
    const value = parseNumber(number);
    if (typeof value === 'string') throw new Unfit(`the value '${number}' of ${name} is no number: ${value}`);
    return { ...before, [name]: value };
  },
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((number) => Number.isFinite(number)),
};

export interface ParameterChoices {
  /** Values of the circuit's free parameters. */
  readonly parameters?: Readonly<Record<string, number>> | undefined;
  /** A file with values for those that `parameters` leaves out: JSON, by name or in the order of declaration, or `.npy`. */
  readonly parametersFrom?: string | undefined;
}

export const PARAMETER_CHOICES = {
  parameters: {
    flags: '--param <name=value>',
    help: 'value of a free parameter of the circuit, a number or such as pi/2; may be repeated',
    reader: parameterValues,
  } satisfies OptionSpec,
  parametersFrom: {
    flags: '--params <file>',
    help: 'values of free parameters: JSON { "theta": 0.4 }, or a list or .npy array in the order of declaration',
    reader: text('the name of a file'),
  } satisfies OptionSpec,
};
