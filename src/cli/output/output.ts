/** Answers on standard output, remarks on standard error; nothing from ranks other than the root. */

export interface OutputOptions {
  readonly root: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Where answers and remarks go in place of the streams of this process. */
  readonly streams?: OutputStreams;
}

export interface OutputStreams {
  readonly stdout: (text: string) => unknown;
  readonly stderr: (text: string) => unknown;
}

const OWN_STREAMS: OutputStreams = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
};

export class Output {
  private readonly options: OutputOptions;

  constructor(options: OutputOptions) {
    this.options = options;
  }

  /** The answer of a command: one JSON document with `--json`, else text for people. */
  answer(document: unknown, text: () => string): void {
    const { root, json, streams = OWN_STREAMS } = this.options;
    if (!root) return;
    streams.stdout(json ? `${JSON.stringify(document)}\n` : text());
  }

  /** Lines that stand with the answer but are no part of it; none with `--quiet`. */
  aside(...parts: readonly (string | readonly string[])[]): string[] {
    return this.options.quiet ? [] : parts.flat();
  }

  /** A remark that is not part of the answer; not with `--quiet`. */
  note(line: string): void {
    const { root, quiet, streams = OWN_STREAMS } = this.options;
    if (root && !quiet) streams.stderr(`${line}\n`);
  }
}

/** Lines as a text that ends with a line break. */
export function lines(...parts: readonly (string | readonly string[])[]): string {
  return `${parts.flat().join('\n')}\n`;
}

/** A table with a header; numbers to the right, the columns of `words` to the left. */
export function table(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  words: readonly string[] = [],
): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isWords = header.map((name) => words.includes(name));
  const padded = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return isWords[column] === true ? cell.padEnd(width) : cell.padStart(width);
  };
  return cells.map((row) => `  ${row.map(padded).join('  ')}`.trimEnd());
}

/** Rows of a list that are printed in full; `--json` has all. */
export const MAX_ROWS = 64;

export function shortened(rows: readonly string[], most = MAX_ROWS): string[] {
  if (rows.length <= most) return [...rows];
  return [...rows.slice(0, most), `  ... and ${rows.length - most} more (--json has them all)`];
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number to a few digits. */
export function number(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e-4 ? value.toPrecision(6) : value.toExponential(3);
}

/** A number to the twelve digits that a sum of many in double precision is good for. */
export function known(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** The same for a sum of terms of both signs whose sizes add up to `scale`: what is left of nothing is called so. */
export function balanced(value: number, scale: number): string {
  if (value === 0 || Math.abs(value) > 1e-13 * scale) return known(value);
  return `0 within rounding (${value.toExponential(0)})`;
}

const BAR_WIDTH = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar for a share of the largest value. */
export function bar(value: number, largest: number): string {
  if (!(value > 0) || !(largest > 0)) return '';
  const eighths = Math.round((value / largest) * BAR_WIDTH * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
