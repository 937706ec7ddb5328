/** What to say when no cuts satisfy the limits: whether that is proven, and which limit to relax to what. */
import type { Circuit } from '../../circuit/circuit.js';
import { KroncutError, required } from '../../error.js';
import type { CutCircuit } from '../model/cutCircuit.js';
import type { FindCutsOptions } from './component/findCutsOptions.js';
import type { CutPrice } from './problem/gateProblem.js';
import { exceededLimits, LIMIT_KINDS, limitsText, type LimitKind } from '../model/limits.js';
import { optionName } from '../../options/optionName.js';
import type { Pace } from '../../run/resources/pace.js';

/** Thrown inside the finder: no cuts were found. */
export class Infeasible extends Error {
  constructor(readonly proven: boolean) {
    super('no cuts satisfy the limits');
  }
}

export function infeasibleWidth(maxWidth: number): KroncutError {
  return new KroncutError(
    'infeasible',
    `no wire cuts give subcircuits of ${maxWidth} qubit: a two-qubit gate takes two (proven); use ${optionName('maxWidth')} 2 or more`,
    { details: { proven: true, option: 'maxWidth', enough: 2 } },
  );
}

export function infeasiblePieces(pieces: number, maxSubcircuits: number): KroncutError {
  return new KroncutError(
    'infeasible',
    `the circuit falls into ${pieces} parts that do not touch, and each is a subcircuit of its own, but ` +
      `${optionName('maxSubcircuits')} allows ${maxSubcircuits} (proven); use ${optionName('maxSubcircuits')} ${pieces} or more`,
    { details: { proven: true, option: 'maxSubcircuits', enough: pieces } },
  );
}

/** What a quick search found, or whether there is proven to be nothing. */
export interface Probe {
  readonly cutCircuit: CutCircuit | undefined;
  /** The best, or that there is none, is proven. */
  readonly proven: boolean;
}

export interface InfeasibleCase {
  readonly circuit: Circuit;
  readonly options: FindCutsOptions;
  /** Whether it is proven that no cuts exist. */
  readonly proven: boolean;
  readonly pace: Pace;
  readonly find: (circuit: Circuit, options: FindCutsOptions, price: CutPrice) => Promise<Probe>;
}

/** Seconds for advice in all: at least, where the time for the search is over, and at most. */
const GRACE = 2;
const MOST_SECONDS = 5;
/** Searches that a limit is given. */
const PROBES = 8;
/** Values of a limit that is no whole number: closer together than this share, they count as one. */
const CLOSE = 1.1;

/** A value of one limit that does when the others stay as they are. */
interface Relaxed {
  readonly kind: LimitKind;
  readonly value: number;
  /** True where no lower value does. */
  readonly least: boolean;
}

/** Looks for values of one limit after another that would do, quickly, and puts them into the message. */
export async function explainInfeasible(failure: InfeasibleCase): Promise<KroncutError> {
  const { options, proven, pace } = failure;
  const active = LIMIT_KINDS.filter(({ key }) => (options[key] ?? Infinity) < Infinity);
  const seconds = Math.min(MOST_SECONDS, Math.max(GRACE, pace.left)) / (active.length * PROBES);
  const found: Relaxed[] = [];
  const whole = pace.fresh(seconds * PROBES * active.length);
  for (const [i, kind] of active.entries()) {
    // Every limit has its share, of what those before it have left.
    const until = pace.fresh(Math.max(seconds, whole.left / (active.length - i)));
    const relaxed = await relax(failure, kind, seconds, until);
    if (relaxed !== undefined) found.push(relaxed);
  }
  const step = ({ kind, value }: Relaxed): number => value / Math.max(1e-9, options[kind.key] ?? 1);
  found.sort((a, b) => step(a) - step(b));
  const together = found.length > 0 ? [] : await relaxAll(failure, seconds);
  const certainty = proven
    ? 'proven'
    : `not proven: the time limit came first, so a longer ${optionName('timeLimit')} may help`;
  const advice = [
    ...found.map(({ kind, value, least }) => `${option(kind, value)}${least ? ' (proven least)' : ''}`),
    ...(together.length === 0 ? [] : [together.map(({ kind, value }) => option(kind, value)).join(' with ')]),
  ];
  const { wireCutsOnly = false, gateCutsOnly = false } = options;
  const what = wireCutsOnly ? 'wire cuts' : gateCutsOnly ? 'gate cuts' : 'cuts';
  return new KroncutError(
    'infeasible',
    `no ${what} give ${limitsText(options)} (${certainty}); ` +
      (advice.length === 0 ? 'no limit alone was found that would help' : `use ${advice.join(', or ')}`),
    {
      details: {
        proven,
        relax: [...found, ...together].map(({ kind, value, least }) => ({
          option: kind.key,
          enough: value,
          least,
        })),
        ...Object.fromEntries(found.map(({ kind, value }) => [kind.key, value])),
      },
    },
  );
}

function option({ key, text }: LimitKind, value: number): string {
  return `${optionName(key)} ${text(value)}`;
}

/** The price whose least value is the least value of a limit, if there is one; the others are narrowed down. */
const PRICES: Partial<Record<LimitKind['key'], CutPrice>> = { maxCuts: 'count', maxOverhead: 'gamma' };

async function relax(
  { circuit, options, proven, find }: InfeasibleCase,
  kind: LimitKind,
  seconds: number,
  until: Pace,
): Promise<Relaxed | undefined> {
  const { key, measure } = kind;
  const limit = required(options[key], `the limit ${key}`);
  const price = PRICES[key] ?? 'gamma';
  const attempt = async (value: number | undefined): Promise<Probe> => {
    const maxWidth = key === 'maxWidth' ? (value ?? circuit.qubits) : options.maxWidth;
    const limits = { ...options, [key]: value, maxWidth, objective: 'sampling' as const, timeLimit: seconds };
    return find(circuit, { ...limits, onProgress: undefined }, price);
  };
  const value = ({ cutCircuit }: Probe): number =>
    cutCircuit === undefined ? Infinity : measure(cutCircuit, options);
  const free = await attempt(undefined);
  let high = value(free);
  if (high === Infinity) return undefined;
  if (PRICES[key] !== undefined) return { kind, value: high, least: free.proven };
  let low = limit;
  let lowProven = proven;
  for (
    let left = PROBES;
    left > 0 && !until.over && (kind.whole ? high - low > 1 : high > CLOSE * low);
    left -= 1
  ) {
    // Limits are exceeded by little as a rule: the first guess is the next value.
    const middle = kind.whole
      ? left === PROBES
        ? low + 1
        : Math.floor((low + high) / 2)
      : Math.sqrt(low * high);
    const tried = await attempt(middle);
    if (tried.cutCircuit === undefined) {
      low = middle;
      lowProven = tried.proven;
    } else {
      high = Math.min(value(tried), middle);
    }
  }
  return { kind, value: high, least: kind.whole && high - low === 1 && lowProven };
}

/** Where no limit alone is to blame: what all of them would have to be for cuts of the width that is asked for. */
async function relaxAll({ circuit, options, find }: InfeasibleCase, seconds: number): Promise<Relaxed[]> {
  const dropped = Object.fromEntries(LIMIT_KINDS.map(({ key }) => [key, undefined]));
  const limits = { ...options, ...dropped, maxWidth: options.maxWidth, objective: 'sampling' as const };
  const { cutCircuit } = await find(
    circuit,
    { ...limits, timeLimit: seconds * PROBES, onProgress: undefined },
    'gamma',
  );
  if (cutCircuit === undefined) return [];
  return exceededLimits(cutCircuit, options, options).map(({ kind, value }) => ({
    kind,
    value,
    least: false,
  }));
}
