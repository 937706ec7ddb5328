/** Where a pool is reached: `unix:/path` on its node, `tls://HOST:PORT` from others; and the file that tells clients. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { KroncutError } from '../../error.js';
import { fileError, hasCode } from '../../run/files/files.js';
import { readRegular } from '../../run/files/inputs.js';
import { parseListen } from './listen.js';
import { nextStep } from '../../options/optionName.js';

export const ACCESS_FILE = 'access.json';
export const KEY_FILE = 'key';
/** Under which the key is asked for. */
export const KEY_NAME = 'kroncut-pool';
/** Of version 1.2, in which Node can agree on a key that both sides have. */
export const PSK_OPTIONS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;

/** The folder of the pool that is meant where none is named. */
export function defaultPool(): string {
  return join(homedir(), '.kroncut', 'pool');
}

export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number };

/** Throws `usage` for what is no address. */
export function parseAddress(text: string): Address {
  const unix = /^unix:(\/.+)$/.exec(text);
  if (unix?.[1] !== undefined) return { kind: 'unix', path: unix[1] };
  const place = text.startsWith('tls://') ? parseListen(text.slice('tls://'.length)) : undefined;
  if (place !== undefined) return { kind: 'tls', ...place };
  throw new KroncutError('usage', `${text} is no address of a pool; unix:/PATH or tls://HOST:PORT is needed`);
}

const accessSchema = z.object({
  /** The machine that the socket is on, by its name and this start of it. */
  host: z.string(),
  boot: z.string(),
  address: z.string(),
  /** From other machines. */
  remote: z.string().optional(),
  key: z.string().optional(),
});
export type Access = z.infer<typeof accessSchema>;

/** What the pool in a folder tells its clients. Throws `usage` where there is none, or where others could have written it. */
export async function readAccess(pool: string): Promise<Access> {
  const folder = resolve(pool);
  const file = join(folder, ACCESS_FILE);
  try {
    requireOwn(await stat(file), file);
    const parsed = accessSchema.safeParse(JSON.parse(await readRegular(file)));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      throw new KroncutError(
        'usage',
        `no pool is running in ${folder}: start one with ${nextStep(`'kroncut serve --pool ${pool}'`, `serve({ pool: '${pool}' })`)}`,
      );
    }
    if (!(error instanceof SyntaxError)) throw fileError(error, file, 'read');
  }
  throw new KroncutError('usage', `${file} does not say where the pool is; start it again`);
}

/** Throws `usage` for what is another user's, or open to others. */
export function requireOwn(
  { uid, mode }: { readonly uid: number; readonly mode: number },
  path: string,
): void {
  const own = process.getuid?.() ?? uid;
  if (uid !== own) {
    throw new KroncutError('usage', `${path} belongs to another user; a pool is for its owner alone`);
  }
  if ((mode & 0o077) !== 0) {
    const now = (mode & 0o777).toString(8);
    throw new KroncutError(
      'usage',
      `${path} is open to other users (mode ${now}); close it with chmod go= ${path}`,
    );
  }
}
