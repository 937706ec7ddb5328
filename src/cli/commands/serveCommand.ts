import { Command } from 'commander';
import { SERVE_OPTIONS } from '../../pool/options/serve.js';
import type { StandAlone, Submit } from './app.js';
import { given, SHARED_OPTIONS, withOptions, withTheseOptions, type SharedOptions } from './options.js';

export function serveCommand(_: Submit, standAlone: StandAlone): Command {
  const command = new Command('serve').description(
    'Keeps ranks ready in teams, and hands them the jobs that kroncut submit gives, one after another: on a ' +
      'workstation, or in an allocation of Slurm. Prints one line of JSON when it is ready. Jobs are kept in the folder of ' +
      'the pool: a server that is killed and started again there goes on, and runs no job twice that has ended. See ' +
      'docs/pool.md.',
  );
  withOptions(command, SERVE_OPTIONS);
  withTheseOptions(command, SHARED_OPTIONS, ['json', 'quiet', 'threads', 'device']).addHelpText(
    'after',
    `
Examples:
  kroncut serve
  kroncut serve --pool pool --teams 2 --ranks 2
  salloc -N 2 --ntasks-per-node 4 kroncut serve --pool pool --listen 0.0.0.0:4700`,
  );
  return command.action((options: SharedOptions) =>
    standAlone(options, async ({ out, signal }) => {
      const { serve } = await import('../../pool/server/serve.js');
      const { threads, device } = options;
      await serve(
        { ...given(SERVE_OPTIONS, options), threads, device },
        {
          signal,
          onReady: (ready) => {
            const line = { ready: true, ...ready };
            out.answer(line, () => `${JSON.stringify(line)}\n`);
          },
        },
      );
      return 0;
    }),
  );
}
