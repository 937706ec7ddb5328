/** What the system says of a file, as one sentence. */
import { constants } from 'node:os';
import { KroncutError } from './error.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'there is a file of that name',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
  ERR_FS_EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'it is a folder that is not empty',
  ENAMETOOLONG: 'the name is too long',
  EBUSY: 'the system holds it',
  EROFS: 'the file system is read-only',
  ELOOP: 'it is a link that leads back to itself',
  EIO: 'the system reports an input/output error',
  ENXIO: 'it is a socket, or a device that is not there',
  EPIPE: 'nobody reads on',
  ESTALE: 'the server of files does not know it any more',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ERR_FS_FILE_TOO_LARGE: 'it is too large',
  ERR_STRING_TOO_LONG: 'it is too large',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ERR_INVALID_ARG_VALUE: 'the name holds a character that no name has',
  ERR_STREAM_WRITE_AFTER_END: 'it was ended before',
};

/** The name of an error of the system. Node has none for some, such as those of quotas and of servers of files. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (!error.code.startsWith('Unknown system error') || !('errno' in error)) return error.code;
  const number = Math.abs(Number(error.errno));
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? error.code;
}

/** True for a system error with this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

/** True for what a system says to those who may not write: by permission, or because nobody may. */
export function mayNotWrite(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].some((code) => hasCode(error, code));
}

/** A system error about a file as one sentence. Errors of other kinds are returned as they are. */
export function fileError(error: unknown, path: string, verb: 'read' | 'written' | 'used'): unknown {
  const code = error instanceof KroncutError ? undefined : codeOf(error);
  if (code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const reason = REASONS[code] ?? code;
  return new KroncutError(
    full ? 'disk' : 'input',
    `${path === '' ? "''" : path} cannot be ${verb}: ${reason}`,
    { cause: error },
  );
}

/** Whatever a stream failed with, as one sentence: its own words where they are not those of the system. */
export function streamError(error: unknown, name: string): KroncutError {
  const told = REASONS[codeOf(error) ?? ''] === undefined ? error : fileError(error, name, 'written');
  if (told instanceof KroncutError) return told;
  const words = error instanceof Error ? error.message : String(error);
  return new KroncutError('input', `${name} cannot be written: ${words}`, { cause: error });
}

/** The same for an error that nobody expected where it came up: undefined for one that is not of a file. */
export function systemError(error: Error): KroncutError | undefined {
  const ofSystem = 'syscall' in error || hasCode(error, 'ERR_FS_EISDIR');
  if (!ofSystem || 'address' in error || 'spawnargs' in error) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  const told = fileError(error, path, 'used');
  return told instanceof KroncutError ? told : undefined;
}
