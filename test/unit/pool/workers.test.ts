import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gpusOfNode, workersPerGpu } from '../../../src/pool/launch/workers.js';

const GIB = 2 ** 30;

describe('ranks for each GPU', () => {
  it('are guessed from blocks as users know them', () => {
    const gpus = { count: 4, freeBytes: Infinity };
    const guesses = [3, 4, 5, 6, 7, 8, 12].map((size) => workersPerGpu('auto', size, gpus));
    expect(guesses).toEqual([10, 10, 8, 4, 2, 1, 1]);
    expect(workersPerGpu('auto', undefined, gpus)).toBe(10);
    expect(workersPerGpu(3, 8, gpus)).toBe(3);
  });

  it('are no more than there is memory for, and at least one', () => {
    expect(workersPerGpu('auto', 3, { count: 1, freeBytes: 6.5 * GIB })).toBe(6);
    expect(workersPerGpu('auto', 3, { count: 1, freeBytes: 0.2 * GIB })).toBe(1);
  });

  it('are refused where there is no GPU', () => {
    expect(() => workersPerGpu('auto', 3, { count: 0, freeBytes: Infinity })).toThrow('there is no GPU here');
  });

  it('go by the GPUs that the node shows, and by the fullest of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kroncut-smi-'));
    try {
      const program = join(folder, 'nvidia-smi');
      writeFileSync(program, '#!/bin/sh\nprintf "81000\\n40960\\n81000\\n"\n');
      chmodSync(program, 0o755);
      const PATH = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
      expect(gpusOfNode({ PATH })).toEqual({ count: 3, freeBytes: 40 * GIB });
      expect(gpusOfNode({ PATH, CUDA_VISIBLE_DEVICES: '0,1' }).count).toBe(2);
      expect(gpusOfNode({ PATH, SLURM_GPUS_ON_NODE: '1' }).count).toBe(1);
      expect(gpusOfNode({ PATH: folder.slice(1) })).toEqual({ count: 0, freeBytes: Infinity });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
