/** A pool on devices, one of which fails. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/index.js';
import { PoolFolder } from '../support/poolFolder.js';
import { writePretendDevices } from '../support/pretendDevices.js';
import { variantFile } from '../support/requirements.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

describe('a device that fails', () => {
  it('is named and left out, and the job begins again on another one', async () => {
    const addon = join(at.folder, 'devices.cjs');
    writePretendDevices(addon, variantFile('cpu') ?? '', 'GPU-a');
    await at.serve([], { KRONCUT_ADDON: addon });
    const circuit = at.circuit('a.qasm', 1);
    const connection = await connect(at.pool);
    const before = await connection.perform({ command: 'info', options: {} });
    expect(before.ranks.map(({ device }) => device)).toEqual(['cuda:0']);
    const options = { directory: join(at.folder, 'out'), labels: '000011111', top: 1 };
    const { top } = await connection
      .perform({ command: 'run', circuit, options }, { id: 'run' })
      .then((answer) => {
        if ('dryRun' in answer) throw new Error('a run was asked for');
        return answer;
      });
    expect(top?.outcomes).toHaveLength(1);
    const { attempts, history } = await connection.job('run');
    expect(attempts).toBe(2);
    expect(history.join('\n')).toMatch(
      /attempt 1 crashed: .*cuda:0: an illegal memory access was encountered; that device is left out from now on/,
    );
    const after = await connection.perform({ command: 'info', options: {} });
    expect(after.ranks.map(({ device }) => device)).toEqual(['cuda:1']);
    expect(readFileSync(join(at.pool, 'log'), 'utf8')).toContain(
      `a device has failed and is left out: ${hostname()}/GPU-a`,
    );
  });
});
