import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from '../../src/pool/journal/journal.js';
import { repositoryRoot } from '../support/requirements.js';

const program = path.join(repositoryRoot, 'test', 'process', 'programs', 'journalWriter.mjs');

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'kroncut-journal-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a journal whose writer is killed while it writes it anew has all that it has promised', async () => {
  const file = path.join(folder, 'journal');
  const promised = new Set<string>();
  for (let kill = 0; kill < 12; kill += 1) {
    const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const complaint = text(child.stderr);
    const said = text(child.stdout);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await setTimeout(10 + 17 * kill);
    child.kill('SIGKILL');
    expect(await complaint).toBe('');
    // The last line may be half of one.
    for (const number of (await said).split('\n').slice(0, -1)) promised.add(number);

    const { journal, entries } = await Journal.open(file);
    await journal.close();
    const found = new Set(entries.map((entry) => /\d+/.exec(JSON.stringify(entry))?.[0]));
    const missing = [...promised].filter((number) => !found.has(number));
    expect(missing, `after kill ${kill}`).toEqual([]);
  }
  expect(promised.size).toBeGreaterThan(100);
}, 60_000);
