import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import { JOBS_OPTIONS, type JobsOptions } from '../../pool/options/serve.js';
import type { PoolClient } from '../../pool/client/client.js';
import type { JobDetail, JobSummary } from '../../pool/protocol/work.js';
import { lines, shortened, table } from '../output/output.js';
import type { AloneTools, StandAlone, Submit } from './app.js';
import { given, SHARED_OPTIONS, withOptions, withTheseOptions, type SharedOptions } from './options.js';

export function jobsCommand(_: Submit, standAlone: StandAlone): Command {
  const command = new Command('jobs')
    .description('Lists the jobs of the pool, or shows what became of one.')
    .argument('[id]', 'id of a job, as kroncut submit printed it');
  withOptions(command, JOBS_OPTIONS);
  withTheseOptions(command, SHARED_OPTIONS, ['json', 'quiet', 'progress']).addHelpText(
    'after',
    `
Examples:
  kroncut jobs
  kroncut jobs night-7 --follow
  kroncut jobs night-7 --explain
  kroncut jobs night-7 --result
  kroncut jobs night-7 --cancel`,
  );
  return command.action((id: string | undefined, options: SharedOptions) => {
    const { pool, ...asked } = given(JOBS_OPTIONS, options);
    const [flag, second] = Object.keys(asked);
    if (id === undefined && flag !== undefined) {
      throw new KroncutError('usage', `--${flag} is about one job; name its id: kroncut jobs ID --${flag}`);
    }
    if (second !== undefined) {
      throw new KroncutError('usage', `--${flag} and --${second} are two questions; ask one at a time`);
    }
    standAlone(options, async (tools) => {
      const { PoolClient } = await import('../../pool/client/client.js');
      const client = new PoolClient({ pool });
      return id === undefined ? listJobs(client, tools) : showJob(client, id, asked, options, tools);
    });
  });
}

async function listJobs(client: PoolClient, { out }: AloneTools): Promise<number> {
  const jobs = await client.jobs();
  out.answer(jobs, () => (jobs.length === 0 ? 'no jobs\n' : lines(formatJobs(jobs))));
  return 0;
}

async function showJob(
  client: PoolClient,
  id: string,
  { follow, cancel, explain, result }: JobsOptions,
  { quiet, progress }: SharedOptions,
  { out, signal }: AloneTools,
): Promise<number> {
  if (result === true) {
    const { exitCode, stdout, stderr } = await client.outcome(id);
    process.stderr.write(stderr);
    process.stdout.write(stdout);
    return exitCode;
  }
  if (follow === true) {
    const following = await import('./followJob.js');
    const onHistory = (line: string): void => out.note(line);
    const job = await following.follow(client, id, {
      quiet: quiet === true,
      progress,
      signal,
      onHistory,
    });
    out.answer(summaryOf(job), () => lines(formatJob(job)));
    return 0;
  }
  const job = cancel === true ? await client.cancel(id) : await client.job(id);
  out.answer(job, () => lines(formatJob(job), explain === true ? job.history : []));
  return 0;
}

function summaryOf({ id, state, attempts, command, exitCode, reason }: JobDetail): JobSummary {
  return { id, state, attempts, command, exitCode, reason };
}

const LONGEST_COMMAND = 60;

function formatJobs(jobs: readonly JobSummary[]): string[] {
  const rows = jobs.map(({ id, state, attempts, exitCode, command }) => [
    id,
    state,
    attempts,
    exitCode ?? '',
    command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}...` : command,
  ]);
  const words = ['id', 'state', 'command'];
  const [header = '', ...rest] = table(['id', 'state', 'attempts', 'exit', 'command'], rows, words);
  return [header, ...shortened(rest)];
}

function formatJob({
  id,
  state,
  attempts,
  command,
  folder,
  exitCode,
  reason,
  progress,
}: JobDetail): string[] {
  const share = progress === undefined || progress.total <= 0 ? undefined : progress.done / progress.total;
  return [
    `${id}: ${state}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${reason === undefined ? '' : `: ${reason}`}`,
    `  kroncut ${command}`,
    `  in ${folder}; attempts: ${attempts}`,
    ...(progress === undefined || share === undefined
      ? []
      : [`  ${progress.stage}: ${Math.floor(100 * share)}%`]),
  ];
}
