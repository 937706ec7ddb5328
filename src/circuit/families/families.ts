/** The benchmark families that `generate` knows, with what their options mean. */
import { KroncutError } from '../../error.js';
import { makeCircuit, type Circuit, type Gate } from '../circuit.js';
import { nearestName } from '../../options/nearestName.js';
import { adder, approximateReach, bernsteinVazirani, fourier, ghz } from './arithmetic.js';
import { gridShape, hardwareEfficient, randomLayers, regularQaoa, supremacy } from './layered.js';
import { NAMED_FAMILIES, type Family, type FamilyName } from './familyList.js';
import { optionError } from '../../options/optionName.js';

/** Size and shape of a generated circuit. */
export interface FamilyOptions {
  readonly qubits: number;
  /** Families without layers refuse it. */
  readonly depth?: number | undefined;
  /** A whole number; default 0, or no randomness where the family says so. */
  readonly seed?: number | undefined;
}

interface Maker {
  /** Whether the family has circuits of so many qubits; `Family.qubits` says it in words. */
  readonly fits: (qubits: number) => boolean;
  readonly make: (qubits: number, depth: number, seed: number | undefined) => Gate[];
}

/** Most qubits, and most layers, that are generated. */
const MAX_QUBITS = 100_000;
const MAX_DEPTH = 100_000;
/** Largest product of qubits and layers; a Fourier transform has qubits/2 layers. */
const MAX_PLACES = 2_500_000;

const atLeast = (minimum: number): Maker['fits'] => {
  return (qubits) => qubits >= minimum;
};
const evenFromFour: Maker['fits'] = (qubits) => qubits >= 4 && qubits % 2 === 0;

const MAKERS: Readonly<Record<FamilyName, Maker>> = {
  bv: { fits: atLeast(2), make: bernsteinVazirani },
  ghz: { fits: atLeast(1), make: ghz },
  qft: { fits: atLeast(1), make: (qubits) => fourier(qubits, qubits) },
  aqft: { fits: atLeast(1), make: (qubits) => fourier(qubits, approximateReach(qubits)) },
  adder: { fits: evenFromFour, make: (qubits, _, seed) => adder(qubits, seed) },
  hwea: { fits: atLeast(2), make: hardwareEfficient },
  supremacy: {
    fits: (qubits) => qubits >= 4 && gridShape(qubits)[1] >= 2,
    make: (qubits, depth, seed) => supremacy(qubits, depth, seed ?? 0),
  },
  regular: { fits: evenFromFour, make: (qubits, depth, seed) => regularQaoa(qubits, depth, seed ?? 0) },
  random: { fits: atLeast(1), make: (qubits, depth, seed) => randomLayers(qubits, depth, seed ?? 0) },
};

/** The families with what makes their circuits. */
const ALL: readonly (Family & Maker)[] = NAMED_FAMILIES.map((family) => ({
  ...family,
  ...MAKERS[family.name],
}));

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
function nearestSizes(family: Family & Maker, qubits: number): string {
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
