/** Errors that point at a place in a source text. */
import { KroncutError } from '../../../error.js';

/** Longest part of a source line that a message shows. */
const SHOWN = 100;

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Line and column (both from 1) of an offset. */
export function placeOf(text: string, offset: number): Place {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', end + 1)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/** An `input` error: `file:line:column: what`, then the source line and a caret below the place. */
export function sourceError(text: string, file: string, offset: number, what: string): KroncutError {
  const { line, column } = placeOf(text, offset);
  const start = offset - column + 1;
  const newline = text.indexOf('\n', offset);
  const whole = text.slice(start, newline < 0 ? text.length : newline).trimEnd();
  const skip = column > SHOWN ? column - SHOWN / 2 : 0;
  const head = skip > 0 ? '...' : '';
  const tail = whole.length > skip + SHOWN ? '...' : '';
  const shown = harmless(whole.slice(skip, skip + SHOWN));
  const caret = ' '.repeat(head.length + column - 1 - skip) + '^';
  return new KroncutError(
    'input',
    `${file}:${line}:${column}: ${harmless(what)}\n  ${head}${shown}${tail}\n  ${caret}`,
    {
      details: { file, line, column },
    },
  );
}

/** Text without control and direction characters: a file must not steer the terminal that shows a message. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
