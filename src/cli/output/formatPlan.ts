/** How queries are contracted, and what that takes, as text for people. */
import type { ReconstructExplanation, ScalePlan } from '../../api/explainReconstruct.js';
import { formatExplanation } from '../../reconstruct/plan/explainPlan.js';
import { formatBytes, formatSeconds } from '../../run/resources/units.js';
import { plural, table } from './output.js';

export function formatReconstruction(explanation: ReconstructExplanation): string[] {
  const { contractions, remarks, rates, predicted } = explanation;
  return [
    ...contractions.flatMap((contraction) => [
      ...formatExplanation(contraction),
      ...(contraction.seconds === undefined ? [] : [`  it took ${formatSeconds(contraction.seconds)}`]),
    ]),
    ...remarks,
    // What --plan says of as many ranks as there are here.
    `In all, files included, it would take about ${formatSeconds(predicted.seconds)}, and ${formatBytes(predicted.memoryBytes)} of memory on each rank`,
    `Measured on this job: ${gigas(1 / rates.multiplyAdd)} multiply-adds, ${gigas(1 / rates.value)} outcomes and ` +
      `${gigas(rates.memory)} bytes of memory a second for each rank`,
  ];
}

function gigas(rate: number): string {
  return `${(rate / 1e9).toPrecision(3)}e9`;
}

export function formatScalePlan(plan: ScalePlan): string[] {
  const { ranks, busyRanks, traffic, memoryBytes } = plan;
  const idle = ranks - busyRanks;
  return [
    ...plan.contractions.flatMap(formatExplanation),
    ...plan.remarks,
    'With ranks like those of this job it would take about:',
    ...table(
      ['ranks', 'time', 'of it alike on every rank', 'speed-up', 'efficiency'],
      plan.scaling.map((point) => [
        point.ranks,
        formatSeconds(point.seconds),
        formatSeconds(point.sharedSeconds),
        `${point.speedup.toPrecision(3)}x`,
        `${(100 * point.efficiency).toPrecision(3)} %`,
      ]),
    ),
    `On ${plural(ranks, 'rank')}: ${formatBytes(memoryBytes)} of memory on each; all together read ` +
      `${formatBytes(traffic.readBytes)} of tensors and write ${formatBytes(traffic.writeBytes)}; each receives ` +
      `${formatBytes(traffic.messageBytes)} of partial results`,
    ...(idle > 0 ? [`${idle} of them would have nothing to do: the answer has ${busyRanks} parts`] : []),
  ];
}
