import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress, readAccess } from '../../../src/pool/protocol/address.js';
import { parseListen } from '../../../src/pool/protocol/listen.js';
import {
  canGrow,
  launcherFor,
  requireRoom,
  teamCommand,
  type Machine,
} from '../../../src/pool/launch/launch.js';
import { refuseLoginNode } from '../../../src/pool/server/place.js';

const machine: Machine = {
  launcher: 'srun',
  nodes: 4,
  teams: 2,
  ranks: 4,
  cpus: 8,
  memory: 8e9,
  threads: undefined,
  device: undefined,
};

describe('the command of a team', () => {
  it('takes its own nodes of an allocation, and its share of each', () => {
    const { args, file, env } = teamCommand(machine, 1, {});
    expect(file).toBe('srun');
    expect(args).toEqual(
      expect.arrayContaining(['--nodes=2', '--relative=2', '--ntasks=4', '--ntasks-per-node=2', '--input=0']),
    );
    expect(args.at(-1)).toBe('{"threads":4}');
    expect(env['KRONCUT_MEMORY']).toBe('4000000000');
  });

  it('shares a node with other teams where there are more of them', () => {
    const many = { ...machine, nodes: 2, teams: 4, ranks: 1 };
    const commands = [0, 1, 2, 3].map((slot) => teamCommand(many, slot, {}));
    expect(commands.map(({ args }) => args.find((arg) => arg.startsWith('--relative')))).toEqual([
      '--relative=0',
      '--relative=1',
      '--relative=0',
      '--relative=1',
    ]);
    for (const { env, args } of commands) {
      expect(env['KRONCUT_MEMORY']).toBe('4000000000');
      expect(args.at(-1)).toBe('{"threads":4}');
    }
  });

  it('for a job that needs all has all', () => {
    const { args, env, isLarge } = teamCommand(machine, 'large', {});
    expect(isLarge).toBe(true);
    expect(args).toEqual(
      expect.arrayContaining(['--nodes=4', '--relative=0', '--ntasks=4', '--ntasks-per-node=1']),
    );
    expect(env['KRONCUT_MEMORY']).toBe('8000000000');
    const alone = teamCommand({ ...machine, launcher: 'none', nodes: 1, ranks: 1 }, 'large', {});
    expect(alone.file).toBe(process.execPath);
    expect(alone.env['KRONCUT_MEMORY']).toBe('8000000000');
    expect(canGrow(machine)).toBe(true);
    expect(canGrow({ ...machine, nodes: 1, teams: 1, ranks: 2 })).toBe(true);
    expect(canGrow({ ...machine, nodes: 2, teams: 1, ranks: 2 })).toBe(false);
    expect(canGrow({ ...machine, nodes: 2, teams: 2, ranks: 1 })).toBe(true);
  });

  it('is started by what there is', () => {
    expect(launcherFor(1, {})).toBe('none');
    expect(launcherFor(2, {})).toBe('mpirun');
    expect(launcherFor(1, { SLURM_JOB_ID: '7' })).toBe('srun');
    const crowded = { ...machine, launcher: 'none', nodes: 1, teams: 9, ranks: 1 } as const;
    expect(() => requireRoom(crowded)).toThrow(/--teams 9: there are 8 CPUs here/);
  });
});

describe('addresses', () => {
  it('are those that serve prints, and no others', () => {
    expect(parseAddress('unix:/tmp/x/pool')).toEqual({ kind: 'unix', path: '/tmp/x/pool' });
    expect(parseAddress('tls://node7:4700')).toEqual({ kind: 'tls', host: 'node7', port: 4700 });
    expect(parseAddress('tls://[::1]:4700')).toEqual({ kind: 'tls', host: '::1', port: 4700 });
    for (const wrong of ['', 'unix:relative', 'tls://node7', 'http://node7:1', 'tls://node7:70000']) {
      expect(() => parseAddress(wrong), wrong).toThrow(
        /is no address of a pool; unix:\/PATH or tls:\/\/HOST:PORT/,
      );
    }
    expect(parseListen('0.0.0.0:0')).toEqual({ host: '0.0.0.0', port: 0 });
    for (const wrong of ['', ':1', 'x', 'x:', 'x:65536', '::1:1'])
      expect(parseListen(wrong), wrong).toBeUndefined();
  });
});

describe('a place for a pool', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kroncut-place-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is no node of a Slurm cluster outside of a job', () => {
    const [srun, configuration] = [join(folder, 'srun'), join(folder, 'slurm.conf')];
    writeFileSync(srun, '');
    writeFileSync(configuration, '');
    const env = { PATH: `/nowhere:${folder}`, SLURM_CONF: configuration };
    expect(() => refuseLoginNode(env)).not.toThrow();
    chmodSync(srun, 0o755);
    expect(() => refuseLoginNode(env)).toThrow(
      /start the pool inside an allocation \(salloc, sbatch\), or with --force/,
    );
    expect(() => refuseLoginNode({ ...env, SLURM_JOB_ID: '1' })).not.toThrow();
    expect(() => refuseLoginNode({ ...env, PATH: '/nowhere' })).not.toThrow();
  });

  it('tells clients by a file that only the owner may read', async () => {
    await expect(readAccess(folder)).rejects.toThrow(/no pool is running in .*start one with serve\(/);
    const file = join(folder, 'access.json');
    writeFileSync(file, '{"host":"h","boot":"b","address":"unix:/x"}', { mode: 0o644 });
    await expect(readAccess(folder)).rejects.toThrow(
      /open to other users \(mode 644\); close it with chmod go=/,
    );
    chmodSync(file, 0o600);
    expect(await readAccess(folder)).toEqual({ host: 'h', boot: 'b', address: 'unix:/x' });
    writeFileSync(file, 'nothing');
    await expect(readAccess(folder)).rejects.toThrow(/does not say where the pool is/);
  });
});
