/** Some cases of `npm run fuzz`: random circuits, options and queries against Qiskit's simulation. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { python } from '../support/otherPrograms.js';
import { requireOrSkip } from '../support/requirements.js';

it('answers are those of a simulation of the circuit by Qiskit', (context) => {
  requireOrSkip(context, 'python');
  const keep = mkdtempSync(path.join(tmpdir(), 'kroncut-fuzz-'));
  try {
    const printed = python('fuzz.py', '--seed', '1', '--count', '12', '--keep', keep);
    const { compared, infeasible }: { compared: number; infeasible: number } = JSON.parse(printed);
    expect(compared + infeasible).toBe(12);
    expect(compared).toBeGreaterThanOrEqual(8);
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
});
