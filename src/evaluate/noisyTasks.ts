/** What evaluation with noise takes: one task for each tensor. */
import { stateBytes } from '../circuit/simulationMemory.js';
import { VALUE_BYTES } from '../native/valueBytes.js';
import type { CutCircuit, Subcircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import { optionName } from '../options/optionName.js';
import { evaluationWork, type EvaluationShape } from '../run/resources/costs.js';
import { cutEndsOf, type CutEndSettings } from '../subexperiments/subexperiments.js';
import type { EvaluateTask, NamedSubcircuit } from './evaluator.js';
import { blockSize, blocksOf } from './noisyBlocks.js';
import { noisyQubits } from './noisyProgram.js';
import { countsBytes, shotsOfTensor, type SamplingPlan } from './sampled.js';

/** Qubits, ancillas among them, up to which density matrices are used. */
export const MOST_DENSITY_QUBITS = 12;

/** True where trajectories take the place of density matrices. */
export function isWide(subcircuit: Subcircuit, ends: readonly CutEndSettings[]): boolean {
  return noisyQubits(subcircuit, ends) > MOST_DENSITY_QUBITS;
}

/** The largest first. Throws `usage` for a wide subcircuit without shots. */
export function noisyTasks(
  cut: CutCircuit,
  threads: number,
  named: readonly NamedSubcircuit[],
  sampling: SamplingPlan | null,
): EvaluateTask[] {
  return named
    .map((one, index) => ({ ...noisyTask(cut, threads, one, sampling), index }))
    .sort((a, b) => b.work - a.work || a.index - b.index);
}

function noisyTask(
  cut: CutCircuit,
  threads: number,
  named: NamedSubcircuit,
  sampling: SamplingPlan | null,
): EvaluateTask {
  const { subcircuit } = named;
  const ends = cutEndsOf(cut, subcircuit);
  const wide = isWide(subcircuit, ends);
  if (wide && sampling === null) {
    const qubits = noisyQubits(subcircuit, ends);
    throw new KroncutError(
      'usage',
      `subcircuit ${subcircuit.index} has ${qubits} qubits${qubits > subcircuit.width ? ' with ancillas' : ''}, and exact frequencies under noise are for at most ${MOST_DENSITY_QUBITS}; ` +
        `give ${optionName('shots')}, or cut into pieces of at most ${MOST_DENSITY_QUBITS} by ${optionName('maxWidth')}`,
    );
  }
  const tensor = ends.reduce(
    (size, { table }) => size * table.effects.columns,
    2 ** subcircuit.outcomes.length,
  );
  const shots = sampling === null ? [] : shotsOfTensor(sampling, named);
  const shape = wide ? trajectoryShape(subcircuit, ends, shots) : densityShape(subcircuit, ends);
  const own = wide ? trajectoryBytes(subcircuit, ends, shots) : densityBytes(subcircuit, ends, threads);
  return {
    index: subcircuit.index,
    shape,
    work: evaluationWork(shape).updates,
    bytes: own + 2 * VALUE_BYTES * tensor,
    fileBytes: VALUE_BYTES * tensor + (sampling === null ? 0 : countsBytes(cut, sampling, named)),
  };
}

/** Gates over all paths through the settings, each of which changes all entries; ket and bra apart. */
function densityShape(subcircuit: Subcircuit, ends: readonly CutEndSettings[]): EvaluationShape {
  const { gates, gateEnds, outcomes } = subcircuit;
  let paths = ends.reduce(
    (product, end) => (end.kind === 'downstream' ? product * end.table.settings.length : product),
    1,
  );
  let [work, next] = [0, 0];
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) {
      const begun = ends.find(({ places: [first] }) => first?.gateEnd === next);
      if (begun !== undefined) paths *= begun.table.rows.reduce((sum, rows) => sum + rows, 0);
      work += 2 * paths;
    }
    if (position < gates.length) work += NOISE_PASSES * paths;
  }
  return {
    gates: work,
    stateBits: 2 * noisyQubits(subcircuit, ends),
    legs: 0,
    outcomes: outcomes.length,
  };
}

/** Passes over the state for a gate and its noise. */
const NOISE_PASSES = 3;

/** A state, one more for each end with a choice of settings and for each measurement on the way, and a block of frequencies. */
function densityBytes(subcircuit: Subcircuit, ends: readonly CutEndSettings[], threads: number): number {
  const states = ends.reduce((sum, { kind, table }) => {
    if (kind !== 'gate') return sum;
    return sum + 1 + (table.settings.some(({ recording }) => recording === 'middle') ? 1 : 0);
  }, 1);
  const blocks = blocksOf(subcircuit, ends);
  const numbers = blocks.reduce((most, block) => Math.max(most, blockSize(subcircuit, ends, block)), 0);
  return (
    states * stateBytes(2 * noisyQubits(subcircuit, ends), 'double') +
    threads * BUFFER_BYTES +
    // In the addon, in JavaScript, and while it is turned into a tensor.
    3 * VALUE_BYTES * numbers
  );
}

/** Of a thread that applies gates block by block. */
const BUFFER_BYTES = 2 ** 18;

/** Each shot that errs has a path of its own, and half of one on the average: at most that many. */
function trajectoryShape(
  subcircuit: Subcircuit,
  ends: readonly CutEndSettings[],
  shots: readonly Float64Array[],
): EvaluationShape {
  const all = shots.reduce((sum, round) => round.reduce((total, each) => total + each, sum), 0);
  return {
    gates: subcircuit.gates.length * all,
    stateBits: noisyQubits(subcircuit, ends),
    legs: 0,
    outcomes: subcircuit.outcomes.length,
  };
}

/** Shots that go different ways share a state until then: at most log2 of them are held (native/simulate/trajectories.hpp). */
function trajectoryBytes(
  subcircuit: Subcircuit,
  ends: readonly CutEndSettings[],
  shots: readonly Float64Array[],
): number {
  const most = shots.reduce((largest, round) => round.reduce((a, b) => Math.max(a, b), largest), 1);
  const states = 2 + Math.floor(Math.log2(most));
  return states * stateBytes(noisyQubits(subcircuit, ends), 'double') + BYTES_A_SHOT * most + BUFFER_BYTES;
}

const BYTES_A_SHOT = 64;
