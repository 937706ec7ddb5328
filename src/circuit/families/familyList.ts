/** What families there are, without what makes their circuits: help lists them, and loads no more than this. */

export interface Family {
  readonly name: string;
  readonly summary: string;
  /** Which numbers of qubits are possible, and what the depth and the seed do, in words. */
  readonly qubits: string;
  readonly depth?: { readonly meaning: string; readonly default: number };
  readonly seed?: string;
}

const atLeast = (minimum: number): string => `${minimum} or more`;

const LIST = [
  {
    name: 'bv',
    summary: 'Bernstein-Vazirani with the hidden string 1...1; the outcome is 1...1 with probability 1',
    qubits: atLeast(2),
  },
  {
    name: 'ghz',
    summary: 'GHZ state by a chain of cx; outcomes 0...0 and 1...1, one half each',
    qubits: atLeast(1),
  },
  {
    name: 'qft',
    summary: 'quantum Fourier transform from h and cp, without the final swaps',
    qubits: atLeast(1),
  },
  {
    name: 'aqft',
    summary: 'approximate Fourier transform: phases between qubits log2(n) + 2 or more apart are left out',
    qubits: atLeast(1),
  },
  {
    name: 'adder',
    summary: 'ripple-carry adder of two numbers of (qubits - 2)/2 bits',
    qubits: 'an even number, 4 or more',
    seed: 'draws the two numbers; without it both are 0',
  },
  {
    name: 'hwea',
    summary: 'hardware-efficient ansatz: layers of u3 and a chain of cx',
    qubits: atLeast(2),
    depth: { meaning: 'number of cx chains', default: 1 },
    seed: 'draws all angles; without it they give two outcomes, one half each, at depth 1',
  },
  {
    name: 'supremacy',
    summary: 'random circuit of cz, t and square roots of X and Y on a grid as square as can be',
    qubits: 'rows times columns of a grid, both 2 or more',
    depth: { meaning: 'layers of cz; eight use every coupling once', default: 8 },
    seed: 'draws the one-qubit gates (default 0)',
  },
  {
    name: 'regular',
    summary: 'QAOA for MaxCut on a random 3-regular graph, with random angles',
    qubits: 'an even number, 4 or more',
    depth: { meaning: 'QAOA rounds', default: 1 },
    seed: 'draws the graph and the angles (default 0)',
  },
  {
    name: 'random',
    summary: 'layers of random u on every qubit and cx, cz or cp on random pairs',
    qubits: atLeast(1),
    depth: { meaning: 'layers of two-qubit gates', default: 4 },
    seed: 'draws the circuit (default 0)',
  },
] as const satisfies readonly Family[];

export type FamilyName = (typeof LIST)[number]['name'];

/** The families by names that the compiler knows, so that each has somebody who makes it. */
export const NAMED_FAMILIES: readonly (Family & { readonly name: FamilyName })[] = LIST;

/** The families, in the order in which they are listed to people. */
export const FAMILIES: readonly Family[] = LIST;
