/** Commands that must fail, by what is wrong. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { answer, type Step } from './program.js';

export interface Failure extends Step {
  readonly about: string;
}

const query = (options: string): string => `reconstruct done ${options}`.trimEnd();

/** The circuits are those of `prepareCircuits`. These commands read no run directory, and write to `out` alone. */
const WITHOUT_RUN: Readonly<Record<string, readonly (string | Step)[]>> = {
  arguments: [
    'cute ghz6.qasm',
    'cut',
    'cut ghz6.qasm',
    'cut ghz6.qasm bv6.qasm -o out',
    'cut ghz6.qasm -o out --no-such',
    'cut ghz6.qasm -o out --max-width 0',
    'cut ghz6.qasm -o out --max-memory lots',
    'cut ghz6.qasm -o out --wire-cuts-only --gate-cuts-only',
    'cut ghz6.qasm -o out --objective fast',
    'cut ghz6.qasm -o out --param theta',
    'cut ghz6.qasm -o out --labels 000',
    'cut ghz6.qasm -o out --cuts parts-few.json',
    'generate nosuch --qubits 4',
    'generate ghz',
    'generate adder --qubits 5',
    'compile twice.qasm -o out.qasm --block-size 20',
    'compile twice.qasm -o out.qasm --max-width 2',
    'synthesize twice.qasm -o out.qasm --pairs 0-0',
    'synthesize ghz6.qasm -o out.qasm',
  ],
  circuits: [
    'cut absent.qasm -o out',
    'cut done -o out',
    'cut empty.qasm -o out',
    'cut unknown-gate.qasm -o out',
    'cut no-semicolon.qasm -o out',
    'cut no-qubit.qasm -o out',
    'cut no-angle.qasm -o out',
    'cut conditional.qasm -o out',
    'cut version.qasm -o out',
    'run free.qasm -o out',
    { command: 'cut - -o out', input: 'OPENQASM 2.0;\nqreg q[1];\nnot q[0];\n' },
  ],
  cuts: [
    'cut ghz6.qasm -o out --max-width 1 --wire-cuts-only',
    'cut ghz6.qasm -o out --max-width 4 --max-cuts 0',
  ],
};

/** The folders are those of `prepareRuns`. */
const OF_RUNS: Readonly<Record<string, readonly (string | Step)[]>> = {
  queries: [
    query(''),
    query('--terms --top 1'),
    query('--bins 17'),
    query('--ranks 2 --full'),
    query('--stdout --top 1'),
    query('--samples-format npy --top 1'),
    query('--marginal 0,0'),
    query('--marginal 6'),
    query('--probability 01'),
    query('--expect ZQ'),
    query('--expect Z6'),
    query('--cross-entropy absent.npy --top 1'),
    'reconstruct cone --full',
  ],
  'run directories': [
    'subexperiments absent',
    'subexperiments unevaluated --shots 5',
    'export unevaluated -o out --format qasm3 --shots 5',
    'export unevaluated -o out --format braket --shots 5000',
    'export unevaluated -o done --format qasm3 --shots 5000',
    'import unevaluated',
    'import absent counts.json',
    'import bell absent.json',
    'import bell counts-few.json',
    'import bell counts-wide.json',
    'import bell counts-other.json',
    'import bell counts-broken.json',
    'import bell counts-few.json counts-few.json',
    { command: 'import bell -', input: '[{ "0": 1 }]' },
    'import done counts.json',
    'import imported counts.json',
    'reconstruct imported --expect XX',
    'evaluate imported --force',
    'cut bell.qasm --labels 01 -o imported --force',
    'evaluate absent',
    'evaluate broken',
    'evaluate newer',
    'evaluate taken',
    'evaluate done --shots 10',
    'evaluate done --allocation weight',
    'evaluate done --shots 1000 --allocation query',
    'reconstruct unevaluated --full',
    'reconstruct changed --full',
    'run ghz6.qasm --labels 001111 -o done',
    'run bv6.qasm --labels 000111 -o done',
    'compile bell.qasm -o short.qasm --work short.work',
  ],
  machine: [
    { command: 'evaluate unevaluated --threads 2', env: { KRONCUT_MEMORY: '500' } },
    { command: 'reconstruct single --full --threads 2', env: { KRONCUT_MEMORY: '500' } },
    { command: 'evaluate unevaluated', env: { KRONCUT_MEMORY: 'much' } },
    'evaluate unevaluated --device cuda',
  ],
  verify: ['verify single --tolerance 1e-30', 'verify single --partial --tolerance 1e-30'],
};

/** Commands within a list share folders and follow one another; the lists share none. */
export const FAILURES: readonly (readonly Failure[])[] = [WITHOUT_RUN, OF_RUNS].map((groups) =>
  Object.entries(groups).flatMap(([about, steps]) =>
    steps.map((step) => ({ about, ...(typeof step === 'string' ? { command: step } : step) })),
  ),
);

/** Makes runs, whole and broken, for the commands above. */
export async function prepareRuns(folder: string): Promise<void> {
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  const make = (command: string): Promise<string> => answer(folder, { command: `${command} --quiet` });
  await make('run ghz6.qasm --labels 000111 -o done --top 1');
  await make('run ghz6.qasm --labels 000111 -o cone --marginal 0,1');
  await make('run random6.qasm --labels 000111 -o single --precision single --top 1');
  await make('run ghz6.qasm --labels 000111 -o changed --top 1');
  await make('cut ghz6.qasm --labels 000111 -o unevaluated');
  for (const name of ['bell', 'imported']) await make(`cut bell.qasm --labels 01 -o ${name}`);
  await make('import imported counts.json');
  cpSync(at('unevaluated'), at('taken'), { recursive: true });
  await make('compile twice.qasm -o short.qasm --work short.work');
  writeFileSync(at('changed', 'tensors', '0.npy'), 'no tensor');
  for (const name of ['broken', 'newer']) mkdirSync(at(name));
  writeFileSync(at('broken', 'manifest.json'), '{ "schemaVersion": 1 }');
  writeFileSync(at('newer', 'manifest.json'), '{ "schemaVersion": 1000 }');
  // Of a process on another host nobody here can know whether it is alive.
  const owner = { pid: 1, host: `not-${hostname()}`, started: '', since: '2026-01-01T00:00:00.000Z' };
  writeFileSync(at('taken', 'lock.json'), JSON.stringify(owner));
}

/** A message without what differs from machine to machine and from run to run. */
export function steadyMessage(stderr: string, folder: string): string {
  return (
    stderr
      .replaceAll(folder, 'FOLDER')
      // Whether there is time for the proof depends on the load.
      .replaceAll(' (proven least)', '')
      .replaceAll(`not-${hostname()}`, 'HOST')
      .replaceAll(/(?<=imported already, )[^,]+/g, 'TIME')
      .replaceAll(/\b\d\.\d+e-\d+\b/g, 'ERROR')
      .trimEnd()
  );
}
