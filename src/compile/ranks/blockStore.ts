/**
 * Finished blocks on disk: a file for each rank, to which it adds a line for each block. A line has the hash of all that the
 * block depends on. What a killed process leaves of a line is no line.
 */
import { appendFile, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { gateOf } from '../../circuit/gates.js';
import { fileError, hasCode, makeInside } from '../../run/files/files.js';
import type { CompiledBlock, LocalBlock } from '../block/block.js';
import { denseUnitary, MAX_DENSE_QUBITS, unitaryDistance } from '../gates/unitary.js';

const schema = z.object({
  distance: z.number().nonnegative(),
  isOpen: z.literal(true).optional(),
  gates: z.array(
    z.union([
      z.tuple([z.literal('cx'), z.number().int().nonnegative(), z.number().int().nonnegative()]),
      z.tuple([z.literal('u3'), z.number().int().nonnegative(), z.number(), z.number(), z.number()]),
    ]),
  ),
});

/** Bytes, far more than a line has. */
const READ_AT_ONCE = 2 ** 22;

/** What compiled a block: starts on a CUDA device end elsewhere than those on a processor, within the same threshold. */
export type BlockDevice = 'cpu' | 'cuda';

export class BlockStore {
  private readonly folder: string;
  /** What is written so far; one line goes behind the other. */
  private written: Promise<void> = Promise.resolve();
  /** Lines by key, and how far each file was read. */
  private readonly lines = new Map<string, string>();
  private readonly read = new Map<string, number>();

  /** `device`: blocks that the other kind compiled are not taken, so that a job that goes on ends as one that never stopped. */
  constructor(
    work: string,
    private readonly rank: number,
    private readonly device: BlockDevice,
  ) {
    this.folder = join(work, 'blocks');
  }

  private nameOf(key: string): string {
    return this.device === 'cpu' ? key : `${key}.${this.device}`;
  }

  async save(key: string, { gates, distance, isOpen }: CompiledBlock): Promise<void> {
    const rows = gates.map(({ name, qubits, params }) => [name, ...qubits, ...params]);
    // In front of it, too: what is there may have been cut short.
    const line = `\n${this.nameOf(key)} ${withNegativeZeros({ distance, isOpen, gates: rows })}\n`;
    const file = join(this.folder, `${this.rank}.txt`);
    const write = async (): Promise<void> => {
      // The folder around it is made once; where it is gone, what is written is of no use.
      await makeInside(this.folder);
      try {
        await appendFile(file, line);
      } catch (error) {
        throw fileError(error, file, 'written');
      }
    };
    this.written = this.written.then(write);
    await this.written;
  }

  /** Reads what ranks have added since. */
  async refresh(): Promise<void> {
    let names: string[];
    try {
      names = await readdir(this.folder);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw fileError(error, this.folder, 'read');
    }
    for (const name of names.toSorted())
      if (/^\d+\.txt$/.test(name)) await this.readMore(join(this.folder, name));
  }

  private async readMore(file: string): Promise<void> {
    try {
      const handle = await open(file);
      try {
        const data = Buffer.alloc(READ_AT_ONCE);
        for (;;) {
          const from = this.read.get(file) ?? 0;
          const { bytesRead } = await handle.read(data, 0, data.length, from);
          const end = data.lastIndexOf('\n', bytesRead - 1) + 1;
          if (bytesRead === 0 || end === 0) return;
          this.read.set(file, from + end);
          this.keep(data.toString('latin1', 0, end));
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw fileError(error, file, 'read');
    }
  }

  private keep(text: string): void {
    for (const line of text.split('\n')) {
      const space = line.indexOf(' ');
      if (space > 0) this.lines.set(line.slice(0, space), line.slice(space + 1));
    }
  }

  /**
   * The compiled form of a block, if it was there at the last `refresh` and still is what it should be: what a line says is
   * believed after its gates were compared with the block once more (the larger ones alone by what was found when they were
   * written).
   */
  load(key: string, block: LocalBlock, threshold: number): CompiledBlock | undefined {
    const text = this.lines.get(this.nameOf(key));
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
    const { isOpen } = parsed.data;
    return distance <= threshold ? { gates, distance, ...(isOpen ? { isOpen } : {}) } : undefined;
  }
}

/** JSON that keeps -0, which it has and `JSON.stringify` does not write; no text among the data is "-0". */
function withNegativeZeros(data: object): string {
  const marked = JSON.stringify(data, (_, value: unknown) => (Object.is(value, -0) ? '-0' : value));
  return marked.replaceAll('"-0"', '-0');
}
