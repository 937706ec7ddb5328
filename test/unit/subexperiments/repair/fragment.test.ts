/** Tensors of counts in place of which the nearest is taken that a subcircuit could have. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/circuit/random.js';
import type { CutCircuit, Subcircuit } from '../../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { required } from '../../../../src/error.js';
import { drawCounts } from '../../../../src/evaluate/draw.js';
import { makeCounts, type Counts } from '../../../../src/run/tensors/counts.js';
import { tensorOfCounts } from '../../../../src/subexperiments/counts.js';
import { ChoiForm, transposedLegs } from '../../../../src/subexperiments/repair/choi.js';
import { applyEach, endFrames, leastWeight } from '../../../../src/subexperiments/repair/endFrames.js';
import { outcomeShares, repairedFragment } from '../../../../src/subexperiments/repair/fragment.js';
import { hermitianEigen } from '../../../../src/circuit/hermitianEigen.js';
import { subexperimentCircuit } from '../../../../src/subexperiments/subexperimentCircuit.js';
import { cutEndsOf, subexperimentCount } from '../../../../src/subexperiments/subexperiments.js';
import { around, cutCases, type CutCase } from '../../../support/cutCases.js';
import { subexperimentFrequencies } from '../../../support/subexperimentReference.js';

function cutOf({ circuit, parts, joint = false }: CutCase): CutCircuit {
  return buildCutCircuit(circuit, parts, { joint });
}

/** Counts of `shots` shots each, or the frequencies themselves. */
function countsOf(cut: CutCircuit, subcircuit: Subcircuit, shots?: number, seed = 0): Counts {
  const ends = cutEndsOf(cut, subcircuit);
  const each = Array.from({ length: subexperimentCount(ends) }, (_, i) => {
    const frequencies = subexperimentFrequencies(subexperimentCircuit(subcircuit, ends, i));
    if (shots === undefined) return new Map(frequencies.entries());
    return drawCounts(frequencies, shots, new Random(seed, `repair ${subcircuit.index} ${i}`));
  });
  return makeCounts(each);
}

function tensorOf(cut: CutCircuit, subcircuit: Subcircuit, shots?: number, seed?: number): Float64Array {
  const counts = countsOf(cut, subcircuit, shots, seed);
  return tensorOfCounts(cutEndsOf(cut, subcircuit), subcircuit.outcomes.length, counts);
}

/** The least eigenvalue of all Choi matrices, as a share of the largest. */
function leastEigenvalue(cut: CutCircuit, subcircuit: Subcircuit, tensor: Float64Array): number {
  const form = new ChoiForm(transposedLegs(subcircuit, cutEndsOf(cut, subcircuit)));
  const outcomes = 2 ** subcircuit.outcomes.length;
  const all = Array.from({ length: outcomes }, (_, outcome) => [
    ...hermitianEigen(form.toMatrix(tensor, outcome, outcomes)).values,
  ]).flat();
  return Math.min(...all) / Math.max(...all);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * required(b[i], 'a value'), 0);
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - required(b[i], 'a value'));
}

/** Where shot noise is alike in all components. */
function inFrames(cut: CutCircuit, subcircuit: Subcircuit, tensor: Float64Array): Float64Array {
  const frames = endFrames(subcircuit, cutEndsOf(cut, subcircuit));
  return applyEach(
    frames.map(({ scale }) => scale),
    tensor,
  );
}

function certainOf(cut: CutCircuit, subcircuit: Subcircuit, tensor: Float64Array): Float64Array {
  const outcomes = 2 ** subcircuit.outcomes.length;
  const sums = Float64Array.from({ length: tensor.length / outcomes }, (_, i) =>
    tensor.subarray(i * outcomes, (i + 1) * outcomes).reduce((sum, value) => sum + value, 0),
  );
  const frames = endFrames(subcircuit, cutEndsOf(cut, subcircuit));
  const scaled = inFrames(cut, subcircuit, sums);
  return applyEach(
    frames.map(({ unscale }) => unscale),
    applyEach(
      frames.map(({ certain }) => certain),
      scaled,
    ),
  );
}

function repaired(cut: CutCircuit, subcircuit: Subcircuit, tensor: Float64Array): Promise<Float64Array> {
  return repairedFragment(tensor, subcircuit, cutEndsOf(cut, subcircuit));
}

/** All subcircuits of a cut. */
function pieces(one: CutCase): { cut: CutCircuit; subcircuit: Subcircuit }[] {
  const cut = cutOf(one);
  return cut.subcircuits.map((subcircuit) => ({ cut, subcircuit }));
}

describe('a repaired fragment', () => {
  it.each(cutCases)('of $name has no negative eigenvalues, where counts have them', async (one) => {
    for (const { cut, subcircuit } of pieces(one)) {
      const drawn = tensorOf(cut, subcircuit, 50);
      expect(leastEigenvalue(cut, subcircuit, drawn)).toBeLessThan(-0.01);
      const mended = await repaired(cut, subcircuit, drawn);
      expect(leastEigenvalue(cut, subcircuit, mended)).toBeGreaterThan(-1e-12);
    }
  });

  it.each(cutCases)('of $name is the exact one where that is given', async (one) => {
    for (const { cut, subcircuit } of pieces(one)) {
      const exact = tensorOf(cut, subcircuit);
      expect(leastEigenvalue(cut, subcircuit, exact)).toBeGreaterThan(-1e-12);
      const mended = await repaired(cut, subcircuit, exact);
      // A branch of little weight stands in the tensor as a difference of larger numbers.
      const rounding = Math.max(
        1e-12,
        1e-16 / leastWeight(endFrames(subcircuit, cutEndsOf(cut, subcircuit))),
      );
      mended.forEach((value, i) =>
        expect(Math.abs(value - required(exact[i], 'a value'))).toBeLessThan(rounding),
      );
    }
  });

  it.each(cutCases)('of $name keeps what is certain, as counts do', async (one) => {
    for (const { cut, subcircuit } of pieces(one)) {
      const certain = certainOf(cut, subcircuit, tensorOf(cut, subcircuit));
      expect(Math.max(...certain.map(Math.abs))).toBeGreaterThan(0.4);
      const drawn = tensorOf(cut, subcircuit, 50);
      for (const tensor of [drawn, await repaired(cut, subcircuit, drawn)]) {
        certainOf(cut, subcircuit, tensor).forEach((value, i) =>
          expect(value).toBeCloseTo(required(certain[i], 'a value'), 10),
        );
      }
    }
  });

  it.each(cutCases)('of $name is the nearest of all that subcircuits can have', async (one) => {
    for (const { cut, subcircuit } of pieces(one)) {
      const exact = tensorOf(cut, subcircuit);
      for (let seed = 0; seed < 3; seed += 1) {
        const drawn = tensorOf(cut, subcircuit, 50, seed);
        const mended = await repaired(cut, subcircuit, drawn);
        const framed = (tensor: Float64Array): Float64Array => inFrames(cut, subcircuit, tensor);
        const outcomes = 2 ** subcircuit.outcomes.length;
        const form = new ChoiForm(transposedLegs(subcircuit, cutEndsOf(cut, subcircuit)));
        const shares = outcomeShares(form, framed(drawn), outcomes);
        const off = framed(minus(drawn, mended)).map(
          (value, i) => value / required(shares[i % outcomes], 'a share'),
        );
        const square = (tensor: Float64Array): number =>
          framed(tensor).reduce(
            (sum, value, i) => sum + value ** 2 / required(shares[i % outcomes], 'a share'),
            0,
          );
        const scale = Math.sqrt(dot(off, framed(minus(drawn, mended))) * square(mended));
        // In a convex set the way to what is nearest makes no acute angle with the way on to any other member.
        const others = [0, 1, 2, 3].map((other) => {
          // The same cut with other gates around it, whose tensor is a member too.
          const gates = one.circuit.gates.slice(6, -10);
          const circuit = around(gates, 40 + other);
          const like = buildCutCircuit(circuit, one.parts, { joint: one.joint ?? false });
          return tensorOf(like, required(like.subcircuits[subcircuit.index], 'a subcircuit'));
        });
        for (const member of [exact, ...others]) {
          expect(member.length).toBe(mended.length);
          expect(dot(off, framed(minus(member, mended))) / scale).toBeLessThan(1e-3);
        }
        expect(square(minus(mended, exact))).toBeLessThan(square(minus(drawn, exact)));
      }
    }
  });
});
