/** Results as text for people. */
import type { CutExplanation, CutVerdict } from '../../predict/explainCut.js';
import type { Prediction } from '../../predict/predictStages.js';
import type { EvaluateSummary } from '../../api/evaluate.js';
import type { PartialReport, VerifyReport } from '../../api/verify.js';
import type { MethodCost } from '../../cut/model/method.js';
import type { CutSummary } from '../../cut/solution/summary.js';
import type { LightConeSummary, RunResult } from '../../api/run.js';
import { BEYOND, formatBytes, formatSeconds } from '../../run/resources/units.js';
import { known, MAX_ROWS, number, plural, shortened, table } from './output.js';

export function formatCut(summary: CutSummary, reused: boolean): string[] {
  const { wireCuts, gateCuts, subcircuits, width, qubits, samplingOverhead, proven, seconds } = summary;
  const { objective, lowerBound } = summary;
  const cuts = [
    ...(wireCuts > 0 ? [plural(wireCuts, 'wire cut')] : []),
    ...(gateCuts > 0 ? [plural(gateCuts, 'gate cut')] : []),
  ].join(' and ');
  // Which of two cuts is better depends on what is asked for.
  const goal = objective === 'cost' ? 'least predicted time' : 'least sampling overhead';
  const certainty = lowerBound === null ? 'as given' : `${goal}, ${proven ? 'proven' : 'not proven'}`;
  const way = summary.method?.taken ?? 'cut';
  const what =
    wireCuts + gateCuts === 0
      ? `no cut is needed: ${plural(subcircuits.length, 'subcircuit')}, the widest ${plural(width, 'qubit')}`
      : `${plural(qubits, 'qubit')} in ${plural(subcircuits.length, 'subcircuit')} of at most ${width}, by ` +
        `${cuts} (${certainty}; sampling overhead ${rounded(samplingOverhead)}${together(summary)})`;
  const before = proven ? 'as found before' : 'as found before (--force searches again)';
  const how = reused ? before : formatSeconds(seconds);
  if (way === 'contract') {
    const network = `the circuit's own network: ${plural(subcircuits.length, 'tensor')} of at most ${plural(width, 'qubit')}`;
    return [...formatMethod(summary.method), `Contract: ${network}; nothing is cut`];
  }
  return [
    ...formatMethod(summary.method),
    way === 'statevector'
      ? `State vector: ${plural(qubits, 'qubit')}; nothing is cut`
      : `Cut: ${what}; ${how}`,
    ...(way === 'cut' && samplingOverhead > 1 ? [OVERHEAD] : []),
    ...shortened(
      table(
        ['subcircuit', 'qubits', 'outcome bits', 'gates'],
        subcircuits.map((part) => [part.index, part.width, part.outcomeBits, part.gates]),
      ),
      MAX_ROWS + 1,
    ),
  ];
}

/** The overhead is said of every cut, and most runs never pay it. */
const OVERHEAD =
  '  sampling overhead: so many times the shots where subcircuits run on hardware; exact evaluation takes no shots';

const METHOD_NAMES = [
  ['cut', 'cut'],
  ['statevector', 'as a state vector'],
  ['contract', 'by contraction'],
] as const;

/** Which way was chosen, where that was left open. */
function formatMethod(method: CutSummary['method']): string[] {
  if (method?.asked !== 'auto') return [];
  const { taken, predicted } = method;
  const way = METHOD_NAMES.find(([name]) => name === taken)?.[1];
  const all = METHOD_NAMES.flatMap(([name, words]) => {
    const cost = predicted[name];
    if (cost === undefined) return [];
    return [`${words} ${cost.fits ? formatSeconds(cost.seconds) : 'does not fit'}`];
  });
  return [`Method: ${way}, as predicted (${all.join(', ')})`];
}

/** Without the digits that rounding has made. */
function rounded(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : BEYOND;
}

/** What making cuts together saves, where it does. */
function together({ gamma, gammaJoint, gammaCommunication }: CutSummary): string {
  const joint =
    gammaJoint < gamma * (1 - 1e-9) ? `, ${rounded(gammaJoint ** 2)} where they are made together` : '';
  const communicating =
    gammaCommunication === undefined
      ? ''
      : `, ${rounded(gammaCommunication ** 2)} with classical communication`;
  return `${joint}${communicating}`;
}

/** What a cut means and costs; `directory` is where the drawing is, if it was written. */
export function formatExplanation(explanation: CutExplanation, directory?: string): string[] {
  const { drawing, bondGraph, subexperiments, predicted, uncut, contraction, verdict } = explanation;
  const svg =
    drawing.file === null || directory === undefined
      ? []
      : [`Drawing: ${directory.replace(/\/$/, '')}/${drawing.file}`];
  const picture =
    drawing.text === null
      ? [`The circuit is not drawn here: ${drawing.reason ?? ''}`]
      : ['', ...drawing.text.map((line) => `  ${line}`), ''];
  const bonds =
    bondGraph.length === 0
      ? []
      : [
          'Bonds between subcircuits:',
          ...shortened(
            table(
              ['subcircuits', 'wire cuts', 'gate cuts', 'bonds'],
              bondGraph.map((edge) => [
                edge.subcircuits.join(' - '),
                edge.wireCuts,
                edge.gateCuts,
                edge.bonds,
              ]),
            ),
            MAX_ROWS + 1,
          ),
          `On quantum processors: ${approximate(subexperiments.total)} subexperiments ` +
            `(${approximate(subexperiments.totalFourStates)} with four prepared states a wire); ` +
            `a standard error of 0.01 takes up to ${approximate(subexperiments.shotsForHundredth)} shots of each subcircuit`,
        ];
  const { evaluate, query, reconstruct, reason } = predicted;
  const answer = query === 'full' ? 'reconstruct --full' : 'reconstruct one probability';
  const rows = [
    ['evaluate', formatSeconds(evaluate.seconds), formatBytes(evaluate.memoryBytes)],
    ...(reconstruct === null
      ? []
      : [[answer, formatSeconds(reconstruct.seconds), formatBytes(reconstruct.memoryBytes)]]),
    ['uncut simulation', formatSeconds(uncut.seconds), formatBytes(uncut.memoryBytes)],
    ...(contraction === null ? [] : [contractionRow(contraction)]),
  ];
  return [
    ...picture,
    ...svg,
    ...bonds,
    'Predicted:',
    ...table(['', 'time', 'memory per rank'], rows),
    ...(reason === null ? [] : [`  ${answer}: ${reason}`]),
    ...VERDICTS[verdict],
  ];
}

function contractionRow({ seconds, memoryBytes, fits }: MethodCost): string[] {
  const name = 'uncut, by contraction';
  return fits ? [name, formatSeconds(seconds), formatBytes(memoryBytes)] : [name, 'does not fit', ''];
}

const VERDICTS: Readonly<Record<CutVerdict, readonly string[]>> = {
  none: [],
  wins: ['Cutting is predicted to be faster than the whole circuit, simulated or contracted.'],
  loses: [
    'Cutting loses here: the whole circuit is predicted to be simulated, or contracted, sooner (run --method auto).',
  ],
  needed: ['The whole circuit does not fit the memory of a rank: cutting is what makes it possible.'],
  impossible: [
    'Neither the whole circuit nor these cuts fit the memory of a rank; --max-memory looks for cuts that do.',
  ],
};

function approximate(count: number): string {
  if (count === Infinity) return BEYOND;
  return count < 1e6 ? String(count) : count.toExponential(2);
}

export function formatEvaluate(summary: EvaluateSummary): string[] {
  const { evaluated, reused, bytes, precision, seconds, shots } = summary;
  const found = reused === 0 ? '' : `, ${reused} found finished`;
  return [
    `Evaluate: ${plural(evaluated, 'subcircuit')}${found}; ${formatBytes(bytes)} in ${precision} precision; ` +
      `${shots === undefined ? '' : `${shots} shots; `}${formatSeconds(seconds)}`,
  ];
}

/** What a run took from an earlier one; its cuts are spoken of with the cuts. */
export function formatReused({ evaluated, tensors }: RunResult['reused']): string[] {
  if (tensors === 0) return [];
  const rest = evaluated === 0 ? 'none was left to evaluate' : `${evaluated} evaluated now`;
  return [`Tensors: ${plural(tensors, 'subcircuit')} found finished, ${rest}`];
}

export function formatVerify(report: VerifyReport): string[] {
  if (report.compared === 'parts') return formatPartial(report);
  const { maxAbsError, tolerance, passed } = report;
  const errors = report.compared === 'answers' ? undefined : report.standardErrors;
  const recut = report.compared === 'answers' ? report.recut : null;
  const other =
    recut === null
      ? 'the uncut simulation'
      : `other cuts (${plural(recut.cuts, 'cut')}, ${plural(recut.subcircuits, 'subcircuit')} of up to ${plural(recut.width, 'qubit')})`;
  const limit = errors === undefined || errors === null ? ` (tolerance ${tolerance})` : '';
  const agreement = `Agreement with ${other}: ${passed ? 'yes' : 'NO'}, largest error ${number(maxAbsError)}${limit}`;
  if (report.compared === 'answers') return [agreement];
  const { crossEntropy, crossEntropyMissing } = report;
  const left = crossEntropyMissing === 0 ? '' : ` (${plural(crossEntropyMissing, 'outcome')} left out)`;
  const inErrors =
    errors === undefined || errors === null
      ? []
      : [
          `  ${plural(errors.values, 'expectation value')} of Z: off by up to ${number(errors.largest)} standard errors, ` +
            `${number(errors.rootMeanSquare)} in the root mean square`,
        ];
  return [
    agreement,
    ...inErrors,
    `  relative mean squared error ${number(report.relativeMeanSquaredError)}, chi squared ${number(report.chiSquared)}`,
    `  Hellinger fidelity ${known(report.hellingerFidelity)}, cross entropy ${crossEntropy === null ? 'undefined' : known(crossEntropy)}${left}`,
  ];
}

function formatPartial({ maxAbsError, tolerance, passed, partial }: PartialReport): string[] {
  const { normalization, lightCones, recut, file, skipped } = partial;
  const cones = lightCones?.marginals ?? [];
  return [
    `Checked in part, the circuit being too large to simulate: ${passed ? 'no difference' : 'DIFFERENCE'} found, ` +
      `largest error ${number(maxAbsError)} (tolerance ${tolerance})`,
    `  sum of all probabilities: off by ${number(normalization.error)}`,
    ...(lightCones === null
      ? []
      : [
          `  ${plural(cones.length, 'marginal')} against light cones of up to ` +
            `${plural(Math.max(...cones.map(({ qubits }) => qubits)), 'qubit')}: off by ${number(lightCones.maxAbsError)}`,
        ]),
    ...(recut === null
      ? []
      : [
          `  ${plural(recut.outcomes, 'outcome')} against ${plural(recut.cuts, 'other cut')} ` +
            `(${plural(recut.subcircuits, 'subcircuit')} of at most ${recut.width} qubits): off by a share of ${number(recut.maxRelativeError)}`,
        ]),
    ...(file === undefined
      ? []
      : [
          `  ${plural(file.outcomes, 'outcome')} against results/full.npy: off by a share of ${number(file.maxRelativeError)}`,
        ]),
    ...skipped.map((reason) => `  not checked: ${reason}`),
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

/** How much of the circuit local queries depend on. */
export function formatLightCone(cone: LightConeSummary | undefined): string[] {
  if (cone === undefined) return [];
  const { bits, gates, qubits, allGates, allQubits } = cone;
  return [
    `Light cone of outcome ${bits.length === 1 ? 'bit' : 'bits'} ${shortList(bits)}: ${gates} of ${allGates} gates, ` +
      `${qubits} of ${allQubits} qubits; nothing else was cut and evaluated`,
  ];
}

function shortList(numbers: readonly number[]): string {
  return numbers.length > 8 ? `${numbers.slice(0, 8).join(', ')}, ...` : numbers.join(', ');
}
