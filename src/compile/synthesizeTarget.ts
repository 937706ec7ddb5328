/** A circuit for any unitary or state of few qubits: searched for, and where that ends without one, cut down. */
import type { Gate } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { KroncutError } from '../error.js';
import type { SynthesisTarget } from '../native/addon.js';
import { consolidatedGates } from './gates/consolidate.js';
import { schmidtNeeds, LeastGates, type QubitPair } from './block/schmidtNeeds.js';
import { deleteGates, type Instantiator } from './block/deletion.js';
import { chainGates } from './block/chains.js';
import { cliffordGates } from './pauli/cliffordUnitary.js';
import { ceilingOf, gatesAtCeiling, MANY_CX } from './block/ceiling.js';
import { u3Of } from './gates/merge.js';
import { relabelOptions } from './firstGates.js';
import { rewriteWhole } from './rewriteWhole.js';
import { reversibleGates } from './block/reversible.js';
import { structuredGates } from './block/structured.js';
import { denseUnitary, unitaryDistance } from './gates/unitary.js';
import { coldTemplate, searchTemplates, templateGates } from './block/searchTemplates.js';
import { templateOf, withParameters } from './block/template.js';
import { optionName } from '../options/optionName.js';

export interface TargetOptions {
  /** Largest distance 1 - |Tr| / 2^n (of a state: 1 - |<t|C|0>|). */
  readonly threshold: number;
  /** Starts of each template. */
  readonly multistarts: number;
  /** Most templates of the search. */
  readonly templates: number;
  /** Pairs of qubits that a `cx` may be on; they connect all qubits. */
  readonly pairs: readonly QubitPair[];
}

export interface SynthesizedTarget {
  /** `u3` and `cx`. */
  readonly gates: readonly Gate[];
  /** No circuit on these pairs within the threshold has fewer `cx`, by its entanglement. */
  readonly least: number;
}

/** Templates after which the search goes on from the best one alone, for each pair. */
const PREFIX_TEMPLATES = 40;
/** Share of the templates that is tried below what is known already. */
const SHARE_BELOW_EXACT = 0.2;
/** Growth of the templates that are tried where the search finds nothing. */
const GROWTH = 1.3;

/**
 * Gates for a target. Every unitary has its circuit: with as many `cx` as free angles ask for, (4^n - 3n - 1) / 4
 * (Shende, Markov and Bullock 2004, quant-ph/0308033), and some more, a template meets nearly any target. Throws
 * `infeasible` where even that finds none, which bad starts alone can be the reason for.
 */
export async function synthesizeTarget(
  target: SynthesisTarget,
  options: TargetOptions,
  instantiator: Instantiator,
): Promise<SynthesizedTarget> {
  const { qubits, kind, values } = target;
  const { pairs, threshold, multistarts, templates } = options;
  if (qubits === 1) return { gates: [u3Of(kind === 'state' ? completed(values) : values, 0)], least: 0 };
  const least = new LeastGates(schmidtNeeds(target, threshold), pairs).count([]);
  if (qubits === 2 && kind === 'unitary') return { gates: consolidatedGates(values, [0, 1]), least };
  const enough = enoughCx(target);
  const exact = (await exactGates(target, options)) ?? (await chainGates(target, options, instantiator));
  const { gates: found } = await searchTemplates(
    target,
    {
      threshold,
      starts: multistarts,
      most: exact === undefined ? enough : Math.min(enough, countTwoQubitGates(exact) - 1),
      templates: exact === undefined ? templates : Math.ceil(SHARE_BELOW_EXACT * templates),
      prefixAfter: PREFIX_TEMPLATES * pairs.length,
      pairs,
    },
    instantiator,
  );
  const gates = found ?? exact ?? (await longTemplate(target, options, enough, instantiator));
  if (gates === undefined) {
    throw new KroncutError(
      'infeasible',
      `no circuit within ${threshold} was found from ${multistarts} starts of each template; allow more (${optionName('multistarts')})`,
    );
  }
  const deletion = { threshold, multistarts, scan: 'weight', pairs: false } as const;
  const short =
    countTwoQubitGates(gates) > MANY_CX ? gates : await deleteGates(target, gates, deletion, instantiator);
  if (!short.some(({ name }) => name === 'u3')) return { gates: short, least };
  const { parameters } = await instantiator.polish(target, templateOf(qubits, short));
  return { gates: withParameters(short, parameters), least };
}

/** What the structure of a unitary gives, if it has one and gates may be on any pair. */
async function exactGates(
  { qubits, kind, values }: SynthesisTarget,
  { pairs, threshold }: TargetOptions,
): Promise<Gate[] | undefined> {
  if (kind === 'state') return undefined;
  const isTarget = (found: readonly Gate[]): boolean =>
    unitaryDistance(denseUnitary(qubits, found), values) <= threshold;
  const clifford = cliffordGates(values, qubits, pairs);
  if (clifford !== undefined && isTarget(clifford)) return clifford;
  if (pairs.length < (qubits * (qubits - 1)) / 2) return undefined;
  const places = [...Array(qubits).keys()];
  const structured = structuredGates(values, places);
  // The search goes through what three qubits take, and finds less.
  const cascades = ceilingOf(qubits) > MANY_CX ? reversibleGates(values, places, CASCADES) : undefined;
  const found = await Promise.all((cascades ?? []).map((gates) => rewritten(qubits, gates)));
  if (structured !== undefined && countTwoQubitGates(structured) <= MANY_CX) found.unshift(structured);
  const [best] = found.filter(isTarget).toSorted((a, b) => countTwoQubitGates(a) - countTwoQubitGates(b));
  return best !== undefined && countTwoQubitGates(best) < ceilingOf(qubits) ? best : undefined;
}

/** Of a permutation's circuits so many are shortened: the order by their controls says little of what is left then. */
const CASCADES = 12;

/** Gates on any pair without what they do twice. */
async function rewritten(qubits: number, gates: readonly Gate[]): Promise<Gate[]> {
  const whole = await rewriteWhole({ qubits, gates }, relabelOptions({ gates }, { newPairs: true }));
  return [...whole.gates];
}

/** Number of `cx` with as many angles as the target has: each brings four to the three of every qubit. */
function enoughCx({ qubits, kind }: SynthesisTarget): number {
  const free = kind === 'state' ? 2 ** (qubits + 1) - 2 - 2 * qubits : 4 ** qubits - 1 - 3 * qubits;
  return Math.ceil(free / 4);
}

/** Templates that take the pairs in turn, longer and longer, until one is the target; longer than the ceiling at last. */
async function longTemplate(
  target: SynthesisTarget,
  options: TargetOptions,
  enough: number,
  instantiator: Instantiator,
): Promise<readonly Gate[] | undefined> {
  const { pairs } = options;
  const most = 2 * (enough + pairs.length);
  const sizes = [enough + 1, most];
  for (let size = 2 * target.qubits; size < most; size = Math.ceil(GROWTH * size)) sizes.push(size);
  sizes.sort((a, b) => a - b);
  const ceiling = target.kind === 'unitary' ? ceilingOf(target.qubits) : Infinity;
  return (
    (await inTurn(
      target,
      options,
      sizes.filter((size) => size < ceiling),
      instantiator,
    )) ??
    (target.kind === 'unitary' ? await gatesAtCeiling(target, pairs, options, instantiator) : undefined) ??
    inTurn(
      target,
      options,
      sizes.filter((size) => size > ceiling),
      instantiator,
    )
  );
}

async function inTurn(
  target: SynthesisTarget,
  { pairs, threshold, multistarts }: TargetOptions,
  sizes: readonly number[],
  instantiator: Instantiator,
): Promise<readonly Gate[] | undefined> {
  for (const size of sizes) {
    const places = Array.from({ length: size }, (_, i) => i % pairs.length);
    const gates = templateGates(target.qubits, places, pairs);
    const wanted = { multistarts, distTol: threshold };
    const [result] = await instantiator.tryInOrder(target, [coldTemplate(target.qubits, gates)], wanted);
    if (result?.success === true && result.distance <= threshold)
      return withParameters(gates, result.parameters);
  }
  return undefined;
}

/** A 2x2 unitary whose first column is a state. */
function completed([ar = 0, ai = 0, br = 0, bi = 0]: Float64Array): Float64Array {
  return Float64Array.of(ar, ai, -br, bi, br, bi, ar, -ai);
}

/** What is synthesized from scratch. */
export const MOST_SYNTHESIZED_QUBITS = { unitary: 4, state: 6 } as const;

/** Multiply-adds of second order in a second on one thread, and steps of a start. */
const RATE = 4e9;
const STEPS = 20;

/** Most that `synthesizeTarget` takes, as a rule; `seconds` of one rank with so many threads. */
export function predictSynthesis(
  target: SynthesisTarget,
  { templates, multistarts }: Pick<TargetOptions, 'templates' | 'multistarts'>,
  threads: number,
): { readonly seconds: number; readonly memoryBytes: number; readonly diskBytes: number } {
  const rows = 2 * (target.kind === 'state' ? 2 ** target.qubits : 4 ** target.qubits);
  const anglesOf = (cx: number): number => 3 * target.qubits + 6 * cx;
  const start = (cx: number): number => (STEPS * rows * anglesOf(cx) ** 2) / RATE;
  const enough = enoughCx(target);
  const searched = templates * start(Math.min(enough, 10));
  const long = (4 + (enough > MANY_CX ? 0 : enough)) * start(enough);
  return {
    seconds: ((searched + long) * multistarts) / threads,
    memoryBytes: threads * 8 * (rows * anglesOf(2 * enough) + 2 * anglesOf(2 * enough) ** 2),
    diskBytes: BYTES_PER_GATE * 5 * enough,
  };
}

/** Text of a gate in a file. */
const BYTES_PER_GATE = 90;
