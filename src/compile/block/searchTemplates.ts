/**
 * Synthesis from scratch: which `cx` a target takes is searched for, and the angles between them are found by
 * instantiation. A* over numbers of `cx`, guided by how far the best angles leave each template from the target, is
 * QSearch's idea (Davis et al. 2020, arXiv:1912.02727); going on from the best template alone once many were tried is
 * LEAP's (Smith et al. 2021, arXiv:2106.11246). Templates that cannot have the target's entanglement, or that are
 * another one in a different order of time, are left out.
 */
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import { gateOf } from '../../circuit/gates.js';
import type { SynthesisTarget, Template } from '../../native/addon.js';
import { schmidtNeeds, LeastGates, type QubitPair } from './schmidtNeeds.js';
import type { Instantiator, Tried } from './deletion.js';
import { templateOf, withParameters } from './template.js';
import { valueAt } from '../../error.js';

export interface SearchOptions {
  /** Distance 1 - |Tr| / 2^n that counts as found. */
  readonly threshold: number;
  /** Starts of each template. */
  readonly starts: number;
  /** Most `cx` of what is looked for. */
  readonly most: number;
  /** Most templates that are tried. */
  readonly templates: number;
  /** Templates after which the search goes on from the best one alone; default: never. */
  readonly prefixAfter?: number | undefined;
  /** Pairs of qubits that a `cx` may be on. */
  readonly pairs: readonly QubitPair[];
}

export interface SearchResult {
  /** `u3` and `cx` within the threshold, the fewest `cx` that were found; undefined where none were. */
  readonly gates: readonly Gate[] | undefined;
  readonly templates: number;
  /** Whether no template is left that might have fewer `cx`; else a limit ended the search. */
  readonly isExhausted: boolean;
  /** No circuit on these pairs within the threshold has fewer `cx`, by its entanglement. */
  readonly least: number;
}

/** What a distance of 1 counts for, in `cx`, where templates are weighed against each other. */
const DISTANCE_WEIGHT = 10;
/** A product of `cx` on one pair never takes more than three. */
const MOST_IN_A_ROW = 3;

interface Open {
  /** Pairs, by number, of the `cx` in order. */
  readonly places: readonly number[];
  /** Gates across each cut. */
  readonly across: readonly number[];
}

interface Node extends Open {
  readonly distance: number;
  readonly rank: number;
}

/** Looks for `u3` and `cx` that are the target. The answer depends on target, options and seed alone. */
export async function searchTemplates(
  target: SynthesisTarget,
  options: SearchOptions,
  instantiator: Pick<Instantiator, 'tryInOrder'>,
): Promise<SearchResult> {
  const needs = new LeastGates(schmidtNeeds(target, options.threshold), options.pairs);
  const least = needs.count([]);
  const tried = new Set<string>(['']);
  let { most } = options;
  let gates: readonly Gate[] | undefined;
  let open: Node[] = [];
  let next: Open[] = least <= most ? [{ places: [], across: [] }] : [];
  let sincePrefix = 0;
  let leftOut = false;
  while (next.length > 0) {
    const found = await attempt(target, next, options, needs, instantiator);
    open.push(...found.failed);
    leftOut ||= found.untried;
    if (found.gates !== undefined) {
      gates = found.gates;
      // What went wrong may still lead to fewer.
      most = countTwoQubitGates(gates) - 1;
      open = open.filter(({ places, across }) => places.length + needs.count(across) <= most);
    }
    sincePrefix += next.length;
    if (sincePrefix >= (options.prefixAfter ?? Infinity) && open.length > 0) {
      leftOut ||= open.length > 1;
      open = [open.reduce((a, b) => (b.distance < a.distance ? b : a))];
      sincePrefix = 0;
    }
    next = [];
    while (next.length === 0 && open.length > 0 && tried.size < options.templates) {
      next = successors(takeBest(open), { pairs: options.pairs, most }, needs, tried);
    }
  }
  return {
    gates,
    templates: least <= options.most ? tried.size : 0,
    isExhausted: open.length === 0 && !leftOut,
    least,
  };
}

interface Attempt {
  readonly gates: readonly Gate[] | undefined;
  readonly failed: readonly Node[];
  /** Whether templates behind the one that is the target were not tried. */
  readonly untried: boolean;
}

/** Instantiates templates, up to the first that is the target. */
async function attempt(
  target: SynthesisTarget,
  nodes: readonly Open[],
  { pairs, threshold, starts }: SearchOptions,
  needs: LeastGates,
  instantiator: Pick<Instantiator, 'tryInOrder'>,
): Promise<Attempt> {
  const lists = nodes.map(({ places }) => templateGates(target.qubits, places, pairs));
  const templates = lists.map((gates) => coldTemplate(target.qubits, gates));
  const wanted = { multistarts: starts, distTol: threshold };
  const results = await instantiator.tryInOrder(target, templates, wanted);
  const failed: Node[] = [];
  for (const [i, result] of results.entries()) {
    const [node, gates] = [nodes[i], lists[i]];
    if (node === undefined || gates === undefined || result === null) continue;
    if (succeeded(result, threshold)) {
      const untried = i + 1 < nodes.length;
      return { gates: withParameters(gates, result.parameters), failed, untried };
    }
    const { distance } = result;
    if (!Number.isFinite(distance)) continue;
    const rank = node.places.length + Math.max(needs.count(node.across), DISTANCE_WEIGHT * distance);
    failed.push({ ...node, distance, rank });
  }
  return { gates: undefined, failed, untried: false };
}

function succeeded(result: Tried, threshold: number): boolean {
  return result.success && result.distance <= threshold;
}

/** The open node of least rank, and among equals the longest; it is open no more. */
function takeBest(open: Node[]): Node {
  let best = 0;
  for (const [i, node] of open.entries()) {
    const other = open[best];
    if (other === undefined || node.rank < other.rank) best = i;
    else if (node.rank === other.rank && node.places.length > other.places.length) best = i;
  }
  const [node] = open.splice(best, 1);
  return node ?? { places: [], across: [], distance: 1, rank: 0 };
}

/** A node with one `cx` more, those left out that were tried or that cannot be the target. */
function successors(
  node: Open,
  { pairs, most }: Pick<SearchOptions, 'pairs' | 'most'>,
  needs: LeastGates,
  tried: Set<string>,
): Open[] {
  const next: Open[] = [];
  for (const pair of pairs.keys()) {
    const places = inOrder([...node.places, pair], pairs);
    const name = places.join(' ');
    if (tried.has(name) || places.length > most) continue;
    const row = places.slice(-1 - MOST_IN_A_ROW);
    if (row.length > MOST_IN_A_ROW && row.every((place) => place === row[0])) continue;
    const across = needs.acrossOf(pair).map((one, i) => one + (node.across[i] ?? 0));
    if (places.length + needs.count(across) > most) continue;
    tried.add(name);
    next.push({ places, across });
  }
  return next;
}

/** The same `cx` in the one order that stands for all orders of gates on different qubits. */
export function inOrder(places: readonly number[], pairs: readonly QubitPair[]): number[] {
  const result: number[] = [];
  for (const place of places) {
    let at = result.length;
    while (at > 0) {
      const before = valueAt(result, at - 1);
      if (before <= place || pairs[before]?.some((q) => pairs[place]?.includes(q)) === true) break;
      at -= 1;
    }
    result.splice(at, 0, place);
  }
  return result;
}

/** `u3` on every qubit, then each `cx` with `u3` behind it on both of its qubits; all angles 0. */
export function templateGates(
  qubits: number,
  places: readonly number[],
  pairs: readonly QubitPair[],
): Gate[] {
  return [
    ...Array.from({ length: qubits }, (_, q) => freeGate(q)),
    ...places.flatMap((place) => {
      const pair = pairs[place];
      return pair === undefined ? [] : [gateOf('cx', pair), ...pair.map(freeGate)];
    }),
  ];
}

function freeGate(qubit: number): Gate {
  return gateOf('u3', [qubit], 0, 0, 0);
}

/** A template whose first start is random too. */
export function coldTemplate(qubits: number, gates: readonly Gate[]): Template {
  const { parameters: _warm, ...cold } = templateOf(qubits, gates);
  return cold;
}
