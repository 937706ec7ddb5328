/** The benchmark families that `generate` knows, with what their options mean. */
import { KroncutError } from '../../error.js';
import { makeCircuit, type Circuit, type Gate } from '../circuit.js';
import { nearestName } from '../../options/nearestName.js';
import { adder, approximateReach, bernsteinVazirani, fourier, ghz } from './arithmetic.js';
import { gridShape, hardwareEfficient, randomLayers, regularQaoa, supremacy } from './layered.js';
import { optionError } from '../../options/optionName.js';

export interface FamilyOptions {
  readonly qubits: number;
  /** Families without layers refuse it. */
  readonly depth?: number | undefined;
  /** A whole number; default 0, or no randomness where the family says so. */
  readonly seed?: number | undefined;
}

export interface Family {
  readonly name: string;
  readonly summary: string;
  /** Which numbers of qubits are possible, and what the depth and the seed do, in words. */
  readonly qubits: string;
  readonly depth?: { readonly meaning: string; readonly default: number };
  readonly seed?: string;
}

interface FullFamily extends Family {
  readonly fits: (qubits: number) => boolean;
  readonly make: (qubits: number, depth: number, seed: number | undefined) => Gate[];
}

/** Most qubits, and most layers, that are generated. */
const MAX_QUBITS = 100_000;
const MAX_DEPTH = 100_000;
/** Largest product of qubits and layers; a Fourier transform has qubits/2 layers. */
const MAX_PLACES = 2_500_000;

const atLeast = (minimum: number): Pick<FullFamily, 'qubits' | 'fits'> => ({
  qubits: `${minimum} or more`,
  fits: (qubits) => qubits >= minimum,
});

const ALL: readonly FullFamily[] = [
  {
    name: 'bv',
    summary: 'Bernstein-Vazirani with the hidden string 1...1; the outcome is 1...1 with probability 1',
    ...atLeast(2),
    make: bernsteinVazirani,
  },
  {
    name: 'ghz',
    summary: 'GHZ state by a chain of cx; outcomes 0...0 and 1...1, one half each',
    ...atLeast(1),
    make: ghz,
  },
  {
    name: 'qft',
    summary: 'quantum Fourier transform from h and cp, without the final swaps',
    ...atLeast(1),
    make: (qubits) => fourier(qubits, qubits),
  },
  {
    name: 'aqft',
    summary: 'approximate Fourier transform: phases between qubits log2(n) + 2 or more apart are left out',
    ...atLeast(1),
    make: (qubits) => fourier(qubits, approximateReach(qubits)),
  },
  {
    name: 'adder',
    summary: 'ripple-carry adder of two numbers of (qubits - 2)/2 bits',
    qubits: 'an even number, 4 or more',
    fits: (qubits) => qubits >= 4 && qubits % 2 === 0,
    seed: 'draws the two numbers; without it both are 0',
    make: (qubits, _, seed) => adder(qubits, seed),
  },
  {
    name: 'hwea',
    summary: 'hardware-efficient ansatz: layers of u3 and a chain of cx',
    ...atLeast(2),
    depth: { meaning: 'number of cx chains', default: 1 },
    seed: 'draws all angles; without it they give two outcomes, one half each, at depth 1',
    make: hardwareEfficient,
  },
  {
    name: 'supremacy',
    summary: 'random circuit of cz, t and square roots of X and Y on a grid as square as can be',
    qubits: 'rows times columns of a grid, both 2 or more',
    fits: (qubits) => qubits >= 4 && gridShape(qubits)[1] >= 2,
    depth: { meaning: 'layers of cz; eight use every coupling once', default: 8 },
    seed: 'draws the one-qubit gates (default 0)',
    make: (qubits, depth, seed) => supremacy(qubits, depth, seed ?? 0),
  },
  {
    name: 'regular',
    summary: 'QAOA for MaxCut on a random 3-regular graph, with random angles',
    qubits: 'an even number, 4 or more',
    fits: (qubits) => qubits >= 4 && qubits % 2 === 0,
    depth: { meaning: 'QAOA rounds', default: 1 },
    seed: 'draws the graph and the angles (default 0)',
    make: (qubits, depth, seed) => regularQaoa(qubits, depth, seed ?? 0),
  },
  {
    name: 'random',
    summary: 'layers of random u on every qubit and cx, cz or cp on random pairs',
    ...atLeast(1),
    depth: { meaning: 'layers of two-qubit gates', default: 4 },
    seed: 'draws the circuit (default 0)',
    make: (qubits, depth, seed) => randomLayers(qubits, depth, seed ?? 0),
  },
];

/** The families, in the order in which they are listed to people. */
export const FAMILIES: readonly Family[] = ALL;

/**
 * Makes a circuit of a family. The same options give the same circuit on every platform. Throws `usage` for an unknown
 * family or options that it does not have.
 */
export function generateCircuit(family: string, options: FamilyOptions): Circuit {
  const found = ALL.find(({ name }) => name === family);
  if (!found) {
    const names = ALL.map(({ name }) => name);
    const nearest = nearestName(family, names);
    const hint = nearest === undefined ? '' : ` (did you mean '${nearest}'?)`;
    throw new KroncutError(
      'usage',
      `there is no family '${family}'${hint}; the families are ${names.join(', ')}`,
    );
  }
  const { qubits, depth = found.depth?.default ?? 1, seed } = options;
  if (!Number.isInteger(qubits) || !found.fits(qubits) || qubits > MAX_QUBITS) {
    throw optionError(
      'qubits',
      ` ${qubits}: the family '${family}' needs ${found.qubits}${nearestSizes(found, qubits)}`,
    );
  }
  if (options.depth !== undefined && !found.depth) {
    throw optionError('depth', ` ${depth}: the family '${family}' has no depth to choose`);
  }
  if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) {
    throw optionError('depth', ` ${depth}: give a whole number from 1 to ${MAX_DEPTH}`);
  }
  if (seed !== undefined && (!Number.isSafeInteger(seed) || seed < 0)) {
    throw optionError('seed', ` ${seed}: give a whole number from 0 to 2^53 - 1`);
  }
  const layers = found.depth ? depth : family === 'qft' ? qubits / 2 : 1;
  if (qubits * layers > MAX_PLACES) {
    throw optionError(
      'qubits',
      ` ${qubits}: this circuit of the family '${family}' would have millions of gates; ask for less`,
    );
  }
  return makeCircuit(qubits, found.make(qubits, depth, seed));
}

/** "; 15 and 18 would do" for a number between two sizes that fit. */
function nearestSizes(family: FullFamily, qubits: number): string {
  if (!Number.isFinite(qubits)) {
    return '';
  }
  if (qubits > MAX_QUBITS) {
    return `, ${MAX_QUBITS} at most`;
  }
  const start = Math.max(0, Math.floor(qubits));
  const up = Array.from({ length: 100 }, (_, i) => start + 1 + i).find(family.fits);
  const down = Array.from({ length: Math.min(start, 100) }, (_, i) => start - i).find(family.fits);
  const sizes = [down, up].filter((size) => size !== undefined);
  return sizes.length === 0 ? '' : `; ${sizes.join(' and ')} would do`;
}
