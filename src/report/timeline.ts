/** What happened when, as bars of the page. */
import { html, type Html } from './html.js';
import { duration } from './words.js';

export interface TimelineBar {
  readonly label: string;
  /** Seconds from the start of the row's stage. */
  readonly begin: number;
  readonly seconds: number;
  /** Colours by it, where it is of a subcircuit. */
  readonly subcircuit?: number | undefined;
}

export interface TimelineRow {
  readonly label: string;
  readonly bars: readonly TimelineBar[];
}

/** A stage: pauses between stages are left out, so each begins where the one before ended. */
export interface TimelineStage {
  readonly name: string;
  readonly seconds: number;
  readonly rows: readonly TimelineRow[];
}

const MOST_ROWS = 24;
const MOST_BARS = 200;

function share(part: number, whole: number): string {
  return (100 * Math.min(1, Math.max(0, part / whole))).toFixed(3);
}

export function timeline(stages: readonly TimelineStage[]): Html {
  const total = Math.max(
    1e-9,
    stages.reduce((sum, { seconds }) => sum + seconds, 0),
  );
  let begin = 0;
  const rows: Html[] = [];
  for (const stage of stages) {
    const start = begin;
    begin += stage.seconds;
    stage.rows.slice(0, MOST_ROWS).forEach((row, i) => rows.push(rowHtml(stage, row, i === 0, start, total)));
    if (stage.rows.length > MOST_ROWS) {
      rows.push(html`<p class="note">${stage.rows.length - MOST_ROWS} more ranks are not shown.</p>`);
    }
  }
  return html`<div class="timeline" role="img" aria-label="Timeline of the stages">
    ${rows}
    <div class="axis"><span>0</span><span>${duration(total / 2)}</span><span>${duration(total)}</span></div>
  </div>`;
}

function rowHtml(stage: TimelineStage, row: TimelineRow, first: boolean, start: number, total: number): Html {
  const busy = row.bars.reduce((sum, { seconds }) => sum + seconds, 0);
  const bars = row.bars
    .slice(0, MOST_BARS)
    .map(
      ({ label, begin, seconds, subcircuit }) =>
        html`<i
          class="bar ${stage.name}${subcircuit === undefined ? '' : ` sub s${subcircuit}`}"
          title="${label}: ${duration(seconds)}"
          style="left:${share(start + begin, total)}%;width:${share(seconds, total)}%"
        ></i>`,
    );
  return html`<div class="row${first ? ' first' : ''}">
    <span class="what">${row.label}</span><span class="track kc">${bars}</span
    ><span class="time">${duration(busy)}</span>
  </div>`;
}
