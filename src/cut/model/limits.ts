/** The limits that cuts may have to keep to: how each is measured, and what it is called. */
import { formatBytes } from '../../run/resources/units.js';
import type { Cut, CutCircuit } from './cutCircuit.js';
import { samplingOverhead } from './overhead.js';
import { optionError } from '../../options/optionName.js';

/** What cuts have to keep to; a limit left out is none. */
export interface CutLimits {
  /** Qubits of the widest subcircuit. */
  readonly maxWidth?: number | undefined;
  readonly maxSubcircuits?: number | undefined;
  readonly maxCuts?: number | undefined;
  /** Gates of the largest subcircuit; a cut gate is in none. */
  readonly maxGates?: number | undefined;
  /** Sampling overhead, the product of gamma squared. */
  readonly maxOverhead?: number | undefined;
  /** Bytes on one rank, of evaluating and of reconstructing. */
  readonly maxMemory?: number | undefined;
}

/** How what the cut circuit alone does not tell is measured. */
export interface Measures {
  /** Bytes of evaluating and reconstructing; Infinity where that is impossible. */
  readonly memoryOf?: ((cut: CutCircuit) => number) | undefined;
  /** Sampling overhead; default: of cuts made one by one. */
  readonly overheadOf?: ((cut: CutCircuit) => number) | undefined;
  /** Qubits of the widest subcircuit on a device; default: its own qubits. */
  readonly widthOf?: ((cut: CutCircuit) => number) | undefined;
}

export interface LimitKind {
  readonly key: keyof CutLimits;
  /** What is limited, for messages: `at most N ...`. */
  readonly what: string;
  readonly measure: (cut: CutCircuit, measures: Measures) => number;
  /** A value as the option takes it, rounded up where it is rounded. */
  readonly text: (value: number) => string;
  /** The least value that makes sense, and whether values are whole numbers. */
  readonly least: number;
  readonly whole: boolean;
}

export const LIMIT_KINDS: readonly LimitKind[] = [
  {
    key: 'maxSubcircuits',
    what: 'subcircuits',
    measure: ({ subcircuits }) => subcircuits.length,
    text: String,
    least: 1,
    whole: true,
  },
  {
    key: 'maxWidth',
    what: 'qubits in a subcircuit',
    measure: (cut, { widthOf }) => (widthOf ?? widest)(cut),
    text: String,
    least: 1,
    whole: true,
  },
  {
    key: 'maxCuts',
    what: 'cuts',
    measure: ({ cuts }) => cuts.filter(isCounted).length,
    text: String,
    least: 0,
    whole: true,
  },
  {
    key: 'maxGates',
    what: 'gates in a subcircuit',
    measure: ({ subcircuits }) => subcircuits.reduce((most, { gates }) => Math.max(most, gates.length), 0),
    text: String,
    least: 1,
    whole: true,
  },
  {
    key: 'maxOverhead',
    what: 'sampling overhead',
    measure: (cut, { overheadOf }) => overheadOf?.(cut) ?? samplingOverhead(cut.cuts),
    text: (value) => String(roundedUp(value, 6)),
    least: 1,
    whole: false,
  },
  {
    key: 'maxMemory',
    what: 'of memory on a rank',
    measure: (cut, { memoryOf }) => memoryOf?.(cut) ?? 0,
    text: (value) => formatBytes(roundedUp(value, 3)).replace(' ', ''),
    least: 1,
    whole: false,
  },
];

/** False for a local gate between two subcircuits: it costs nothing. */
export function isCounted(cut: Cut): boolean {
  return cut.bonds.length > 0 || (cut.kind === 'gate' && cut.shared !== undefined);
}

function singular(what: string): string {
  return what.replace(/^(\w+)s\b/, '$1');
}

function widest({ subcircuits }: CutCircuit): number {
  return subcircuits.reduce((most, { width }) => Math.max(most, width), 0);
}

/** A number of few digits that is not below the value; in bytes these are digits of its largest binary unit. */
function roundedUp(value: number, digits: number): number {
  if (!(value > 0) || value === Infinity || (Number.isInteger(value) && value < 1000)) return value;
  const unit = digits === 3 ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
  const step = 10 ** (Math.floor(Math.log10(value / unit)) + 1 - digits);
  return Math.ceil((value / unit / step) * (1 - 1e-12)) * step * unit;
}

/** Overheads are products of rounded numbers. */
const SLACK = 1e-9;

export interface ExceededLimit {
  readonly kind: LimitKind;
  readonly value: number;
  readonly limit: number;
}

/** The limits that a cut circuit exceeds. */
export function exceededLimits(cut: CutCircuit, limits: CutLimits, measures: Measures = {}): ExceededLimit[] {
  return LIMIT_KINDS.flatMap((kind) => {
    const limit = limits[kind.key];
    if (limit === undefined || limit === Infinity) return [];
    const value = kind.measure(cut, measures);
    return value > limit * (kind.whole ? 1 : 1 + SLACK) ? [{ kind, value, limit }] : [];
  });
}

/** Throws `usage` for a limit that is no such number. */
export function checkLimitValues(limits: CutLimits): void {
  for (const { key, least, whole } of LIMIT_KINDS) {
    const value = limits[key];
    if (value === undefined || (value >= least && (!whole || Number.isInteger(value)))) continue;
    const kind = whole ? 'whole number' : 'number';
    throw optionError(key, ` is ${value}, but has to be a ${kind}, ${least} or more`);
  }
}

/** The limits in words: `at most 2 subcircuits and at most 5 qubits in a subcircuit`. */
export function limitsText(limits: CutLimits): string {
  const parts = LIMIT_KINDS.flatMap(({ key, what, text }) => {
    const limit = limits[key];
    if (limit === undefined || limit === Infinity) return [];
    return key === 'maxOverhead'
      ? [`a ${what} of at most ${text(limit)}`]
      : [`at most ${text(limit)} ${limit === 1 ? singular(what) : what}`];
  });
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
