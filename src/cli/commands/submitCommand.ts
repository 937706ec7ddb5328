import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import { SUBMIT_OPTIONS, type SubmitOptions } from '../../pool/options/serve.js';
import type { AloneTools, StandAlone, Submit } from './app.js';
import { given, SHARED_OPTIONS, withOptions, withTheseOptions, type SharedOptions } from './options.js';

export function submitCommand(_: Submit, standAlone: StandAlone): Command {
  const command = new Command('submit')
    .description(
      'Gives a command to the pool as a job, and prints the id of the job. The options of submit stand before the command; ' +
        'names of files mean what they mean here, and where the command reads standard input, that goes along.',
    )
    .argument(
      '<command...>',
      'a command of this program with its arguments, but not serve, submit, jobs or slurm',
    )
    .passThroughOptions();
  withOptions(command, SUBMIT_OPTIONS);
  withTheseOptions(command, SHARED_OPTIONS, ['json', 'quiet', 'progress']).addHelpText(
    'after',
    `
Examples:
  kroncut submit run circuit.qasm --max-width 12 -o out
  kroncut submit --wait reconstruct out --top 10 --json
  kroncut submit --id night-7 compile circuit.qasm -o short.qasm
  kroncut generate ghz --qubits 20 | kroncut submit --wait run - -o out`,
  );
  return command.action((argv: string[], options: SharedOptions) =>
    standAlone(options, (tools) => submitWork(argv, given(SUBMIT_OPTIONS, options), options, tools)),
  );
}

async function submitWork(
  argv: string[],
  { pool, id, client: name, wait }: SubmitOptions,
  { quiet, progress }: SharedOptions,
  { out, signal, parse }: AloneTools,
): Promise<number> {
  const parsed = await parse(argv).catch((error: unknown) => {
    throw withHint(error);
  });
  if ('alone' in parsed) throw new KroncutError('usage', `${argv[0]} is no command for a job of a pool`);
  if ('text' in parsed) {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (argv.includes('--stdout')) {
    throw new KroncutError(
      'usage',
      '--stdout is for a process of its own; in a pool write to a file with -o FILE',
    );
  }
  const { requireFiles } = await import('../../pool/protocol/work.js');
  const { PoolClient } = await import('../../pool/client/client.js');
  const { sessionName } = await import('../../pool/client/clientName.js');
  const input = argv.includes('-') ? { input: await text(process.stdin) } : {};
  const work = { folder: process.cwd(), argv, ...input };
  requireFiles(work);
  const client = new PoolClient({ pool });
  const job = await client.submit({
    client: name ?? sessionName(),
    work,
    ...(id === undefined ? {} : { id }),
  });
  if (wait !== true) {
    out.answer({ id: job }, () => `${job}\n`);
    return 0;
  }
  const { follow } = await import('./followJob.js');
  await follow(client, job, { quiet: quiet === true, progress, signal });
  const { exitCode, stdout, stderr } = await client.outcome(job);
  process.stderr.write(stderr);
  process.stdout.write(stdout);
  return exitCode;
}

const OWN_FLAGS = /option '(?:--wait|--id|--client|--pool)'/;

function withHint(error: unknown): unknown {
  if (!(error instanceof KroncutError) || !OWN_FLAGS.test(error.message)) return error;
  const message = `${error.message}; options of submit stand before the command: kroncut submit --wait run ...`;
  return new KroncutError(error.code, message, { cause: error });
}
