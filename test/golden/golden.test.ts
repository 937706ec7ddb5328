/** What users rely on, as it was recorded: help, keys, messages, exit codes, files and numbers. See `record.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { requireOrSkip } from '../support/requirements.js';
import { prepareCircuits } from './circuits.js';
import { CHAINS } from './documents.js';
import { FAILURES, prepareRuns, steadyMessage } from './failures.js';
import { answer, execute, twoAtATime } from './program.js';
import { expectRecorded, expectRecordedText, type Json } from './record.js';
import { runFolderShape } from './runFolder.js';
import { shapeOf } from './shape.js';
import { GENERATED_CASES, SHARED_CASES, valuesOf } from './values.js';
import { CLUSTER_COMMANDS, COMMANDS, POOL_COMMANDS } from '../support/kroncut.js';

const TIMEOUT_MS = 300_000;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-golden-'));
  await prepareCircuits(folder);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('prints the recorded help', { timeout: TIMEOUT_MS }, async () => {
  const commands = [...COMMANDS, ...POOL_COMMANDS, ...CLUSTER_COMMANDS];
  const names = ['kroncut', ...commands];
  const texts = await twoAtATime(['', ...commands], (name) => answer(folder, { command: `${name} --help` }));
  for (const [i, name] of names.entries()) expectRecordedText(`help/${name}.txt`, texts[i] ?? '');
});

it(
  'prints documents, and leaves a run directory, of the recorded shape',
  { timeout: TIMEOUT_MS },
  async () => {
    const chains = await twoAtATime(CHAINS, async (chain) => {
      const shapes: [string, Json][] = [];
      for (const { name, command } of chain) {
        const document: Json = JSON.parse(
          await answer(folder, { command: `${command} --json --quiet --threads 2` }),
        );
        shapes.push([name, { command, shape: shapeOf(document) }]);
      }
      return shapes;
    });
    for (const [name, shape] of chains.flat()) await expectRecorded(`documents/${name}.json`, shape);
    await expectRecorded('runFolder.json', runFolderShape(path.join(folder, 'stages')));
  },
);

it('fails with the recorded messages and exit codes', { timeout: TIMEOUT_MS }, async () => {
  await prepareRuns(folder);
  const lists = await twoAtATime(FAILURES, async (failures) => {
    const outcomes: Json[] = [];
    for (const { about, ...step } of failures) {
      const { status, stderr } = await execute(folder, step);
      if (status === 0) throw new Error(`kroncut ${step.command} ended well`);
      outcomes.push({ about, ...step, exit: status, stderr: steadyMessage(stderr, folder) });
    }
    return outcomes;
  });
  await expectRecorded('failures.json', lists.flat());
});

describe('numbers are the recorded ones', { timeout: TIMEOUT_MS }, () => {
  it('of generated circuits', async () => {
    await expectRecorded('values.json', await valuesOf(folder, GENERATED_CASES));
  });
  it('of circuits with known answers', async (context) => {
    requireOrSkip(context, 'shared');
    await expectRecorded('sharedValues.json', await valuesOf(folder, SHARED_CASES));
  });
});
