/**
 * The texts of a program, one behind the other, so that an offset names a place in any of them: the file, and what it
 * includes.
 */
import type { KroncutError } from '../../../error.js';
import { harmless, placeOf, sourceError, type Place } from './sourceError.js';

interface Source {
  readonly file: string;
  readonly first: number;
  readonly limit: number;
  /** Where the text goes on that this one was entered from. */
  readonly back: number;
}

/** Warnings that are kept in full; a file with one has it on every line, often. */
const MAX_WARNINGS = 8;
/** Most texts within one another: a file that includes itself comes to an end. */
const MAX_INCLUDES = 16;
/** Most characters in all. */
const MAX_TEXT = 400_000_000;

export class Sources {
  text: string;
  private readonly all: Source[];
  /** What is being read, the innermost last. */
  private open: Source[];
  /** Where the text ends that is being read. */
  limit: number;
  /** Remarks by place; the line of those that are shown. */
  private readonly warned = new Map<string, string>();

  constructor(given: string, file: string) {
    const text = withLineEnds(given);
    const source = { file, first: 0, limit: text.length, back: 0 };
    this.text = text;
    this.limit = text.length;
    this.all = [source];
    this.open = [source];
  }

  get warnings(): readonly string[] {
    const more = this.warned.size - MAX_WARNINGS;
    const shown = [...this.warned.values()].slice(0, MAX_WARNINGS);
    return more > 0 ? [...shown, `${more} more such places`] : shown;
  }

  /** Takes another text in; its first offset. */
  enter(text: string, file: string, back: number): number {
    if (this.open.length > MAX_INCLUDES) {
      throw this.error(`files include one another more than ${MAX_INCLUDES} deep`, back - 1);
    }
    if (this.text.length + text.length > MAX_TEXT) {
      throw this.error(`the files have more than ${MAX_TEXT} characters in all`, back - 1);
    }
    const first = this.text.length + 1;
    const source = { file, first, limit: first + text.length, back };
    this.text += `\n${withLineEnds(text)}`;
    this.all.push(source);
    this.open.push(source);
    this.limit = source.limit;
    return first;
  }

  /** Ends the innermost text; the offset to go on from, or undefined at the end of everything. */
  leave(): number | undefined {
    if (this.open.length <= 1) {
      return undefined;
    }
    const inner = this.open.pop();
    this.limit = this.open.at(-1)?.limit ?? this.text.length;
    return inner?.back;
  }

  /** Until the function that it returns is called, the next text that is entered is the only one. */
  alone(): () => void {
    const { open, limit } = this;
    this.open = [];
    return () => {
      this.open = open;
      this.limit = limit;
    };
  }

  error(what: string, offset: number): KroncutError {
    const { file, first, limit } = this.sourceAt(offset);
    return sourceError(this.text.slice(first, limit), file, offset - first, what);
  }

  warn(what: string, offset: number): void {
    const key = `${offset} ${what}`;
    if (this.warned.has(key)) {
      return;
    }
    let line = '';
    if (this.warned.size < MAX_WARNINGS) {
      const { file, line: number, column } = this.placeOf(offset);
      line = `${file}:${number}:${column}: ${harmless(what)}`;
    }
    this.warned.set(key, line);
  }

  placeOf(offset: number): Place & { readonly file: string } {
    const { file, first, limit } = this.sourceAt(offset);
    return { file, ...placeOf(this.text.slice(first, limit), offset - first) };
  }

  private sourceAt(offset: number): Source {
    const found = this.all.findLast(({ first }) => first <= offset) ?? this.all[0];
    return found ?? { file: '', first: 0, limit: this.text.length, back: 0 };
  }
}

/** A carriage return alone ends a line, too: a comment would otherwise take the rest of the file with it. */
function withLineEnds(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r(?!\n)/g, '\n') : text;
}
