/** What the modes share whose objective no sum over edges says: starts from `findCuts`, moved on the true objective. */
import type { Circuit } from '../../../circuit/circuit.js';
import { KroncutError } from '../../../error.js';
import type { Pace } from '../../../run/resources/pace.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import { buildCutGraph, type GatePart } from '../../model/cutGraph.js';
import { exceededLimits } from '../../model/limits.js';
import { checkCutCircuit } from '../../solution/checker.js';
import type { FindCutsOptions } from '../component/findCutsOptions.js';
import { Infeasible } from '../infeasible.js';
import { completeParts, type CutWishes } from '../moves/completeParts.js';

/** What a search finds, or undefined where nothing keeps to the limits, or a signal ended it before. */
export async function orNone<T>(search: Promise<T>): Promise<T | undefined> {
  try {
    return await search;
  } catch (error) {
    if (error instanceof Infeasible) return undefined;
    if (error instanceof KroncutError && ['infeasible', 'cancelled'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Where moves start from, and the gate ends that they keep together. */
export interface Start {
  readonly parts: readonly GatePart[];
  readonly tied?: CutWishes['tied'];
}

export interface StartsInput {
  readonly circuit: Circuit;
  /** The limits, with how this mode measures overheads. */
  readonly options: FindCutsOptions & { readonly overheadOf: (cut: CutCircuit) => number };
  /** The option that asks for the mode, for messages. */
  readonly source: string;
  readonly starts: readonly Start[];
  readonly build: (parts: readonly GatePart[]) => CutCircuit;
  readonly price: (cut: CutCircuit) => number;
  readonly pace: Pace;
}

export interface Best {
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
  readonly value: number;
}

/** The cheapest cuts within the limits among starts and what moves make of them, checked; and the least overhead met. */
export async function bestOfStarts(input: StartsInput): Promise<{ best: Best | undefined; least: number }> {
  const { circuit, options, source, starts, build, price, pace } = input;
  const wishes = freeWishes(circuit, options, source);
  let best: Best | undefined;
  let least = Infinity;
  const consider = (parts: readonly GatePart[]): void => {
    const cutCircuit = build(parts);
    const value = price(cutCircuit);
    least = Math.min(least, options.overheadOf(cutCircuit));
    if (exceededLimits(cutCircuit, options, options).length > 0) return;
    if (best === undefined || value < best.value) best = { parts, cutCircuit, value };
  };
  for (const { parts, tied } of starts) {
    consider(parts);
    if (pace.over) continue;
    const moved = await orNone(
      completeParts(circuit, { ...wishes, tied }, parts, { ...options, price }, pace),
    );
    if (moved !== undefined) consider(moved);
  }
  if (best !== undefined) {
    const limits = options.widthOf === undefined ? options : { ...options, maxWidth: undefined };
    checkCutCircuit(circuit, best.cutCircuit, limits);
  }
  return { best, least };
}

/** Wishes that leave everything to the moves but what must stay whole. */
function freeWishes(
  circuit: Circuit,
  { wireCutsOnly, gateCutsOnly }: FindCutsOptions,
  source: string,
): CutWishes {
  const gates = buildCutGraph(circuit).gatePositions.length;
  return {
    parts: Array.from({ length: gates }, () => null),
    wholeGates: wireCutsOnly === true ? Array.from({ length: gates }, (_, gate) => gate) : [],
    wholeWires: gateCutsOnly === true ? Array.from({ length: circuit.qubits }, (_, qubit) => qubit) : [],
    source,
  };
}
