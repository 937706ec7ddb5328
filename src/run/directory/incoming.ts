/**
 * Files of a run that take the place of others together: they are made in a folder of their own; once a list of them stands
 * there they come in, and whoever opens the run next goes on where a process died. Without the list none of them does.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { exists, fileError, hasCode, makeFolder, writeFileAtomic } from '../files/files.js';
import { readRegular } from '../files/inputs.js';

/** The folder, in that of the run. */
export const INCOMING = 'incoming';
const LIST = 'files.json';

/** Names within the run alone: the list decides what is moved where. */
const list = z.array(z.string().regex(/^(?:manifest\.json|(?:tensors|subexperiments)\/[\w.]+)$/));

/** An empty folder to make files in. */
export async function emptyIncoming(run: string): Promise<string> {
  const folder = join(run, INCOMING);
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  return folder;
}

/** Files, by their names relative to the run, that are whole in the folder replace those of the run. */
export async function takeIn(run: string, files: readonly string[]): Promise<void> {
  await writeFileAtomic(join(run, INCOMING, LIST), `${JSON.stringify(files)}\n`);
  await finishIncoming(run);
}

/** For the owner of the lock, before anything is read: takes in what was listed, and removes what was not. */
export async function finishIncoming(run: string): Promise<void> {
  const folder = join(run, INCOMING);
  try {
    for (const file of await listed(folder)) {
      if (!(await exists(join(folder, file)))) continue;
      await makeFolder(dirname(join(run, file)));
      await rename(join(folder, file), join(run, file));
    }
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, folder, 'written');
  }
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    const parsed = list.safeParse(JSON.parse(await readRegular(join(folder, LIST))));
    return parsed.success ? parsed.data : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}
