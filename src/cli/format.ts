/** Results as text for people. */
import type { Prediction } from '../api/predict.js';
import type { EvaluateSummary } from '../api/evaluate.js';
import type { ReconstructResult } from '../api/reconstruct.js';
import type { VerifyReport } from '../api/verify.js';
import type { CutSummary } from '../cut/summary.js';
import { formatBytes, formatSeconds } from '../run/units.js';
import { bar, table } from './output.js';

/** Rows of a list that are printed in full; `--json` has all. */
const MAX_ROWS = 64;

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatCut(summary: CutSummary, reused: boolean): string[] {
  const { wireCuts, gateCuts, subcircuits, width, qubits, samplingOverhead, proven, seconds } = summary;
  const cuts = [
    ...(wireCuts > 0 ? [plural(wireCuts, 'wire cut')] : []),
    ...(gateCuts > 0 ? [plural(gateCuts, 'gate cut')] : []),
  ].join(' and ');
  const certainty = proven ? 'proven optimal' : 'not proven optimal';
  const what =
    wireCuts + gateCuts === 0
      ? `no cut is needed: ${plural(subcircuits.length, 'subcircuit')}, the widest ${plural(width, 'qubit')}`
      : `${plural(qubits, 'qubit')} in ${plural(subcircuits.length, 'subcircuit')} of at most ${width}, by ` +
        `${cuts} (${certainty}; sampling overhead ${samplingOverhead})`;
  const how = reused ? 'as found before' : formatSeconds(seconds);
  return [
    `Cut: ${what}; ${how}`,
    ...shortened(
      table(
        ['subcircuit', 'qubits', 'outcome bits', 'gates'],
        subcircuits.map((part) => [part.index, part.width, part.outputQubits, part.gates]),
      ),
      MAX_ROWS + 1,
    ),
  ];
}

export function formatEvaluate(summary: EvaluateSummary): string[] {
  const { evaluated, reused, bytes, precision, seconds } = summary;
  const found = reused === 0 ? '' : `, ${reused} found finished`;
  return [
    `Evaluate: ${plural(evaluated, 'subcircuit')}${found}; ${formatBytes(bytes)} in ${precision} precision; ` +
      formatSeconds(seconds),
  ];
}

export function formatAnswers(answers: ReconstructResult): string[] {
  const text: string[] = [];
  const { full, top, marginal, probability, expect, samples } = answers;
  if (full !== undefined) {
    text.push(
      `Full distribution: ${full.file}, 2^${full.qubits} outcomes, sum ${full.sum}, from ${full.min} to ${full.max}`,
    );
  }
  if (top !== undefined) {
    const largest = top.outcomes[0]?.probability ?? 0;
    text.push(
      `Most likely outcomes (bit 0 last):`,
      ...shortened(
        top.outcomes.map(({ bits, probability: p }) =>
          `  ${bits}  ${number(p)}  ${bar(p, largest)}`.trimEnd(),
        ),
        MAX_ROWS,
      ),
    );
  }
  if (marginal !== undefined) {
    const { qubits, probabilities } = marginal;
    const largest = Math.max(...probabilities);
    text.push(
      `Marginal of outcome bits ${qubits.toReversed().join(', ')} (left to right):`,
      ...shortened(
        probabilities.map((p, index) =>
          `  ${index.toString(2).padStart(qubits.length, '0')}  ${number(p)}  ${bar(p, largest)}`.trimEnd(),
        ),
        MAX_ROWS,
      ),
    );
  }
  if (probability !== undefined) {
    text.push(
      'Probabilities:',
      ...shortened(
        Object.entries(probability).map(([bits, p]) => `  ${bits}  ${p}`),
        MAX_ROWS,
      ),
    );
  }
  if (samples !== undefined) text.push(`Samples: ${samples.file}, ${samples.count} of them`);
  if (expect !== undefined) {
    text.push(
      `Expectation value: ${expect.value}`,
      ...shortened(
        (expect.terms ?? []).map(({ pauli, coefficient, value }) => `  ${coefficient} * ${pauli}  ${value}`),
        MAX_ROWS,
      ),
    );
  }
  return text;
}

export function formatVerify(report: VerifyReport): string[] {
  const { maxAbsError, tolerance, passed, crossEntropy, crossEntropyMissing } = report;
  const left = crossEntropyMissing === 0 ? '' : ` (${plural(crossEntropyMissing, 'outcome')} left out)`;
  return [
    `Agreement with the uncut simulation: ${passed ? 'yes' : 'NO'}, largest error ${number(maxAbsError)} ` +
      `(tolerance ${tolerance})`,
    `  relative mean squared error ${number(report.relativeMeanSquaredError)}, chi squared ${number(report.chiSquared)}`,
    `  Hellinger fidelity ${report.hellingerFidelity}, cross entropy ${crossEntropy ?? 'undefined'}${left}`,
  ];
}

export function formatTimings(timings: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(timings).flatMap(([stage, seconds]) =>
    seconds === undefined ? [] : [`${stage} ${formatSeconds(seconds)}`],
  );
  return `Time: ${parts.join(', ')}`;
}

export function formatPrediction(stages: Readonly<Record<string, Prediction>>): string[] {
  return [
    'It would take about:',
    ...table(
      ['stage', 'time', 'memory per rank', 'disk'],
      Object.entries(stages).map(([stage, { seconds, memoryBytes, diskBytes }]) => [
        stage,
        formatSeconds(seconds),
        formatBytes(memoryBytes),
        formatBytes(diskBytes),
      ]),
    ),
  ];
}

function number(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e-4 ? value.toPrecision(6) : value.toExponential(3);
}

function shortened(rows: readonly string[], most: number): string[] {
  if (rows.length <= most) return [...rows];
  return [...rows.slice(0, most), `  ... and ${rows.length - most} more (--json has them all)`];
}
