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

/** What `--quiet` leaves out. With `--json` there is no bar: who reads JSON looks at no terminal. */
export async function progressBar({
  quiet,
  json = false,
}: {
  readonly quiet: boolean;
  readonly json?: boolean;
}): Promise<ProgressBar> {
  const terminal = process.stderr.isTTY;
  if (quiet || (terminal && json)) return { update: undefined, stop: () => {} };
  if (!terminal) {
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
  return {
    update: ({ stage, done, total, note = '' }) => {
      const share = total > 0 ? Math.round((1000 * done) / total) : 1000;
      if (stage !== current) {
        if (current !== undefined) single.stop();
        current = stage;
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

/** What is known of a stage after so many milliseconds. */
export function progressLine({ stage, done, total, note }: Progress, elapsedMs: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  // A stage that knows better, as one in rounds does, says so itself.
  const guessed = share > TOLD_SHARE && elapsedMs >= TOLD_MS && note?.endsWith(' left') !== true;
  const left = guessed ? (elapsedMs * (1 - share)) / share : undefined;
  return [
    `${stage} ${/^\d+ of \d+$/.test(note ?? '') ? note : `${Math.floor(100 * share)}%`}`,
    inWords(elapsedMs),
    ...(left === undefined ? [] : [`about ${inWords(left)} left`]),
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
