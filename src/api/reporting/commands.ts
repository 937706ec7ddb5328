/** The commands that make a run as it is, from what its manifest notes. */
import { longFlag, type AnyTable, type IdentityValue } from '../../options/option.js';
import { CUT_CHOICES } from '../../predict/cutChoices.js';
import { shellWord } from '../../report/words.js';
import type { KeptQuestion, Manifest } from '../../run/directory/manifest.js';
import { NOISE_OPTIONS } from '../options/noise.js';
import { SAMPLING_OPTIONS } from '../options/sampling.js';

/** Flags of options by property, as a command line has them. */
export function flags(
  table: AnyTable,
  values: Readonly<Record<string, IdentityValue | undefined>>,
): string[] {
  return Object.entries(table).flatMap(([key, spec]) => {
    const value = values[key];
    const flag = longFlag(spec);
    if (flag === undefined || value === undefined || value === null || value === false) return [];
    return value === true ? [flag] : [flag, shellWord(String(value))];
  });
}

export function commandsOf(
  name: string,
  { circuit, options, stages }: Manifest,
  questions: readonly string[],
): string[] {
  const folder = shellWord(name);
  const source = circuit.source === '-' ? '-' : shellWord(circuit.source);
  // Of manual cuts in a file only the hash is known, and cuts.json says the same.
  const manual = typeof options.cut['cuts'] === 'string' ? { cuts: `${name}/cuts.json` } : {};
  const parameters = Object.entries(options.parameters).flatMap(([key, value]) => [
    '--param',
    shellWord(`${key}=${value}`),
  ]);
  const cutting = [...flags(CUT_CHOICES, { ...options.cut, ...manual }), ...parameters];
  const reduced = stages.evaluate?.reduced;
  if (reduced !== undefined || options.lightCone !== null) {
    const local = reduced === undefined ? questions : keptFlags(reduced);
    return [`kroncut run ${source} -o ${folder} ${[...cutting, ...local].join(' ')}`.trimEnd()];
  }
  const lines = [`kroncut cut ${source} -o ${folder} ${cutting.join(' ')}`];
  if (stages.evaluate !== undefined) lines.push(evaluateLine(folder, options));
  if (questions.length > 0) lines.push(`kroncut reconstruct ${folder} ${questions.join(' ')}`);
  if (stages.verify !== undefined) lines.push(`kroncut verify ${folder}`);
  return lines.map((line) => line.trimEnd());
}

/** A run for local questions alone was asked them as it was made. */
function keptFlags(kept: readonly KeptQuestion[]): string[] {
  const sums = kept.flatMap(({ expect }) => expect ?? []);
  const bits = kept.flatMap(({ marginal }) => marginal ?? []);
  const strings = kept.flatMap(({ probability }) => probability ?? []);
  return [
    ...(sums.length === 0 ? [] : ['--expect', shellWord(sums.join(' + '))]),
    ...(strings.length === 0 ? [] : ['--probability', strings.join(',')]),
    ...(bits.length === 0 ? [] : ['--marginal', [...new Set(bits)].join(',')]),
  ];
}

function evaluateLine(folder: string, { precision, sampling }: Manifest['options']): string {
  if (sampling?.data === 'imported') return `kroncut import ${folder} FILES`;
  const precise = precision === 'single' ? ['--precision', 'single'] : [];
  if (sampling === null) return ['kroncut evaluate', folder, ...precise].join(' ');
  const { noise, mitigate, allocation, seed, ...amounts } = sampling;
  const drawn = { ...amounts, ...(allocation === 'even' ? {} : { allocation }) };
  const noisy = { ...(noise === undefined ? {} : { noise: 'NOISE.json' }), mitigate };
  return [
    'kroncut evaluate',
    folder,
    ...precise,
    ...flags(SAMPLING_OPTIONS, drawn),
    ...flags(NOISE_OPTIONS, noisy),
    ...(seed === 0 ? [] : [`--seed ${seed}`]),
  ].join(' ');
}
