/** Numbers of whole runs: the cut, its tensors, and the answers. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sharedCircuit } from '../support/sharedCircuits.js';
import { answer, twoAtATime } from './program.js';
import type { Json } from './record.js';
import { clearlyTop, summarizeNpy, type Outcome } from './summary.js';

export interface Case {
  readonly circuit: string;
  /** Of `run`: where to cut, or such limits that the best cut is found and proven at once. */
  readonly options: string;
  /** True if the circuit is one with known answers, false if it is one of `prepareCircuits`. */
  readonly shared: boolean;
}

export const GENERATED_CASES: readonly Case[] = Object.entries({
  'ghz6.qasm': '--labels 000111',
  'bv6.qasm': '--max-width 4 --objective sampling',
  'qft5.qasm': '--labels 00011',
  'adder6.qasm': '--max-width 4 --objective sampling --wire-cuts-only',
  'hwea6.qasm': '--labels 001122',
  'supremacy8.qasm': '--labels 00110011 --bond-tolerance 0',
  'regular8.qasm': '--max-width 4 --objective sampling',
  'random6.qasm': '--labels 000111',
}).map(([circuit, options]) => ({ circuit, options, shared: false }));

export const SHARED_CASES: readonly Case[] = Object.entries({
  'fig4_cx.qasm': '--max-width 3',
  'fig4_cz.qasm': '--max-width 3',
  'reentrant3.qasm': '--max-width 2',
  'qft5.qasm': '--max-width 3',
  'supremacy_6qubit.qasm3': '--max-width 4',
  'bv10.qasm': '--max-width 6',
  'adder10.qasm': '--max-width 6',
  'hwea10.qasm': '--max-width 6',
  'cutqc_supremacy_16.qasm': '--max-width 9',
  'ghz20.qasm': '--max-width 11',
}).map(([circuit, limits]) => ({ circuit, options: `${limits} --objective sampling`, shared: true }));

const QUERIES =
  "--full --top 5 --moments --marginal 2,0 --expect 'Z0 Z1 + 0.5*X0 X2' --terms --samples 10 --seed 1 --threads 2 --json --quiet";

/** What each case computes, by the name of its circuit. */
export async function valuesOf(folder: string, cases: readonly Case[]): Promise<Json> {
  const values = await twoAtATime(cases, async ({ circuit, options, shared }): Promise<[string, Json]> => {
    const file = shared ? `shared-${circuit}` : circuit;
    if (shared) writeFileSync(path.join(folder, file), sharedCircuit(circuit));
    const name = `values-${file}`;
    const text = await answer(folder, { command: `run ${file} ${options} -o ${name} ${QUERIES}` });
    const directory = path.join(folder, name);
    const recorded = { options, ...answersOf(JSON.parse(text)), ...(await filesOf(directory)) };
    rmSync(directory, { recursive: true });
    return [circuit, recorded];
  });
  return Object.fromEntries(values);
}

/** What this test reads of the document of `run`. */
interface RunDocument {
  readonly cut: Readonly<Record<string, Json>>;
  readonly top: { readonly outcomes: readonly Outcome[] };
  readonly moments: Readonly<Record<string, Json>>;
  readonly marginal: Json;
  readonly expect: Json;
  readonly verify: Readonly<Record<string, Json>>;
}

/** The answers without times, and without what rounding decides. */
function answersOf({ cut, top, moments, marginal, expect, verify }: RunDocument): Record<string, Json> {
  const { seconds: _, ...facts } = cut;
  const { sum, max, entropy, collision } = moments;
  return {
    cut: facts,
    top: clearlyTop(top.outcomes),
    moments: { sum: sum ?? null, max: max ?? null, entropy: entropy ?? null, collision: collision ?? null },
    marginal,
    expect,
    verified: verify['passed'] ?? null,
  };
}

async function filesOf(directory: string): Promise<Record<string, Json>> {
  const { parts }: { parts: Json } = JSON.parse(readFileSync(path.join(directory, 'cuts.json'), 'utf8'));
  const tensors = readdirSync(path.join(directory, 'tensors')).filter((file) => file.endsWith('.npy'));
  const arrays = ['results/full.npy', ...tensors.sort().map((file) => `tensors/${file}`)];
  const summaries: [string, Json][] = [];
  for (const file of arrays) summaries.push([file, await summarizeNpy(path.join(directory, file))]);
  const samples = readFileSync(path.join(directory, 'results', 'samples.txt'), 'utf8')
    .trim()
    .split('\n');
  return { parts, samples, ...Object.fromEntries(summaries) };
}
