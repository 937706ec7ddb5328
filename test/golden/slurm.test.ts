/** Batch scripts for three kinds of machines, as they were recorded. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { SlurmOptions } from '../../src/slurm/options.js';
import { batchScript } from '../../src/slurm/script.js';
import { shapeOf } from '../../src/slurm/shape.js';
import { readSite } from '../../src/slurm/site.js';
import { repositoryRoot } from '../support/requirements.js';
import { expectRecordedText } from './record.js';

const sites = path.join(repositoryRoot, 'slurm', 'sites');

const CASES: readonly [site: string, name: string, options: SlurmOptions, argv: string[]][] = [
  [
    'perlmutter',
    'run',
    {},
    ['run', 'circuit.qasm', '--max-width', '28', '--expect', '0.5*Z0 Z1 - X3', '-o', 'out'],
  ],
  [
    'perlmutter',
    'reconstruct',
    { nodes: 4, qos: 'debug', time: 1800, qpu: 'ibm_x', shots: 1000 },
    ['reconstruct', 'out', '--top', '9'],
  ],
  [
    'lumi',
    'compile',
    { jobName: 'my "job"', requeue: 0, grace: 300 },
    ['compile', "it's $HOME.qasm", '-o', 'short'],
  ],
  ['workstation', 'evaluate', { logs: 'logs 100%' }, ['evaluate', 'out']],
];

it('knows the sites that are shipped', () => {
  const known = new Set(CASES.map(([site]) => `${site}.json`));
  expect(readdirSync(sites).toSorted()).toEqual([...known].toSorted());
});

const predict = async ({ ranks }: { ranks: number }) =>
  Promise.resolve({ seconds: 1000 + 1e5 / ranks, memoryBytes: 3 * 2 ** 30 });

it.each(CASES)('%s: %s', async (name, command, options, argv) => {
  const site = readSite(path.join(sites, `${name}.json`));
  const node = { cpus: site.cpusPerNode ?? 0, memory: site.memoryPerNode ?? 0 };
  const shape = await shapeOf(options, site, node, predict, { alone: false });
  const script = batchScript({
    options,
    site,
    shape,
    argv,
    folder: '/home/user/work',
    logs: `/home/user/${options.logs ?? 'work'}`,
    name: options.jobName ?? `kroncut-${command}`,
    program: '/home/user/kroncut/dist/main.js',
    node: site.node ?? '/usr/bin/node',
    version: '0',
    alone: false,
    quantum:
      options.qpu === undefined
        ? undefined
        : { directory: 'out', script: '/home/user/kroncut/slurm/subexperiments.sh' },
  });
  expectRecordedText(`scripts/${name}.${command}.sbatch`, script);
});
