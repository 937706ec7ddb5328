/** What it took, against what was predicted and what the uncut circuit would take. */
import { comparison } from '../charts.js';
import { html, type Content } from '../html.js';
import { figureOf, tableOf, type Section } from '../page.js';
import { timeline, type TimelineBar, type TimelineRow, type TimelineStage } from '../timeline.js';
import { bytesText, duration, figure } from '../words.js';
import type { CostRow, RunFacts, TensorFact } from './facts.js';

/** Seconds. */
const LEAST_TELLING = 1e-3;

export function costSection(facts: RunFacts): Section {
  const stages = timelineOf(facts);
  return {
    id: 'cost',
    title: 'Time and memory',
    body: html`<p>${verdictText(facts)}</p>
      <div class="grid">
        ${plotOf(facts)}
        <div>
          ${costTable(facts)}
          <p class="note">
            Memory is that of the first rank's whole process at its peak. Predictions, in brackets, are made
            by the machine that made this page, for as many ranks as the run had.
          </p>
        </div>
      </div>
      ${
        stages.length === 0
          ? undefined
          : html`<h3>Timeline</h3>
              <p class="note">
                The latest work of each stage, one after another; pauses between commands are left out.
              </p>
              ${timeline(stages)}`
      }`,
  };
}

/** Seconds of the run in all; 0 where it is not evaluated yet. */
function measuredSeconds({ manifest }: RunFacts): number {
  const { cut, evaluate, reconstruct } = manifest.stages;
  if (evaluate?.status !== 'done' || reconstruct?.status !== 'done') return 0;
  return (cut?.seconds ?? 0) + evaluate.seconds + reconstruct.seconds;
}

function verdictText(facts: RunFacts): string {
  const { uncut, verdict, memory } = facts;
  const whole = `${duration(uncut.seconds)} and ${bytesText(uncut.memoryBytes)}`;
  const seconds = measuredSeconds(facts);
  if (verdict === 'none') return `Nothing is cut. Simulating the circuit takes about ${whole}.`;
  const ratio = uncut.seconds / seconds;
  const compared = ratio >= 1 ? `: ${figure(ratio, 2)} times less` : `: ${figure(1 / ratio, 2)} times more`;
  // Of what takes no time a multiple says nothing.
  const telling = uncut.seconds >= LEAST_TELLING ? compared : '';
  const took =
    seconds === 0
      ? ''
      : ` Finding the cuts, evaluating and reconstructing took ${duration(seconds)}${telling}.`;
  const fits = uncut.fits ? 'which this machine has' : `but this machine has ${bytesText(memory)} a rank`;
  const meaning = {
    wins: 'Cutting is predicted to be faster here.',
    loses: 'Cutting does not pay here: simulating the whole is predicted to be faster.',
    needed: 'Cutting is what makes it possible here.',
    impossible: 'Neither the whole nor these cuts fit this machine.',
  }[verdict];
  return `Simulating the whole circuit, uncut, is predicted to take ${whole}, ${fits}.${took} ${meaning}`;
}

function plotOf({ costs, uncut }: RunFacts): Content {
  const rows = [
    ...costs.map(({ stage, predicted, seconds }) => ({
      label: stage,
      predicted: predicted?.seconds,
      measured: seconds,
    })),
    { label: 'uncut simulation', predicted: uncut.seconds },
  ];
  return figureOf(
    'Time',
    'Predicted and measured, on a logarithmic axis.',
    comparison(rows, { name: 'time', format: duration }, 'Predicted and measured times'),
  );
}

function cell(measured: string | undefined, predicted: string | undefined): Content {
  const below = predicted === undefined ? undefined : html`<br /><small>(${predicted})</small>`;
  return html`<strong>${measured ?? '–'}</strong>${below}`;
}

function bytes(value: number | undefined): string | undefined {
  return value === undefined ? undefined : bytesText(value);
}

function time(value: number | undefined): string | undefined {
  return value === undefined ? undefined : duration(value);
}

function costTable({ costs, uncut }: RunFacts): Content {
  const row = ({ stage, predicted, seconds, memoryBytes, diskBytes }: CostRow): Content[] => [
    stage,
    cell(time(seconds), time(predicted?.seconds)),
    cell(bytes(memoryBytes), bytes(predicted?.memoryBytes)),
    cell(bytes(diskBytes), bytes(predicted?.diskBytes)),
  ];
  const whole = [
    'uncut simulation',
    cell(undefined, duration(uncut.seconds)),
    cell(undefined, bytesText(uncut.memoryBytes)),
    '–',
  ];
  return tableOf(
    [{ name: 'Stage' }, { name: 'Time' }, { name: 'Memory' }, { name: 'Disk' }],
    [...costs.map(row), whole],
  );
}

function plain(name: string, seconds: number): TimelineStage {
  return { name, seconds, rows: [{ label: name, bars: [{ label: name, begin: 0, seconds }] }] };
}

function timelineOf({ manifest, tensors, timings }: RunFacts): TimelineStage[] {
  const { cut, evaluate, reconstruct, verify } = manifest.stages;
  return [
    ...(cut?.status === 'done' ? [plain('cut', cut.seconds)] : []),
    ...(evaluate?.status === 'done' ? [evaluateStage(tensors, evaluate.seconds)] : []),
    ...(reconstruct?.status === 'done' ? [reconstructStage(timings, reconstruct.seconds)] : []),
    ...(verify?.status === 'done' ? [plain('verify', verify.seconds)] : []),
  ];
}

/** What each rank evaluated; in one row where the tensors do not say who made them. */
function evaluateStage(tensors: readonly TensorFact[], seconds: number): TimelineStage {
  const name = 'evaluate';
  const known = tensors.filter(({ began }) => began !== undefined);
  if (known.length === 0) return plain(name, seconds);
  const first = known.reduce((least, { began = 0 }) => Math.min(least, began), Infinity);
  const byRank = new Map<number, TimelineBar[]>();
  for (const { rank = 0, began = 0, seconds: each, name: tensor, subcircuit } of known) {
    const row = byRank.get(rank) ?? [];
    row.push({ label: `tensor ${tensor}`, begin: (began - first) / 1000, seconds: each, subcircuit });
    byRank.set(rank, row);
  }
  const rows: TimelineRow[] = [...byRank]
    .toSorted(([a], [b]) => a - b)
    .map(([rank, bars]) => ({ label: byRank.size === 1 ? name : `evaluate, rank ${rank}`, bars }));
  // Tensors of several commands, hours apart, are not one stage's work.
  const end = rows
    .flatMap(({ bars }) => bars.map((bar) => bar.begin + bar.seconds))
    .reduce((a, b) => Math.max(a, b), 0);
  if (end > 2 * seconds + 1) return plain(name, seconds);
  return { name, seconds: Math.max(end, seconds), rows };
}

/** The steps that `timings.json` tells of, in the order in which they are answered. */
function reconstructStage(timings: Readonly<Record<string, number>>, seconds: number): TimelineStage {
  const steps = Object.entries(timings).flatMap(([key, each]): [string, number][] =>
    key.startsWith('reconstruct ') ? [[key.slice('reconstruct '.length), each]] : [],
  );
  const all = steps.reduce((sum, [, each]) => sum + each, 0);
  let begin = 0;
  const rows = steps.map(([step, each]): TimelineRow => {
    const bar = { label: step, begin, seconds: each };
    begin += each;
    return { label: `reconstruct ${step}`, bars: [bar] };
  });
  if (rows.length === 0)
    rows.push({ label: 'reconstruct', bars: [{ label: 'reconstruct', begin: 0, seconds }] });
  return { name: 'reconstruct', seconds: Math.max(seconds, all), rows };
}
