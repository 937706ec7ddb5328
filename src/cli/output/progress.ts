/** One progress bar on standard error, for a terminal. */
import type { Progress } from '../../run/context.js';

export interface ProgressBar {
  readonly update: ((progress: Progress) => void) | undefined;
  stop(): void;
}

const WIDEST_STAGE = 'reconstruct'.length;

export async function progressBar(enabled: boolean): Promise<ProgressBar> {
  if (!enabled) return { update: undefined, stop: () => {} };
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
