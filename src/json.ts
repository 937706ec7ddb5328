/** JSON that a person or another program wrote. */
import { createRequire } from 'node:module';
import type * as Jsonc from 'jsonc-parser';
import { KroncutError } from './error.js';

/** What is wrong at a place, by the name that jsonc-parser has for it. */
const FAULTS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no value (texts and names need double quotes)',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a name in double quotes is missing here',
  ValueExpected: 'a value is missing here',
  ColonExpected: 'a colon is missing here',
  CommaExpected: 'a comma is missing here',
  CloseBraceExpected: 'a "}" is missing here',
  CloseBracketExpected: 'a "]" is missing here',
  EndOfFileExpected: 'it should end here',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a text does not end',
  UnexpectedEndOfNumber: 'a number does not end',
  InvalidUnicode: 'this is no character',
  InvalidEscapeCharacter: 'nothing is written so behind a "\\"',
  InvalidCharacter: 'this character needs to be written with a "\\"',
};

/** The first fault of text that is no JSON: line and column, from 1 on, and what is wrong there. */
export function jsonFault(text: string): { readonly line: number; readonly column: number; fault: string } {
  // Loaded for a fault alone, for a program that starts should not read it.
  const { parse, printParseErrorCode }: typeof Jsonc = createRequire(import.meta.url)('jsonc-parser');
  const errors: Jsonc.ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const [first] = errors.sort((a, b) => a.offset - b.offset);
  const before = text.slice(0, first?.offset ?? 0).split('\n');
  const fault = FAULTS[first === undefined ? '' : printParseErrorCode(first.error)] ?? 'this cannot be read';
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, fault };
}

/**
 * Reads JSON from a file; a mark of the order of bytes, with which some programs begin their files, is passed over.
 *
 * @param needed What the file should hold, for the message: "a gate set is an object such as ...".
 * @throws KroncutError `input` with file, line, column and what is wrong there.
 */
export function parseJson(text: string, file: string, needed: string): unknown {
  const content = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(content);
  } catch (cause) {
    if (content.trim() === '')
      throw new KroncutError('input', `${file}: the file is empty; ${needed}`, { cause });
    const { line, column, fault } = jsonFault(content);
    throw new KroncutError('input', `${file}:${line}:${column}: not JSON, ${fault}; ${needed}`, { cause });
  }
}
