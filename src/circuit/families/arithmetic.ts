/** Circuits with a known answer: Bernstein-Vazirani, GHZ, Fourier transforms, adder. */
import type { Gate } from '../circuit.js';
import { decomposeGate } from '../decompose.js';
import { gateOf } from '../gates.js';
import { Random } from '../random.js';

/** Bernstein-Vazirani with the hidden string 1...1: the outcome is 2^n - 1. The last qubit is the oracle's. */
export function bernsteinVazirani(qubits: number): Gate[] {
  const oracle = qubits - 1;
  const all = Array.from({ length: qubits }, (_, q) => gateOf('h', [q]));
  const hidden = Array.from({ length: oracle }, (_, q) => gateOf('cx', [q, oracle]));
  return [gateOf('x', [oracle]), ...all, ...hidden, ...all];
}

/** The state (|0...0> + |1...1>)/sqrt 2 by a chain of cx. */
export function ghz(qubits: number): Gate[] {
  const chain = Array.from({ length: qubits - 1 }, (_, q) => gateOf('cx', [q, q + 1]));
  return [gateOf('h', [0]), ...chain];
}

/**
 * The quantum Fourier transform from h and cp without the final swaps: outcome bits come in reverse. Phases between
 * qubits `reach` or more apart are left out (Barenco et al. 1996, the approximate transform).
 */
export function fourier(qubits: number, reach: number): Gate[] {
  const gates: Gate[] = [];
  for (let target = qubits - 1; target >= 0; target--) {
    for (let control = Math.min(qubits - 1, target + reach - 1); control > target; control--) {
      gates.push(gateOf('cp', [control, target], Math.PI / 2 ** (control - target)));
    }
    gates.push(gateOf('h', [target]));
  }
  return gates;
}

/** Reach of the approximate transform on n qubits: log2(n) + 2, as in CutQC's benchmarks. */
export function approximateReach(qubits: number): number {
  return Math.floor(Math.log2(qubits)) + 2;
}

function toffoli(a: number, b: number, target: number): Gate[] {
  return decomposeGate(gateOf('ccx', [a, b, target]));
}

/**
 * The ripple-carry adder (Cuccaro et al. 2004, quant-ph/0410184, figures 2 to 4) on n-bit numbers, 2n + 2 qubits:
 * qubit 0 carries in, 2i + 1 holds bit i of b, 2i + 2 bit i of a, the last one carries out. It ends with b + a in
 * place of b. With a seed, a and b are random; without, both are 0.
 */
export function adder(qubits: number, seed: number | undefined): Gate[] {
  const bits = (qubits - 2) / 2;
  const gates: Gate[] = [];
  if (seed !== undefined) {
    const random = new Random(seed, 'adder');
    for (let q = 1; q <= 2 * bits; q++) {
      if (random.below(2) === 1) {
        gates.push(gateOf('x', [q]));
      }
    }
  }
  for (let i = 0; i < bits; i++) {
    const [carry, b, a] = [2 * i, 2 * i + 1, 2 * i + 2];
    gates.push(gateOf('cx', [a, b]), gateOf('cx', [a, carry]), ...toffoli(carry, b, a));
  }
  gates.push(gateOf('cx', [2 * bits, 2 * bits + 1]));
  for (let i = bits - 1; i >= 0; i--) {
    const [carry, b, a] = [2 * i, 2 * i + 1, 2 * i + 2];
    gates.push(gateOf('x', [b]), gateOf('cx', [carry, b]), ...toffoli(carry, b, a), gateOf('x', [b]));
    gates.push(gateOf('cx', [a, carry]), gateOf('cx', [a, b]));
  }
  return gates;
}
