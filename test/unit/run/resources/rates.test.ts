import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { writeRates } from '../../../../src/api/rates.js';
import { costConstants, DEFAULT_COSTS } from '../../../../src/cut/model/costModel.js';
import { KroncutError } from '../../../../src/error.js';
import { evaluationSeconds, evaluationWork, movingSeconds } from '../../../../src/run/resources/costs.js';
import {
  DEFAULT_CALIBRATION,
  DEFAULT_RATES,
  ratesFor,
  readCalibration,
  REFERENCE_THREADS,
} from '../../../../src/run/resources/rates.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-rates-'));
const before = process.env['KRONCUT_RATES'];

afterEach(() => {
  if (before === undefined) delete process.env['KRONCUT_RATES'];
  else process.env['KRONCUT_RATES'] = before;
});

describe('the costs of work', () => {
  test('follow the isometry method', () => {
    const shape = { gates: 7, stateBits: 4, legs: 3, outcomes: 1 };
    expect(evaluationWork(shape)).toEqual({ updates: 7 * 16, additions: 3 * 128, values: 128 });
    const rates = { amplitude: 1, addition: 10, task: 1000, disk: 8 };
    expect(evaluationSeconds(shape, rates)).toEqual({ compute: 1000 + 112 + 3840, store: 128 });
    expect(movingSeconds(4, { memory: 16 })).toBe(2);
  });
});

describe('rates', () => {
  test('are the same everywhere without a calibration, and follow the threads', async () => {
    delete process.env['KRONCUT_RATES'];
    const calibration = await readCalibration();
    expect(calibration).toEqual({ threads: REFERENCE_THREADS, rates: DEFAULT_RATES });
    expect(calibration).toEqual(DEFAULT_CALIBRATION);
    expect(costConstants(calibration)).toEqual(DEFAULT_COSTS);
    const { amplitude, disk } = ratesFor({ calibration, threads: 2 * REFERENCE_THREADS });
    expect(amplitude).toBe(DEFAULT_RATES.amplitude / 2);
    expect(disk).toBe(DEFAULT_RATES.disk);
  });

  test('are those that were measured where a file of them is named', async () => {
    const file = path.join(folder, 'rates.json');
    const { threads, rates } = await writeRates(file, { threads: 1 });
    expect(threads).toBe(1);
    for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0);
    process.env['KRONCUT_RATES'] = file;
    const calibration = await readCalibration();
    expect(calibration).toEqual({ threads, rates });
    expect(costConstants(calibration).amplitude).toBe(rates.amplitude);
    expect(ratesFor({ calibration, threads: 4 }).multiplyAdd).toBe(rates.multiplyAdd / 4);
  });

  test('a file that is none is refused by name', async () => {
    for (const [name, text, message] of [
      ['none.json', undefined, /none\.json cannot be read as JSON/],
      ['bad.json', '{', /bad\.json cannot be read as JSON/],
      ['wrong.json', '{"threads":2,"rates":{"value":-1}}', /wrong\.json: rates\.\w+ is no rate/],
    ] as const) {
      const file = path.join(folder, name);
      if (text !== undefined) writeFileSync(file, text);
      process.env['KRONCUT_RATES'] = file;
      await expect(readCalibration()).rejects.toThrow(message);
      await expect(readCalibration()).rejects.toThrow(KroncutError);
    }
    rmSync(folder, { recursive: true });
  });
});
