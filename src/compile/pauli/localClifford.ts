/**
 * The 24 Clifford operations of one qubit up to their phase, as what they make of the Pauli operators. A letter is 0, 1
 * or 2 for X, Y or Z; a signed letter is the letter, plus 3 for the negative operator.
 */
import { required } from '../../error.js';

/** X, Y or Z. */
export type Letter = 0 | 1 | 2;
export const [X, Y, Z] = [0, 1, 2] as const;

/** Number of an operation F; it stands for P -> F^dagger P F. */
export type LocalClifford = number;

export const IDENTITY: LocalClifford = 0;
const SIGNED = 6;

/** 1 where a, b and the third letter are in the order of X, Y, Z: then a b = i c; else a b = -i c. */
export function handedness(a: Letter, b: Letter): 1 | -1 {
  return (b - a + 3) % 3 === 1 ? 1 : -1;
}

/** The letter that is neither of two that differ. */
export function thirdLetter(a: Letter, b: Letter): Letter {
  return letterOf(3 - a - b);
}

export function letterOf(value: number): Letter {
  return value === 0 ? X : value === 1 ? Y : Z;
}

/** A quarter turn exp(-i pi/4 P): anticommuting A becomes -i A P. */
function quarterMap(axis: Letter): number[] {
  return Array.from({ length: SIGNED }, (_, signed) => {
    const letter = letterOf(signed % 3);
    if (letter === axis) return signed;
    const flips = signed >= 3 !== handedness(letter, axis) < 0;
    return thirdLetter(letter, axis) + (flips ? 3 : 0);
  });
}

const IDENTITY_MAP = [0, 1, 2, 3, 4, 5];

/** All operations, found from their generators, and the tables of what is asked of them. */
function buildGroup(): { maps: number[][]; numbers: Map<string, LocalClifford> } {
  const generators = [quarterMap(X), quarterMap(Z)];
  const maps: number[][] = [IDENTITY_MAP];
  const numbers = new Map([[IDENTITY_MAP.join(), IDENTITY]]);
  for (const map of maps) {
    for (const generator of generators) {
      const next = map.map((signed) => required(generator[signed], 'a signed letter'));
      if (numbers.has(next.join())) continue;
      numbers.set(next.join(), maps.length);
      maps.push(next);
    }
  }
  return { maps, numbers };
}

const { maps: MAPS, numbers: NUMBERS } = buildGroup();
const COUNT = MAPS.length;
const IMAGES = Uint8Array.from(MAPS.flat());
const PRODUCTS = Uint8Array.from(
  MAPS.flatMap((first) => MAPS.map((second) => numberOf(second.map((signed) => first[signed] ?? 0)))),
);

function numberOf(map: readonly number[]): LocalClifford {
  return required(NUMBERS.get(map.join()), 'a Clifford operation of one qubit');
}

/** F^dagger P F of a signed letter. */
export function conjugate(clifford: LocalClifford, signed: number): number {
  return IMAGES[SIGNED * clifford + signed]!;
}

/** The operation that is `first`, then `second`. */
export function followedBy(first: LocalClifford, second: LocalClifford): LocalClifford {
  return PRODUCTS[COUNT * first + second]!;
}

export function inverse(clifford: LocalClifford): LocalClifford {
  return INVERSES[clifford]!;
}

const INVERSES = Uint8Array.from(MAPS, (_, c) =>
  MAPS.findIndex((_map, other) => followedBy(c, other) === IDENTITY),
);

/** exp(-i k pi/4 P), by letter and k modulo 4. */
const TURNS = [X, Y, Z].map((axis) => {
  const quarter = numberOf(quarterMap(axis));
  const half = followedBy(quarter, quarter);
  return [IDENTITY, quarter, half, followedBy(half, quarter)];
});

export function quarterTurns(axis: Letter, quarters: number): LocalClifford {
  return TURNS[axis]![((quarters % 4) + 4) % 4]!;
}

/** Angles of the `u3` of each operation, in quarter turns: those without theta have lambda alone. */
const ANGLES: readonly (readonly [number, number, number])[] = MAPS.map((_, clifford) => {
  for (const theta of [0, 2, 1]) {
    for (const phi of theta === 0 ? [0] : [0, 2, 1, -1]) {
      for (const lambda of [0, 2, 1, -1]) {
        const made = followedBy(
          followedBy(quarterTurns(Z, lambda), quarterTurns(Y, theta)),
          quarterTurns(Z, phi),
        );
        if (made === clifford) return [theta, phi, lambda];
      }
    }
  }
  return [0, 0, 0];
});

/** theta, phi, lambda of the `u3` that is this operation up to its phase: multiples of pi/2. */
export function cliffordAngles(clifford: LocalClifford): readonly [number, number, number] {
  const [theta, phi, lambda] = ANGLES[clifford]!;
  return [(theta * Math.PI) / 2, (phi * Math.PI) / 2, (lambda * Math.PI) / 2];
}

/** Operations that make one signed letter of another, the identity first where it does. */
export function carrying(from: number, to: number): LocalClifford[] {
  return [...MAPS.keys()].filter((clifford) => conjugate(inverse(clifford), from) === to);
}
