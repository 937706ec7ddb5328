/** Reads the circuit that a function of the library is called with. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { checkCircuit } from '../../circuit/checkCircuit.js';
import type { Circuit } from '../../circuit/circuit.js';
import type { Fence, FreeInput } from '../../circuit/fence.js';
import { lightCone } from '../../circuit/lightCone.js';
import { readProgram, type ReadProgramOptions } from '../../circuit/qasm/readQasm.js';
import { KroncutError } from '../../error.js';
import { fileError } from '../../run/files/files.js';
import { readRegularSync } from '../../run/files/inputs.js';
import type { ParameterChoices } from '../../predict/parameters.js';
import { checkBits } from '../../reconstruct/queries/marginal.js';
import type { Context } from '../../run/context.js';
import type { CutOptions } from '../options/cut.js';
import { readParameters } from './readParameters.js';
import { isCircuit, type CircuitSource } from './source.js';

/** A circuit that was read, and how it was named. */
export interface ReadCircuit {
  readonly name: string;
  readonly circuit: Circuit;
  /** What the file has of them; none for a circuit that was read before. */
  readonly fences: readonly Fence[];
  /** Inputs without a value, where such are kept. */
  readonly inputs: readonly FreeInput[];
  /** Values of the circuit's parameters, by name. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** Where circuits are read from, and who hears of remarks on them. */
export type ReadingContext = Pick<Context, 'inputs' | 'onWarning' | 'signal'>;

/** Reads a circuit, or what of it the outcome bits `lightConeOf` depend on. Throws `input` where it is none. */
export async function readCircuit(
  context: ReadingContext,
  source: CircuitSource,
  choices: ParameterChoices & Pick<CutOptions, 'lightConeOf'> & Pick<ReadProgramOptions, 'keeping'>,
): Promise<ReadCircuit> {
  const read = await circuitOf(context, source, choices);
  const { lightConeOf } = choices;
  if (lightConeOf === undefined) return read;
  checkBits('lightConeOf', lightConeOf, read.circuit.outcomes.length);
  return { ...read, circuit: lightCone(read.circuit, lightConeOf), fences: [] };
}

async function circuitOf(
  { inputs, onWarning, signal }: ReadingContext,
  source: CircuitSource,
  { parameters = {}, parametersFrom, keeping }: ParameterChoices & Pick<ReadProgramOptions, 'keeping'>,
): Promise<ReadCircuit> {
  if (typeof source === 'object' && isCircuit(source)) {
    checkCircuit(source);
    const unknown = parametersFrom ?? Object.keys(parameters)[0];
    if (unknown === undefined)
      return { name: 'circuit', circuit: source, parameters: {}, fences: [], inputs: [] };
    throw new KroncutError(
      'usage',
      `parameters: ${unknown} has its value since the circuit was read; leave it out`,
    );
  }
  const file = source === '-' ? 'standard input' : source;
  const name = typeof file === 'string' ? file : (file.name ?? 'circuit');
  const text = typeof source === 'string' ? await inputs.read(source, signal) : source.text;
  const given = parametersFrom === undefined ? {} : await readParameters(inputs, parametersFrom, signal);
  const options = { file: name, onWarning, include: includer(source), parameterList: given.list, keeping };
  return { name, ...readProgram(text, { ...options, parameters: { ...given.byName, ...parameters } }) };
}

/** Reads files that a circuit includes, from its own folder and those below; undefined for a circuit that has none. */
function includer(source: CircuitSource): ((file: string) => string) | undefined {
  if (typeof source !== 'string' || source === '-') return undefined;
  return (file) => {
    let [folder, found] = ['', ''];
    try {
      folder = realpathSync(path.dirname(source));
      found = realpathSync(path.resolve(folder, file));
    } catch (error) {
      throw fileError(error, file, 'read');
    }
    const within = path.relative(folder, found);
    if (within.startsWith('..') || path.isAbsolute(within)) {
      throw new KroncutError('input', `it lies outside of the folder of ${source}; copy it there`);
    }
    try {
      return readRegularSync(found);
    } catch (error) {
      throw fileError(error, file, 'read');
    }
  };
}
