import { describe, expect, it } from 'vitest';
import { chooseDevice, openContext } from '../../../src/api/context.js';
import { SingleCluster } from '../../../src/cluster/singleCluster.js';

const device = (name: string) => ({ name, identity: name, description: '', totalBytes: 1, freeBytes: 1 });
const machine = (...names: string[]) => ({
  devices: () => ['cpu', ...names].map(device),
  cudaUnavailableReason: () => 'no driver',
});

describe('the device of a rank', () => {
  it('is a CUDA device where there is one, in turn for the ranks of a node', () => {
    const two = machine('cuda:0', 'cuda:1');
    expect([0, 1, 2, 3].map((rank) => chooseDevice(two, 'auto', rank).name)).toEqual([
      'cuda:0',
      'cuda:1',
      'cuda:0',
      'cuda:1',
    ]);
    expect(chooseDevice(two, 'cuda', 1).name).toBe('cuda:1');
    expect(chooseDevice(two, 'cpu', 1).name).toBe('cpu');
  });

  it('is the CPU otherwise, or an error with the reason where CUDA was asked for', () => {
    expect(chooseDevice(machine(), 'auto', 0).name).toBe('cpu');
    expect(() => chooseDevice(machine(), 'cuda', 0)).toThrow(/no driver/);
  });
});

describe('the context', () => {
  it('takes the options of the caller and refuses a number of threads that is none', async () => {
    const cluster = new SingleCluster();
    expect(await openContext({ cluster, threads: 3, device: 'cpu' })).toMatchObject({
      cluster,
      threads: 3,
      device: 'cpu',
      deviceGroup: { rank: 0, size: 1 },
    });
    await expect(openContext({ cluster, threads: 0.5 })).rejects.toMatchObject({ code: 'usage' });
    const unknown = JSON.parse('{ "device": "tpu" }');
    await expect(openContext({ cluster, ...unknown })).rejects.toThrow(
      /^--device tpu: auto, cpu, cuda can be/,
    );
  });
});
