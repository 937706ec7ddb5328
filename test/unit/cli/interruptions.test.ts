/** The program where a signal ends it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kroncut, kroncutInterrupted } from '../../support/kroncut.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-main-'));
  const { stdout } = kroncut(['generate', 'supremacy', '--qubits', '8', '--seed', '2']);
  writeFileSync(at('circuit.qasm'), stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run whose distribution takes a while to write. */
function wideRun(name: string): string {
  const { stdout } = kroncut(['generate', 'hwea', '--qubits', '25', '--seed', '1']);
  const run = at(name);
  expect(kroncut(['cut', '-', '-w', '13', '-o', run], { input: stdout }).status).toBe(0);
  expect(kroncut(['evaluate', run]).status).toBe(0);
  return run;
}

describe('interruptions', () => {
  it('of the search for cuts keep the best cuts so far, and the same command goes on with them', async () => {
    const circuit = at('hard.qasm');
    writeFileSync(circuit, kroncut(['generate', 'regular', '--qubits', '60', '--seed', '2']).stdout);
    const run = at('best-so-far');
    const args = ['cut', circuit, '-w', '25', '--objective', 'sampling', '-o', run, '--time-limit', '600'];
    let enough = false;
    setTimeout(() => (enough = true), 4000);
    // Only once: a second signal ends the process at once.
    const once = (): boolean => enough && !(enough = false);
    const first = await kroncutInterrupted(args, 'SIGINT', once);
    expect(first.status).toBe(130);
    expect(first.stderr).toMatch(/^kroncut: interrupted by SIGINT; the best cuts found so far are kept/m);
    const again = kroncut([...args, '--json']);
    expect(again.status).toBe(0);
    const { proven, lowerBound, samplingOverhead, width } = JSON.parse(again.stdout);
    expect(proven).toBe(false);
    expect(lowerBound).toBeLessThan(samplingOverhead);
    expect(width).toBeLessThanOrEqual(25);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends the work with its exit code and leaves nothing half done', async (signal, status) => {
    const run = wideRun(signal);
    const partial = join(run, 'results', 'full.npy.partial');
    const finished = await kroncutInterrupted(['reconstruct', run, '--full'], signal, () =>
      existsSync(partial),
    );
    expect(finished.status).toBe(status);
    expect(finished.stderr).toContain(`kroncut: interrupted by ${signal}`);
    expect(existsSync(partial)).toBe(false);
    expect(existsSync(join(run, 'lock.json'))).toBe(false);
  });

  it('after a kill -9 in the middle a later command believes nothing of it', async () => {
    const run = wideRun('killed');
    const partial = join(run, 'results', 'full.npy.partial');
    const killed = await kroncutInterrupted(['reconstruct', run, '--full'], 'SIGKILL', () =>
      existsSync(partial),
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(partial)).toBe(true);
    expect(existsSync(join(run, 'results', 'full.npy'))).toBe(false);
    expect(existsSync(join(run, 'lock.json'))).toBe(true);
    const { status, stdout } = kroncut(['reconstruct', run, '--full', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).full.sum).toBeCloseTo(1, 10);
    expect(existsSync(partial)).toBe(false);
  });
});
