/** What a user can choose about cuts. */
import { METHODS, type Method } from '../cut/model/method.js';
import { OBJECTIVES, type Objective } from '../cut/model/objective.js';
import type { OptionTable } from '../options/option.js';
import {
  byteCount,
  choice,
  flag,
  numberFrom,
  positiveNumber,
  text,
  wholeNumber,
} from '../options/readers.js';
import { PARAMETER_CHOICES, type ParameterChoices } from './parameters.js';

/** What decides the cuts. */
export interface CutChoices extends ParameterChoices {
  /** Cut it, or answer uncut: as a state vector, by contracting its own network, or in the way that is predicted to take least. */
  readonly method?: Method | undefined;
  /** Most qubits of a subcircuit; default: what the memory of one rank can evaluate. */
  readonly maxWidth?: number | undefined;
  readonly maxSubcircuits?: number | undefined;
  readonly maxCuts?: number | undefined;
  /** Most gates of a subcircuit, and largest sampling overhead. */
  readonly maxGates?: number | undefined;
  readonly maxOverhead?: number | undefined;
  /** Most bytes on a rank, of evaluating and of reconstructing in double precision. */
  readonly maxMemory?: number | undefined;
  /** Cut no gates, or no wires; by default both. */
  readonly wireCutsOnly?: boolean | undefined;
  readonly gateCutsOnly?: boolean | undefined;
  /** Make cuts together: gates with one control share a bond, and overheads count groups of cuts. */
  readonly joint?: boolean | undefined;
  /** A wire that has ended frees its qubit: widths count the wires alive at once. */
  readonly reuseQubits?: boolean | undefined;
  /** Overheads count wires that are cut together with classical communication. */
  readonly classicalCommunication?: boolean | undefined;
  readonly objective?: Objective | undefined;
  /** Seconds for the search; default 30. */
  readonly timeLimit?: number | undefined;
  readonly seed?: number | undefined;
  /** Manual cuts: a file with a part for each two-qubit gate, null where the finder decides. */
  readonly cuts?: string | undefined;
  /** Manual cuts: one character per qubit, ? or . where the finder decides. */
  readonly labels?: string | undefined;
}

/** What is noted of a run from before an option was there says nothing about it: `whereGiven`. */
export const CUT_CHOICES = {
  method: {
    flags: '--method <name>',
    help: 'cut the circuit, leave it whole, contract its own network, or what is predicted to take least (default: cut)',
    reader: choice(METHODS),
    identity: { default: 'cut', whereGiven: true },
  },
  maxWidth: {
    flags: '-w, --max-width <qubits>',
    help: 'widest subcircuit (default: the widest that the memory of a rank can evaluate)',
    reader: wholeNumber(1),
    identity: {},
  },
  maxSubcircuits: {
    flags: '--max-subcircuits <n>',
    help: 'at most this many subcircuits',
    reader: wholeNumber(1),
    identity: {},
  },
  maxCuts: { flags: '--max-cuts <n>', help: 'at most this many cuts', reader: wholeNumber(0), identity: {} },
  maxGates: {
    flags: '--max-gates <n>',
    help: 'at most this many gates in a subcircuit',
    reader: wholeNumber(1),
    identity: { whereGiven: true },
  },
  maxOverhead: {
    flags: '--max-overhead <x>',
    help: 'largest sampling overhead, the product of gamma squared',
    reader: numberFrom(1),
    identity: { whereGiven: true },
  },
  maxMemory: {
    flags: '--max-memory <bytes>',
    help: 'most memory of a rank, of evaluating and reconstructing: 512MiB, 4GB, 2e9',
    reader: byteCount,
    identity: { whereGiven: true },
  },
  wireCutsOnly: {
    flags: '--wire-cuts-only',
    help: 'cut wires and no gates (default: both)',
    reader: flag,
    identity: {},
  },
  gateCutsOnly: {
    flags: '--gate-cuts-only',
    help: 'cut gates and no wires',
    reader: flag,
    conflicts: 'wireCutsOnly',
    identity: {},
  },
  joint: {
    flags: '--joint',
    help: 'make cuts together: gates with one control as one, ccx and other phases of several qubits as one, parallel gates in one step',
    reader: flag,
    identity: {},
  },
  reuseQubits: {
    flags: '--reuse-qubits',
    help: 'widths count wires alive at once: one that has ended frees its qubit (measured, and reset where it goes on)',
    reader: flag,
    identity: { whereGiven: true },
  },
  classicalCommunication: {
    flags: '--classical-communication',
    help: 'count overheads of wires cut together in one time slice, where subcircuits may wait for one another',
    reader: flag,
    identity: { whereGiven: true },
  },
  cuts: {
    flags: '--cuts <file>',
    help: 'manual cuts: { "parts": [0, [0, 1], 1] }, the part of each two-qubit gate in order, or of its two ends where the gate is cut; null: the finder decides',
    reader: text('the name of a file'),
    identity: {},
  },
  labels: {
    flags: '--labels <text>',
    help: 'manual cuts: one character per qubit names its part, qubit 0 first; ? or .: the finder decides',
    reader: text('a text of one character per qubit'),
    identity: {},
  },
  objective: {
    flags: '--objective <what>',
    help: 'least predicted time, or least sampling overhead (default: cost)',
    reader: choice(OBJECTIVES),
    identity: { default: 'cost' },
  },
  timeLimit: {
    flags: '--time-limit <s>',
    help: 'seconds for the search (default: 30)',
    reader: positiveNumber,
  },
  seed: {
    flags: '--seed <n>',
    help: 'seed of the search, of --shots and of --samples',
    reader: wholeNumber(0),
    identity: { default: 0 },
  },
  ...PARAMETER_CHOICES,
} satisfies OptionTable<CutChoices>;
