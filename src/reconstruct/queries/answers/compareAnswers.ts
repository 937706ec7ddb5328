/** What a run without outcomes answers, as one list of numbers, to be compared with what another way gives. */
import type { Circuit } from '../../../circuit/circuit.js';
import { lowerCircuit } from '../../../circuit/lower.js';
import { stateBytes } from '../../../circuit/simulationMemory.js';
import { KroncutError } from '../../../error.js';
import { compute, type Context } from '../../../run/context.js';
import type { KeptQuestion } from '../../../run/directory/manifest.js';
import { requireMemory } from '../../../run/resources/space.js';
import { liveCircuit, simulateLive } from './compare.js';
import { answer as answerExpectation } from './expectationAnswer.js';
import { answer as answerMarginal } from './marginalAnswer.js';
import { answer as answerProbability } from './probabilityAnswer.js';
import { isSet } from '../bitString.js';
import { parsePauliSum, type PauliTerm } from '../pauliSum.js';
import type { Inquiry } from '../query.js';

/** Collective: the values of all terms, and the probabilities of all marginals, in the order of the questions. */
export async function keptAnswers(inquiry: Inquiry, questions: readonly KeptQuestion[]): Promise<number[]> {
  const found: number[][] = [];
  for (const { marginal, expect, probability } of questions) {
    if (probability !== undefined) {
      const values = await answerProbability(inquiry, { probability });
      found.push(probability.map((bits) => Number(values[bits])));
    }
    if (expect !== undefined) {
      const { terms = [] } = await answerExpectation(inquiry, { expect, terms: true });
      found.push(terms.map(({ value }) => value));
    }
    if (marginal === undefined) continue;
    const bits = liveBitsOf(marginal, inquiry.source.cutCircuit);
    found.push([...(await answerMarginal(inquiry, { marginal: bits })).probabilities]);
  }
  return found.flat();
}

/** Collective: the same by simulation of the whole circuit. Throws `memory` where that does not fit. */
export async function uncutAnswers(
  context: Context,
  circuit: Circuit,
  cut: { readonly zeroBits: readonly number[] },
  questions: readonly KeptQuestion[],
): Promise<number[]> {
  const live = liveCircuit(circuit, cut.zeroBits);
  return context.cluster.onRoot(async () => {
    requireMemory(
      stateBytes(live.qubits.length, 'double'),
      context.memory,
      `simulating the uncut circuit of ${live.qubits.length} qubits`,
      'compare on a larger machine, or skip verify',
    );
    const found: number[][] = [];
    for (const { marginal, expect, probability } of questions) {
      if (probability !== undefined) {
        found.push(await uncutValues(context, circuit, outcomeLetters(circuit, cut, probability)));
      }
      if (expect !== undefined) {
        const terms = parsePauliSum(expect, circuit.qubits);
        found.push(await uncutValues(context, circuit, terms.map(pauliLetters)));
      }
      if (marginal === undefined) continue;
      const bits = liveBitsOf(marginal, cut);
      const tensor = await simulateLive(context, circuit, { ...live, bits }, 'double');
      found.push([...context.native.readTensor(tensor, 0, 2 ** bits.length)]);
    }
    return found.flat();
  });
}

/** The largest distance of two lists; not a number where a value is none, or they differ in length. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.NaN;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

function liveBitsOf(
  bits: readonly number[],
  { zeroBits }: { readonly zeroBits: readonly number[] },
): number[] {
  return bits.filter((bit) => !zeroBits.includes(bit));
}

/** Paulis, and projectors `0` and `1`, by qubit; undefined for what is 0. */
type Letters = ReadonlyMap<number, string> | undefined;

function pauliLetters({ paulis }: PauliTerm): Letters {
  return new Map(paulis.map(({ qubit, pauli }) => [qubit, pauli]));
}

function outcomeLetters(
  { outcomes }: Circuit,
  { zeroBits }: { readonly zeroBits: readonly number[] },
  bitStrings: readonly string[],
): Letters[] {
  const zero = new Set(zeroBits);
  const live = outcomes.map((qubit, bit) => ({ qubit, bit })).filter(({ bit }) => !zero.has(bit));
  return bitStrings.map((bits) =>
    zeroBits.some((bit) => isSet(bits, bit))
      ? undefined
      : new Map(live.map(({ qubit, bit }) => [qubit, isSet(bits, bit) ? '1' : '0'])),
  );
}

/** The values of strings by simulation of the whole circuit. */
async function uncutValues(context: Context, circuit: Circuit, asked: readonly Letters[]): Promise<number[]> {
  const qubits = [...new Set(circuit.gates.flatMap((gate) => gate.qubits))].sort((a, b) => a - b);
  const local = new Map(qubits.map((qubit, i) => [qubit, i]));
  const program = {
    qubits: qubits.length,
    ...lowerCircuit(
      circuit.gates.map((gate) => ({ ...gate, qubits: gate.qubits.map((qubit) => local.get(qubit) ?? -1) })),
    ),
    inputs: new Int32Array(),
    mirrored: new Int32Array(),
    outputs: new Int32Array(),
    outcomes: new Int32Array(),
  };
  const strings = asked.map((letters) =>
    qubits
      .map((qubit) => letters?.get(qubit) ?? 'I')
      .toReversed()
      .join(''),
  );
  const { values } = await compute(context, (options) =>
    context.native.evaluateReduced(program, { ...options, precision: 'double', strings }),
  );
  if (values === undefined) throw new KroncutError('internal', 'an evaluation in memory gave no values');
  // A qubit without gates is in |0>, where X, Y and the outcome 1 are 0.
  const isZero = (letters: Letters): boolean =>
    letters === undefined ||
    [...letters].some(([qubit, letter]) => !'Z0'.includes(letter) && !local.has(qubit));
  return asked.map((letters, i) => (isZero(letters) ? 0 : (values[i] ?? Number.NaN)));
}
