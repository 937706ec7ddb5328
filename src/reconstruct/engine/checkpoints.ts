/**
 * Finished parts of an answer that goes to a file, so that a job that was killed goes on where it stopped: each is a
 * small file that appears once its values are on disk, and holds what the other consumers found there.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { blockBytes, hashBlocks, sha256 } from '../../run/files/fileHash.js';
import { fileError, hasCode, writeFileAtomic } from '../../run/files/files.js';
import { readRegular } from '../../run/files/inputs.js';
import { bytesOf, type AnswerFile } from './answerFile.js';
import type { RangeResult } from './rangeResult.js';
import type { Cluster } from '../../cluster/cluster.js';
import { shareOf } from '../../cluster/share.js';

/** The part [begin, end) of an answer, and what was found in it. */
export interface AnswerPart {
  readonly begin: number;
  readonly end: number;
  readonly found: RangeResult;
}

const numbers = z.array(z.number());
const partSchema = z.object({
  /** Names the question that the part belongs to. */
  key: z.string(),
  begin: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  found: z.object({
    top: z.array(z.object({ index: z.string().regex(/^\d+$/).transform(BigInt), value: z.number() })),
    sliceSums: numbers,
    // JSON writes null for infinities: those of no values.
    min: z
      .number()
      .nullable()
      .transform((min) => min ?? Infinity),
    max: z
      .number()
      .nullable()
      .transform((max) => max ?? -Infinity),
    values: numbers,
    bonds: z.object({ used: z.number(), errorBound: z.number() }),
    blocks: z.string().regex(/^([\da-f]{64})+$/),
    compare: z.object({
      maxAbsError: z.number(),
      squaredError: numbers,
      squaredReference: numbers,
      chiSquared: numbers,
      fidelity: numbers,
      crossEntropy: numbers,
      missing: z.number(),
    }),
    entropies: z.object({
      entropy: numbers,
      collision: numbers,
      negativeSum: numbers,
      negatives: z.number(),
      crossEntropy: numbers,
      missingWeight: numbers,
      missing: z.number(),
    }),
  }),
});

/** A part as it is kept, and its own hash. */
const keptSchema = z.object({ sha256: z.string(), part: z.string() });

export class Checkpoints {
  private readonly folder: string;
  private readonly key: string;
  /** Values of a part at most; a power of two. */
  readonly partSize: number;

  /** `key` names the question, with all that its answer depends on. */
  constructor(folder: string, key: string, partSize: number) {
    this.folder = folder;
    this.key = key;
    this.partSize = partSize;
  }

  /** Parts of this question that are finished, ascending; parts of other questions are removed. */
  async load(): Promise<AnswerPart[]> {
    const parts: AnswerPart[] = [];
    for (const name of await this.names()) {
      const file = join(this.folder, name);
      const part = parse(await readRegular(file).catch(() => ''));
      if (part?.key === this.key && this.fileOf(part) === file) parts.push(part);
      else await rm(file, { force: true, recursive: true });
    }
    return parts.sort((a, b) => a.begin - b.begin);
  }

  /** The finished parts whose values `file` still holds as they were written; the others are removed. */
  async loadFrom(file: AnswerFile): Promise<AnswerPart[]> {
    const parts = await this.load();
    const sound: AnswerPart[] = [];
    for (const part of parts) {
      if (await holds(file, part)) sound.push(part);
      else await rm(this.fileOf(part), { force: true });
    }
    return sound;
  }

  /** The folder has to be there. */
  async save(part: AnswerPart): Promise<void> {
    const text = JSON.stringify({ key: this.key, ...part }, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const kept: z.infer<typeof keptSchema> = { sha256: sha256(text), part: text };
    await writeFileAtomic(this.fileOf(part), `${JSON.stringify(kept)}\n`, { inFolder: true });
  }

  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private fileOf({ begin, end }: AnswerPart): string {
    return join(this.folder, `${begin}-${end}.json`);
  }

  private async names(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter((name) => name.endsWith('.json'));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw fileError(error, this.folder, 'read');
    }
  }
}

function parse(text: string): z.infer<typeof partSchema> | undefined {
  try {
    const { sha256: hash, part } = keptSchema.parse(JSON.parse(text));
    return hash === sha256(part) ? partSchema.parse(JSON.parse(part)) : undefined;
  } catch {
    return undefined;
  }
}

async function holds(file: AnswerFile, { begin, end, found: { blocks } }: AnswerPart): Promise<boolean> {
  const range = bytesOf(file, begin, end);
  return (await hashBlocks(file.path, ...range, blockBytes(blocks, range[1] - range[0]))) === blocks;
}

/** The ranges of [0, size) that no part covers, ascending. */
export function missingRanges(parts: readonly AnswerPart[], size: number): [number, number][] {
  const missing: [number, number][] = [];
  let at = 0;
  for (const { begin, end } of parts) {
    if (begin > at) missing.push([at, begin]);
    at = Math.max(at, end);
  }
  if (at < size) missing.push([at, size]);
  return missing;
}

/** A rank's share of some ranges, in units of `unit`: contiguous within them. */
export function rangesOf(
  ranges: readonly (readonly [number, number])[],
  unit: number,
  place: Pick<Cluster, 'rank' | 'size'>,
): [number, number][] {
  const total = ranges.reduce((sum, [begin, end]) => sum + (end - begin) / unit, 0);
  const { begin: from, end: to } = shareOf(place, total);
  const own: [number, number][] = [];
  let passed = 0;
  for (const [begin, end] of ranges) {
    const count = (end - begin) / unit;
    const [first, last] = [Math.max(from - passed, 0), Math.min(to - passed, count)];
    if (first < last) own.push([begin + first * unit, begin + last * unit]);
    passed += count;
  }
  return own;
}

/** A range in pieces that lie within blocks of `block` values. */
export function piecesOf([begin, end]: readonly [number, number], block: number): [number, number][] {
  const pieces: [number, number][] = [];
  for (let at = begin; at < end;) {
    const next = Math.min(end, (Math.floor(at / block) + 1) * block);
    pieces.push([at, next]);
    at = next;
  }
  return pieces;
}
