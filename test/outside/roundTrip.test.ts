/** What we export, another simulator runs; what it counts tells what the whole circuit gives, within the error bars. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportSubexperiments } from '../../src/api/exportSubexperiments.js';
import { importCounts } from '../../src/api/importCounts.js';
import type { ImportOptions } from '../../src/api/options/exchange.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { required } from '../../src/error.js';
import type { Capability, ExportFormat } from '../../src/evaluate/exchange/formats.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { marginalOf } from '../support/distributions.js';
import { cutCases, type CutCase } from '../support/cutCases.js';
import { cutCase } from '../support/cutRuns.js';
import { exactExpectation } from '../support/observables.js';
import { python } from '../support/otherPrograms.js';
import { missing, requireOrSkip } from '../support/requirements.js';

/** Standard errors between an estimate and the truth that nothing in a fixed draw reaches. */
const FAR = 5;
const SUM = 'ZZII + 0.5*IXYI - 0.25*YIIX';
const SHOTS = 2500;

interface Trip {
  readonly name: string;
  readonly one: CutCase;
  readonly format: ExportFormat;
  readonly capabilities: readonly Capability[];
  readonly run: string;
  readonly exported: string;
  readonly results: string;
}

/** Some qubits are measured, into classical bits in another order. */
const measured = cutCases.slice(0, 2).map((one): CutCase => ({
  ...one,
  name: `${one.name}, of a circuit that measures three qubits into bits in another order`,
  circuit: { ...one.circuit, outcomes: [3, 0, 2], measured: true },
}));

const FORMATS: readonly ExportFormat[] = ['sampler', 'qasm2', 'qrmi', 'qasm3'];
const cases = [...cutCases, ...measured].flatMap((one) =>
  ([['measure'], []] as const).map((capabilities) => ({ one, capabilities })),
);

let folder = '';
const trips = cases.map(({ one, capabilities }, i) => ({
  one,
  capabilities,
  number: i,
  // Neither stays with one way to measure.
  format: FORMATS[(i + Math.floor(i / 4)) % 4] ?? 'qasm2',
  name: `${one.name}, ${capabilities.length > 0 ? 'with' : 'without'} measurements on the way`,
}));
let made: Trip[] = [];

beforeAll(async () => {
  if (missing('python') !== undefined) return;
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-trip-'));
  for (const { number, ...trip } of trips) {
    const at = path.join(folder, String(number));
    mkdirSync(at);
    const [run, exported, results] = ['run', 'exported', 'results'].map((part) => path.join(at, part));
    const one = { ...trip, run: run ?? '', exported: exported ?? '', results: results ?? '' };
    await cutCase(one.one, one.run);
    const shots = SHOTS * 2 * one.one.counts.reduce((sum, count) => sum + count, 0);
    const { format, capabilities } = one;
    await exportSubexperiments(one.run, {
      output: one.exported,
      format,
      capabilities,
      shots,
      forExpect: SUM,
      jobCircuits: 40,
    });
    made.push(one);
  }
  python('subexperiments.py', 'run', '7', ...made.flatMap(({ exported, results }) => [exported, results]));
}, 600_000);
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => requireOrSkip(context, 'python'));

/** The files of a trip's results, in one of their forms. */
function filesOf({ format, results, capabilities }: Trip): string[] {
  if (format === 'qasm2' || format === 'qasm3') {
    return [path.join(results, capabilities.length > 0 ? 'counts.json' : 'list.json')];
  }
  const place = capabilities.length > 0 ? results : path.join(results, 'encoded');
  return readdirSync(place)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => path.join(place, file));
}

function near(value: unknown, error: unknown, truth: number): void {
  expect(Number(error)).toBeGreaterThan(0);
  expect(Math.abs(Number(value) - truth) / Number(error)).toBeLessThan(FAR);
}

describe('what another simulator counts', () => {
  it.each(trips)('tells the answers: $name', async ({ number }) => {
    const trip = required(made[number], 'a trip');
    const { circuit } = trip.one;
    const options: ImportOptions = { forExpect: SUM };
    const summary = await importCounts(trip.run, filesOf(trip), options);
    expect(summary.shots).toBeGreaterThan(0);
    const bits = circuit.outcomes.length;
    const answers = await reconstruct(trip.run, {
      expect: SUM,
      marginal: [0, 2],
      probability: ['0'.repeat(bits)],
    });
    const exact = outcomeDistribution(circuit);
    const { expect: sum, marginal, probability } = answers;
    expect(sum?.data).toBe('imported');
    near(
      sum?.value,
      sum?.standardError,
      exactExpectation({ ...circuit, outcomes: [0, 1, 2, 3], measured: false }, SUM),
    );
    for (const [i, truth] of [...marginalOf(exact, [0, 2])].entries()) {
      near(marginal?.probabilities[i], marginal?.standardError?.[i], truth);
    }
    const zeros = '0'.repeat(bits);
    near(probability?.[zeros], Reflect.get(Object(probability?.['standardError']), zeros), exact[0] ?? 0);
  });
});
