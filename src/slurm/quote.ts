/** Texts in a batch script, written so that neither the shell nor sbatch reads anything into them. */
import { KroncutError } from '../error.js';

/** What bash reads as itself wherever a word may stand. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:=@%+,-]*$/;

/** A word of a command line. Throws `usage` for what no word can hold. */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new KroncutError('usage', 'a word of a command holds no zero byte');
  if (PLAIN.test(text)) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The value of an option in a line that begins with `#SBATCH`: sbatch reads double quotes there, and backslashes in them,
 * and bash reads a comment. Throws `usage`, with `what` it is, for what would end the line.
 */
export function directiveValue(text: string, what: string): string {
  const control = /[\p{Cc}\u2028\u2029]/u.test(text);
  if (control || text === '') {
    throw new KroncutError(
      'usage',
      `${what} ${control ? 'holds a line break or the like' : 'is empty'}; give it a plain name`,
    );
  }
  if (PLAIN.test(text)) return text;
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * The same for the name of a file, in which sbatch replaces `%j` and its kin: `folder` stands for itself, `pattern`
 * for what sbatch makes of it.
 */
export function directiveFile(folder: string, pattern: string, what: string): string {
  // A backslash anywhere ends the replacing.
  if (folder.includes('\\')) {
    throw new KroncutError(
      'usage',
      `${what} ${folder} has a backslash, which sbatch does not take; give it another name`,
    );
  }
  return directiveValue(`${folder.replaceAll('%', '%%')}/${pattern}`, what);
}
