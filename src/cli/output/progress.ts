/** Progress on standard error: one bar on a terminal, lines elsewhere. */
import type { Progress } from '../../run/context.js';

export interface ProgressBar {
  readonly update: ((progress: Progress) => void) | undefined;
  stop(): void;
}

const WIDEST_STAGE = 'reconstruct'.length;
/** A short command leaves no trace in a log; a job of Slurm says at once what it is at. */
const PATIENCE_MS = 10_000;

function writeLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A bar on a terminal and lines elsewhere, lines everywhere, or lines of JSON for tools. */
export const PROGRESS_STYLES = ['auto', 'lines', 'json'] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];

/** What `--quiet` leaves out. With `--json` there is no bar: who reads JSON looks at no terminal. */
export async function progressBar({
  quiet,
  json = false,
  style = 'auto',
}: {
  readonly quiet: boolean;
  readonly json?: boolean;
  readonly style?: ProgressStyle | undefined;
}): Promise<ProgressBar> {
  const terminal = process.stderr.isTTY;
  if (quiet || (terminal && json && style === 'auto')) return { update: undefined, stop: () => {} };
  if (style === 'json') return progressObjects({ write: writeLine });
  if (!terminal || style === 'lines') {
    const inJob = process.env['SLURM_JOB_ID'] !== undefined;
    return progressLines({ write: writeLine, patienceMs: inJob ? 0 : PATIENCE_MS });
  }
  const { default: cliProgress } = await import('cli-progress');
  const single = new cliProgress.SingleBar(
    {
      format: '{stage} {bar} {percentage}%  {duration_formatted}  {note}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      barsize: 30,
    },
    cliProgress.Presets.shades_classic,
  );
  let current: Progress['stage'] | undefined;
  let began = 0;
  return {
    update: (progress) => {
      const { stage, done, total } = progress;
      const share = total > 0 ? Math.round((1000 * done) / total) : 1000;
      if (stage !== current) {
        if (current !== undefined) single.stop();
        current = stage;
        began = Date.now();
      }
      const note = [progress.note ?? '', ...leftInWords(progress, Date.now() - began)]
        .filter((part) => part !== '')
        .join(', ');
      if (!single.isActive) {
        single.start(1000, share, { stage: stage.padEnd(WIDEST_STAGE), note });
      } else {
        single.update(share, { note });
      }
    },
    stop: () => {
      if (current !== undefined) single.stop();
      current = undefined;
    },
  };
}

export interface LinesOptions {
  readonly write: (line: string) => void;
  /** Milliseconds that a stage takes before it is spoken of. */
  readonly patienceMs: number;
  readonly now?: () => number;
}

/** No two lines of a stage are further apart. */
const LINE_MS = 60_000;
const LOOK_MS = 1000;
/** Less of a stage than this says nothing of how long it takes. */
const TOLD_SHARE = 0.02;
const TOLD_MS = 5000;

/** Lines such as `evaluate 3 of 7, 12 min, about 8 min left`, also while nothing is heard from a stage. */
export function progressLines({ write, patienceMs, now = Date.now }: LinesOptions): ProgressBar {
  let stage: { readonly name: string; readonly began: number; spoken: number | undefined } | undefined;
  let latest: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (stage === undefined || latest === undefined) return;
    const at = now();
    const due = stage.spoken === undefined ? stage.began + patienceMs : stage.spoken + LINE_MS;
    if (at < due) return;
    stage.spoken = at;
    write(progressLine(latest, at - stage.began));
  };
  return {
    update: (progress) => {
      latest = progress;
      if (stage?.name !== progress.stage) stage = { name: progress.stage, began: now(), spoken: undefined };
      timer ??= setInterval(look, LOOK_MS).unref();
      look();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      stage = undefined;
    },
  };
}

/** Objects on lines of their own are no further apart while something is heard. */
const OBJECT_MS = 1000;

/**
 * Lines of JSON: `{ "stage", "share", "seconds", "secondsLeft", "note" }`, the first and the last of each stage and one a
 * second between; `secondsLeft` is null where nothing is known of it, and `note` may be left out.
 */
export function progressObjects({ write, now = Date.now }: Omit<LinesOptions, 'patienceMs'>): ProgressBar {
  let stage: { readonly name: string; readonly began: number; spoken: number } | undefined;
  let unsaid: Progress | undefined;
  const say = (progress: Progress, at: number, began: number): void => {
    const left = millisecondsLeft(progress, at - began, OBJECT_MS);
    write(
      JSON.stringify({
        stage: progress.stage,
        share: shareOf(progress),
        seconds: (at - began) / 1000,
        secondsLeft: left === undefined ? null : left / 1000,
        ...(progress.note === undefined || progress.note === '' ? {} : { note: progress.note }),
      }),
    );
    unsaid = undefined;
  };
  const finish = (at: number): void => {
    if (stage !== undefined && unsaid !== undefined) say(unsaid, at, stage.began);
  };
  return {
    update: (progress) => {
      const at = now();
      if (stage?.name !== progress.stage) {
        finish(at);
        stage = { name: progress.stage, began: at, spoken: -Infinity };
      }
      unsaid = progress;
      if (at - stage.spoken < OBJECT_MS) return;
      stage.spoken = at;
      say(progress, at, stage.began);
    },
    stop: () => {
      finish(now());
      stage = undefined;
    },
  };
}

function shareOf({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, done / total) : 0;
}

/** What a stage still takes if it goes on like that; undefined where too little of it is done to tell. */
function millisecondsLeft(progress: Progress, elapsedMs: number, leastMs = TOLD_MS): number | undefined {
  const share = shareOf(progress);
  return share > TOLD_SHARE && elapsedMs >= leastMs ? (elapsedMs * (1 - share)) / share : undefined;
}

/** The same in words; none where the stage, as one in rounds does, knows better and has said so itself. */
function leftInWords(progress: Progress, elapsedMs: number): string[] {
  const left = progress.note?.endsWith(' left') === true ? undefined : millisecondsLeft(progress, elapsedMs);
  return left === undefined ? [] : [`about ${inWords(left)} left`];
}

/** What is known of a stage after so many milliseconds. */
export function progressLine(progress: Progress, elapsedMs: number): string {
  const { stage, note } = progress;
  return [
    `${stage} ${/^\d+ of \d+$/.test(note ?? '') ? note : `${Math.floor(100 * shareOf(progress))}%`}`,
    inWords(elapsedMs),
    ...leftInWords(progress, elapsedMs),
    ...(note === undefined || /^\d+ of \d+$/.test(note) || note === '' ? [] : [note]),
  ].join(', ');
}

/** `45 s`, `12 min`, `2 h 5 min`. */
function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
