/** Values of a circuit's free parameters from a file. */
import { parseNumber } from '../../circuit/qasm/parseNumber.js';
import { KroncutError } from '../../error.js';
import { parseJson } from '../../json.js';
import type { Inputs } from '../../run/files/inputs.js';
import { readNpyFile, type ComplexArray } from '../../run/files/readNpy.js';

/** Values by name, or in the order in which the circuit declares its inputs. */
export interface ParameterFile {
  readonly byName?: Readonly<Record<string, number>>;
  readonly list?: readonly number[];
}

/**
 * Reads JSON, an object or a list whose values are numbers or texts such as "pi/2", or `.npy`, a list of real numbers. Throws
 * `input` with the file and what is wrong.
 */
export async function readParameters(
  inputs: Inputs,
  file: string,
  signal?: AbortSignal,
): Promise<ParameterFile> {
  if (file.endsWith('.npy')) return { list: numbersOf(await readNpyFile(file, MOST_NUMBERS), file) };
  const text = await inputs.read(file, signal);
  const data = parseJson(text, file, 'values such as { "theta": 0.4 } are needed');
  if (Array.isArray(data)) return { list: data.map((value, i) => numberOf(value, file, `value ${i}`)) };
  if (typeof data === 'object' && data !== null) {
    return {
      byName: Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, numberOf(value, file, `the value of ${name}`)]),
      ),
    };
  }
  throw new KroncutError(
    'input',
    `${file}: neither values by name, as { "theta": 0.4 }, nor a list, as [0.4]`,
  );
}

function numberOf(value: unknown, file: string, what: string): number {
  if (typeof value === 'number') return value;
  const read =
    typeof value === 'string' ? parseNumber(value) : 'a number, or a text such as "pi/2", is needed';
  if (typeof read === 'number') return read;
  throw new KroncutError('input', `${file}: ${what} is no number, ${described(value)}: ${read}`);
}

/** For a message; lists may hold lists, as deep as nobody can print. */
function described(value: unknown): string {
  if (Array.isArray(value)) return 'but a list';
  return typeof value === 'object' && value !== null ? 'but an object' : JSON.stringify(value);
}

/** More parameters than any circuit has. */
const MOST_NUMBERS = 2 ** 20;

function numbersOf({ shape, values }: ComplexArray, file: string): number[] {
  if (Math.max(...shape) !== values.length / 2) {
    throw new KroncutError(
      'input',
      `${file}: has shape (${shape.join(', ')}); a list of numbers has one axis`,
    );
  }
  return Array.from({ length: values.length / 2 }, (_, i) => {
    const [re = NaN, im = NaN] = values.subarray(2 * i);
    if (Number.isFinite(re) && im === 0) return re;
    throw new KroncutError('input', `${file}: value ${i} is not a finite real number`);
  });
}
