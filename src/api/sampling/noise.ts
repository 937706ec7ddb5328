/** The noise that a run is evaluated with: what options say of it, and what the manifest keeps. */
import { optionError, optionName } from '../../options/optionName.js';
import type { Context } from '../../run/context.js';
import type { Sampling } from '../../run/directory/manifest.js';
import { sha256 } from '../../run/files/fileHash.js';
import { plainNoise, readNoiseModel, type NoiseModel } from '../../subexperiments/noise/noiseModel.js';
import type { NoiseOptions } from '../options/noise.js';

/** The part of a manifest's note that noise is. */
export type NoiseOfRun = Pick<Sampling, 'noise' | 'mitigate'>;

/** For use on the root: null without noise. Throws `usage` for options that exclude others, `input` for a file that is no model. */
export async function noiseOf(
  { inputs, signal }: Pick<Context, 'inputs' | 'signal'>,
  options: NoiseOptions,
): Promise<NoiseOfRun | null> {
  const { noise: file, depolarizing, readoutError, mitigate } = options;
  const other = depolarizing !== undefined ? 'depolarizing' : 'readoutError';
  const plain = depolarizing !== undefined || readoutError !== undefined;
  if (file !== undefined && plain) {
    throw optionError('noise', ` and ${optionName(other)} both say what noise there is; leave one out`);
  }
  if (file === undefined && !plain) {
    if (mitigate === undefined) return null;
    throw optionError(
      'mitigate',
      ` needs ${optionName('noise')} or ${optionName('readoutError')}, which say how bits read wrong`,
    );
  }
  const model =
    file === undefined
      ? plainNoise(pairOf(depolarizing), pairOf(readoutError))
      : readNoiseModel(await inputs.read(file, signal), file);
  if (mitigate !== undefined) requireReadout(model);
  return { noise: JSON.stringify(model), ...(mitigate === undefined ? {} : { mitigate }) };
}

function requireReadout({ readout, qubits = {} }: NoiseModel): void {
  if (readout !== undefined || Object.values(qubits).some((own) => own.readout !== undefined)) return;
  throw optionError('mitigate', ' readout has nothing to undo: the noise model has no "readout"');
}

/** One value stands for both. */
function pairOf(values: readonly number[] | undefined): readonly [number, number] | undefined {
  const [first, second = first] = values ?? [];
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** Noise in words, for messages: a model by the first digits of its hash. */
export function noiseText({ noise, mitigate }: NoiseOfRun): string {
  if (noise === undefined) return '';
  const undone = mitigate === undefined ? '' : `, ${mitigate} mitigated`;
  return ` under noise ${sha256(noise).slice(0, 8)}${undone}`;
}
