/** Finished blocks on disk: one file each, named by the hash of all that the block depends on. */
import { join } from 'node:path';
import { z } from 'zod';
import { gateOf } from '../../circuit/gates.js';
import { hasCode, fileError, makeInside, writeFileAtomic } from '../../run/files/files.js';
import { readRegular } from '../../run/files/inputs.js';
import type { CompiledBlock, LocalBlock } from '../block/block.js';
import { denseUnitary, MAX_DENSE_QUBITS, unitaryDistance } from '../gates/unitary.js';

const schema = z.object({
  distance: z.number().nonnegative(),
  gates: z.array(
    z.union([
      z.tuple([z.literal('cx'), z.number().int().nonnegative(), z.number().int().nonnegative()]),
      z.tuple([z.literal('u3'), z.number().int().nonnegative(), z.number(), z.number(), z.number()]),
    ]),
  ),
});

/** What compiled a block: starts on a CUDA device end elsewhere than those on a processor, within the same threshold. */
export type BlockDevice = 'cpu' | 'cuda';

export class BlockStore {
  /** `device`: blocks that the other kind compiled are not taken, so that a job that goes on ends as one that never stopped. */
  constructor(
    private readonly folder: string,
    private readonly device: BlockDevice,
  ) {}

  private file(key: string): string {
    const name = this.device === 'cpu' ? key : `${key}.${this.device}`;
    return join(this.folder, 'blocks', `${name}.json`);
  }

  async save(key: string, { gates, distance }: CompiledBlock): Promise<void> {
    const rows = gates.map(({ name, qubits, params }) => [name, ...qubits, ...params]);
    // What a failing power leaves of a file is not believed, and done again.
    const text = `${withNegativeZeros({ distance, gates: rows })}\n`;
    // The folder around it is made once; where it is gone, what is written is of no use.
    await makeInside(join(this.folder, 'blocks'));
    await writeFileAtomic(this.file(key), text, { durable: false, inFolder: true });
  }

  /**
   * The compiled form of a block, if it is there and still is what it should be: what a file says is believed after
   * its gates were compared with the block once more (the larger ones alone by what was found when they were written).
   */
  async load(key: string, block: LocalBlock, threshold: number): Promise<CompiledBlock | undefined> {
    const text = await this.read(key);
    if (text === undefined) return undefined;
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return undefined;
    }
    const parsed = schema.safeParse(data);
    if (!parsed.success) return undefined;
    const gates = parsed.data.gates.map((row) =>
      row[0] === 'cx' ? gateOf('cx', [row[1], row[2]]) : gateOf('u3', [row[1]], row[2], row[3], row[4]),
    );
    const wrong = gates.some(
      ({ qubits }) => qubits.some((q) => q >= block.qubits) || new Set(qubits).size !== qubits.length,
    );
    if (wrong) return undefined;
    const distance =
      block.qubits <= MAX_DENSE_QUBITS
        ? unitaryDistance(denseUnitary(block.qubits, gates), denseUnitary(block.qubits, block.gates))
        : parsed.data.distance;
    return distance <= threshold ? { gates, distance } : undefined;
  }

  private async read(key: string): Promise<string | undefined> {
    try {
      return await readRegular(this.file(key));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw fileError(error, this.file(key), 'read');
    }
  }
}

/** JSON that keeps -0, which it has and `JSON.stringify` does not write; no text among the data is "-0". */
function withNegativeZeros(data: object): string {
  const marked = JSON.stringify(data, (_, value: unknown) => (Object.is(value, -0) ? '-0' : value));
  return marked.replaceAll('"-0"', '-0');
}
