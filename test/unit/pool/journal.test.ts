import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, scanFrames } from '../../../src/pool/journal/frames.js';
import { Journal } from '../../../src/pool/journal/journal.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-journal-'));
  file = join(folder, 'journal');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes entries, the batches one after another, and gives the bytes and where each batch ends. */
async function written(batches: readonly (readonly object[])[]): Promise<{ bytes: Buffer; ends: number[] }> {
  const { journal } = await Journal.open(file);
  const ends = [journal.size];
  for (const batch of batches) {
    await Promise.all(batch.map((entry) => journal.append(entry)));
    ends.push(journal.size);
  }
  await journal.close();
  return { bytes: readFileSync(file), ends };
}

async function entriesIn(bytes: Buffer): Promise<{ entries: readonly unknown[]; dropped: number }> {
  writeFileSync(file, bytes);
  const { journal, entries, dropped } = await Journal.open(file);
  await journal.append({ after: true });
  await journal.close();
  // What was mended can be read again, and goes on.
  const again = await Journal.open(file);
  await again.journal.close();
  expect(again.entries).toEqual([...entries, { after: true }]);
  expect(again.dropped).toBe(0);
  return { entries, dropped };
}

const BATCHES = [
  [{ a: 1, text: 'line\nbreak, zero \u0000, Ünïcode' }],
  [{ b: 2 }, { c: [3] }],
  [{ d: 'x'.repeat(40) }],
];

describe('a journal', () => {
  it('gives back what was added, and shares a flush between what was added together', async () => {
    const { bytes } = await written(BATCHES);
    expect(bytes.toString().trimEnd().split('\n')).toHaveLength(4);
    expect((await entriesIn(bytes)).entries).toEqual(BATCHES.flat());
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('torn at any byte, has all batches that were whole', async () => {
    const { bytes, ends } = await written(BATCHES);
    for (let length = ends[0] ?? 0; length <= bytes.length; length += 1) {
      const { entries, dropped } = await entriesIn(bytes.subarray(0, length));
      // A frame that lacks its line break alone is whole.
      const whole = ends.filter((end) => end - 1 <= length).length - 1;
      expect(entries, `torn at ${length}`).toEqual(BATCHES.slice(0, whole).flat());
      const end = ends[whole] ?? 0;
      expect(dropped).toBe(Math.max(0, length - end));
    }
  });

  it('with any one bit flipped, is refused by name or complete', async () => {
    const { bytes } = await written(BATCHES);
    let refused = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const damaged = Buffer.from(bytes);
      const at = bit >> 3;
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(file, damaged);
      try {
        const { journal, entries } = await Journal.open(file);
        await journal.close();
        expect(entries, `bit ${bit}`).toEqual(BATCHES.flat());
      } catch (error) {
        refused += 1;
        expect(String(error), `bit ${bit}`).toMatch(/journal is damaged at byte \d+/);
      }
    }
    expect(refused).toBeGreaterThan(8 * bytes.length - 32);
  });

  it('with a page that never came to the disk, drops the batch that was being written', async () => {
    const { bytes, ends } = await written(BATCHES);
    const holed = Buffer.from(bytes);
    holed.fill(0, (ends[2] ?? 0) + 5, bytes.length - 5);
    expect((await entriesIn(holed)).entries).toEqual(BATCHES.slice(0, 2).flat());
    const early = Buffer.from(bytes);
    early.fill(0, (ends[1] ?? 0) + 2, (ends[1] ?? 0) + 20);
    writeFileSync(file, early);
    await expect(Journal.open(file)).rejects.toThrow(/damaged at byte/);
  });

  it('is written anew in one step, and what is added meanwhile follows', async () => {
    const { journal } = await Journal.open(file);
    const known: number[] = [];
    const add = (entry: number): Promise<void> => {
      known.push(entry);
      return journal.append({ entry });
    };
    await add(1);
    const adding = add(2);
    const rewriting = journal.rewrite([{ known: [...known] }]);
    await Promise.all([adding, rewriting, add(3)]);
    await add(4);
    await journal.close();
    const { entries } = await entriesIn(readFileSync(file));
    const [first, ...later] = entries;
    expect(first).toMatchObject({ known: expect.arrayContaining([1, 2]) });
    expect(later).toContainEqual({ entry: 4 });
    expect(later).not.toContainEqual({ entry: 1 });
    expect(JSON.stringify(entries)).toContain('3');
  });

  it('written anew is packed, and what is added while that takes follows', async () => {
    const { journal } = await Journal.open(file);
    const entries = Array.from({ length: 400 }, (_, entry) => ({ entry, text: `Ünï "${'x'.repeat(2000)}"` }));
    const added: Promise<void>[] = [];
    function* snapshot(): Generator<object> {
      for (const entry of entries) {
        if (entry.entry % 100 === 0) added.push(journal.append({ added: entry.entry }));
        yield entry;
      }
    }
    await journal.append({ before: true });
    await journal.rewrite(snapshot());
    await Promise.all(added);
    await journal.close();
    const bytes = readFileSync(file);
    expect(bytes.length).toBeLessThan(JSON.stringify(entries).length / 20);
    const { entries: found, dropped } = await entriesIn(bytes);
    expect(dropped).toBe(0);
    expect(found.slice(0, entries.length)).toEqual(entries);
    expect(found.slice(entries.length)).toEqual([0, 100, 200, 300].map((entry) => ({ added: entry })));
  });

  it('of the version before is read, and written anew in the present one', async () => {
    writeFileSync(file, encodeFrame(JSON.stringify([{ journal: 'kroncut pool', version: 1 }, { a: 1 }])));
    const { journal, entries } = await Journal.open(file);
    expect(entries).toEqual([{ a: 1 }]);
    await journal.rewrite(entries.filter((entry) => typeof entry === 'object' && entry !== null));
    await journal.close();
    expect(readFileSync(file, 'utf8').split('\n')[0]).toContain('"version":2');
    expect((await entriesIn(readFileSync(file))).entries).toEqual([{ a: 1 }]);
  });

  it('of something else is refused', async () => {
    writeFileSync(file, encodeFrame(JSON.stringify([{ journal: 'kroncut pool', version: 99 }])));
    await expect(Journal.open(file)).rejects.toThrow(/not a journal of a pool that this version understands/);
    writeFileSync(file, 'some text\n');
    await expect(Journal.open(file)).rejects.toThrow(/damaged at byte 0/);
  });

  it('asks before each write whether this process may', async () => {
    let held = true;
    const { journal } = await Journal.open(file, async () => {
      if (!held) throw new Error('the lock is gone');
    });
    await journal.append({ a: 1 });
    held = false;
    await expect(journal.append({ b: 1 })).rejects.toThrow('the lock is gone');
    held = true;
    await journal.append({ c: 1 });
    await journal.close();
    expect((await entriesIn(readFileSync(file))).entries).toEqual([{ a: 1 }, { c: 1 }]);
  });
});

describe('frames', () => {
  const text = fc.string({ unit: 'grapheme' }).map((part) => JSON.stringify(part));

  it('of any texts, with any tail cut off, are a prefix of them', () => {
    fc.assert(
      fc.property(fc.array(text), fc.nat(), (texts, cut) => {
        const bytes = Buffer.concat(texts.map(encodeFrame));
        expect(scanFrames(bytes)).toEqual({ texts, end: bytes.length, tail: 'none' });
        const scanned = scanFrames(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        expect(scanned.tail).not.toBe('corrupt');
        expect(texts.slice(0, scanned.texts.length)).toEqual(scanned.texts);
      }),
    );
  });

  it('with bytes overwritten before the last frame, never pass for fewer of them', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 2 }),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        (texts, place, noise) => {
          const frames = texts.map(encodeFrame);
          const bytes = Buffer.concat(frames);
          const last = bytes.length - (frames.at(-1)?.length ?? 0);
          const at = place % last;
          bytes.set(noise.subarray(0, last - at), at);
          const { tail, texts: found } = scanFrames(bytes);
          if (tail === 'none') expect(found).toEqual(texts);
          else expect(tail).toBe('corrupt');
        },
      ),
    );
  });

  it('are lines that people can read', () => {
    appendFileSync(file, encodeFrame('{"a":1}'));
    expect(readFileSync(file, 'utf8')).toMatch(/^00000007 [0-9a-f]{8} \{"a":1\}\n$/);
  });
});
