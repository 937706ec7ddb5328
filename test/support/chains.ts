/** A small circuit with an obvious place to cut, and every query of it. */

/**
 * OpenQASM 2 of two layers of rotations, each with a chain of cz behind it: two cuts between neighbours. `bits` are the
 * classical bits that the qubits are read into, if they are read; a qubit more than the chain has is idle.
 */
export function rotatedChain(qubits: number, bits: readonly number[] = []): string {
  const layer = (number: number): string[] =>
    Array.from({ length: qubits }, (_, q) => {
      const turn = `ry(${0.3 + 0.2 * q + number}) q[${q}];`;
      return q === 0 ? turn : `${turn}\ncz q[${q - 1}],q[${q}];`;
    });
  return [
    'OPENQASM 2.0;',
    'include "qelib1.inc";',
    `qreg q[${Math.max(qubits, bits.length)}];`,
    ...(bits.length === 0 ? [] : [`creg c[${bits.length}];`]),
    ...layer(0),
    ...layer(1),
    ...bits.map((bit, q) => `measure q[${q}] -> c[${bit}];`),
    '',
  ].join('\n');
}

/** A question of every kind about a chain of nine qubits that is read into so many bits. */
export function everyQuery(bits: number) {
  return {
    top: 5,
    moments: true,
    marginal: [4, 0],
    probability: ['0'.repeat(bits), '1'.repeat(bits)],
    bins: 2,
    depth: 2,
    samples: 7,
    expect: 'Z0 Z1 + 0.5*X3 X4 - 2*Y8',
    terms: true,
  } as const;
}
