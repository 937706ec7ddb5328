/** Circuits that are too large say so. */
import { expect, it } from 'vitest';
import { cut } from '../../../src/api/cut.js';

const START = 'OPENQASM 3.0; include "stdgates.inc";';

it('refuses to cut what has gates on too many qubits, and what is too long', async () => {
  const wide = { text: `${START} qubit[10001] q; h q;` };
  await expect(cut(wide, { maxWidth: 5, device: 'cpu' })).rejects.toThrow(
    'the circuit has gates on 10001 qubits; cuts are searched for up to 10000',
  );
  const long = {
    text: `${START} qubit[61] q; ctrl(60) @ x ${Array.from({ length: 61 }, (_, i) => `q[${i}]`).join(',')};`,
  };
  await expect(cut(long, { maxWidth: 5, device: 'cpu' })).rejects.toThrow(
    /'x' has too many gates .*; 200000 is the limit/,
  );
});
