/** What we export, other programs read and run. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportSubexperiments } from '../../src/api/exportSubexperiments.js';
import { subexperiments } from '../../src/api/subexperiments.js';
import type { ExportManifest } from '../../src/evaluate/exchange/exportFiles.js';
import type { SubexperimentFacts } from '../../src/evaluate/exchange/facts.js';
import { cutCases, type CutCase } from '../support/cutCases.js';
import { cutCase } from '../support/cutRuns.js';
import { python } from '../support/otherPrograms.js';
import { missing, requireOrSkip } from '../support/requirements.js';

/** What a reader made of a circuit. */
interface Seen {
  readonly error?: string;
  readonly registers: readonly { readonly name: string; readonly bits: number }[];
  readonly width: number;
  readonly depth?: number;
  readonly gates?: number;
  /** Measurements that something follows on their qubits. */
  readonly middle?: number;
}

/** An export of the run of a case, and what is known of its subexperiments. */
interface Exported {
  readonly one: CutCase;
  readonly folder: string;
  readonly format: 'qasm2' | 'qasm3';
  readonly measures: boolean;
  readonly facts: ReadonlyMap<string, SubexperimentFacts>;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-subexperiments-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach((context) => requireOrSkip(context, 'python'));

/** Exports the runs of all cases in both versions, with measurements on the way and without. */
async function exportAll(): Promise<Exported[]> {
  const exported: Exported[] = [];
  for (const [number, one] of cutCases.entries()) {
    const run = path.join(folder, `run${number}`);
    mkdirSync(run);
    await cutCase(one, path.join(run, 'run'));
    for (const capabilities of [['measure'], []] as const) {
      const listed = await subexperiments(path.join(run, 'run'), { capabilities });
      const facts = new Map(listed.map((each) => [each.id, each]));
      for (const format of ['qasm2', 'qasm3'] as const) {
        const output = path.join(run, `${format}-${capabilities.length}`);
        await exportSubexperiments(path.join(run, 'run'), { output, format, shots: 1000, capabilities });
        exported.push({ one, folder: output, format, measures: capabilities.length > 0, facts });
      }
    }
  }
  return exported;
}

describe('exported circuits', () => {
  let exported: Exported[] = [];
  let seen: Record<string, Record<string, Record<string, Seen>>> = {};
  beforeAll(async () => {
    if (missing('python') !== undefined) return;
    exported = await exportAll();
    seen = JSON.parse(python('subexperiments.py', 'read', ...exported.map(({ folder: output }) => output)));
  }, 300_000);

  it.each(cutCases)('of $name are read by Qiskit, strictly, and by pytket', (wanted) => {
    const own = exported.filter(({ one }) => one === wanted);
    expect(own.length).toBe(4);
    for (const { one, folder: output, format, measures, facts } of own) {
      const manifest: ExportManifest = JSON.parse(readFileSync(path.join(output, 'manifest.json'), 'utf8'));
      expect(manifest.experiments.length).toBe(one.counts.reduce((sum, count) => sum + count, 0));
      for (const { id, registers, capabilities: needed } of manifest.experiments) {
        const readers = Object.entries(seen[output]?.[id] ?? {});
        expect(readers.length).toBe(format === 'qasm2' ? 3 : 1);
        for (const [reader, { error, middle, depth, gates, ...read }] of readers) {
          const where = `${output} ${id}: ${reader}`;
          expect(error, where).toBeUndefined();
          const bits = registers.map(({ name, bits: size }) => ({ name, bits: size }));
          expect({ ...read, registers: [...read.registers].sort(byName) }, where).toEqual({
            registers: bits,
            width: facts.get(id)?.width,
          });
          if (reader === 'pytket') continue;
          expect({ depth, gates }, where).toEqual({
            depth: facts.get(id)?.depth,
            gates: facts.get(id)?.gates,
          });
          expect((middle ?? 0) > 0, where).toBe(needed.includes('measure'));
          if (!measures) expect(middle, where).toBe(0);
        }
      }
    }
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
