/** The beginning of a file of samples, for people at a terminal. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { SamplesResult } from '../../reconstruct/queries/samples.js';

/** Samples that are shown. */
const SHOWN = 8;

/** The first lines of what was drawn, where it is a file of text in a run's folder and a terminal is there to show them. */
export async function firstSamples(
  directory: string,
  samples: SamplesResult | undefined,
  isTerminal = process.stdout.isTTY,
): Promise<readonly string[]> {
  const file = samples?.file;
  if (!isTerminal || file === undefined || !file.endsWith('.txt')) return [];
  const first: string[] = [];
  const stream = createReadStream(resolve(directory, file));
  for await (const line of createInterface({ input: stream })) {
    first.push(line);
    if (first.length === SHOWN) break;
  }
  stream.destroy();
  return first;
}
