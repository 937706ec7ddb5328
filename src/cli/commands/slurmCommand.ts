import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import type { Shape } from '../../slurm/shape.js';
import { SLURM_OPTIONS, type SlurmOptions } from '../../slurm/options.js';
import type { AloneTools, Parsed, StandAlone, Submit } from './app.js';
import { given, SHARED_OPTIONS, withOptions, withTheseOptions, type SharedOptions } from './options.js';

export function slurmCommand(_: Submit, standAlone: StandAlone): Command {
  const command = new Command('slurm')
    .description(
      'Writes the batch script for a command, and with --submit gives it to sbatch. Nodes, memory and time follow from what the ' +
        'command is predicted to take, with a margin. The options of slurm stand before the command; names of files mean what ' +
        'they mean here. The job saves and ends before its time limit or at a preemption, and then goes on by itself.',
    )
    .argument(
      '<command...>',
      'a command of this program with its arguments, or serve; but not submit, jobs or slurm',
    )
    .passThroughOptions();
  withOptions(command, SLURM_OPTIONS);
  withTheseOptions(command, SHARED_OPTIONS, ['json', 'quiet']).addHelpText(
    'after',
    `
Examples:
  kroncut slurm run circuit.qasm --max-width 24 --top 20 -o out > job.sbatch
  kroncut slurm --site perlmutter.json --submit run circuit.qasm --max-width 28 --full -o out
  kroncut slurm --nodes 4 --tasks-per-node 2 --wait compile circuit.qasm -o short.qasm
  kroncut slurm --qpu ibm_x --shots 1000000 reconstruct out --expect 'Z0 Z1'
  kroncut slurm --time 8:00:00 --submit serve --pool pool`,
  );
  return command.action((argv: string[], options: SharedOptions) =>
    standAlone(options, (tools) => slurm(argv, given(SLURM_OPTIONS, options), tools)),
  );
}

async function slurm(argv: string[], options: SlurmOptions, tools: AloneTools): Promise<number> {
  const { out, signal, parse } = tools;
  const parsed = await parse(argv).catch((error: unknown) => {
    throw withHint(error);
  });
  if ('text' in parsed) {
    process.stdout.write(parsed.text);
    return 0;
  }
  requireBatch(argv, parsed, options);
  const { planJob } = await import('../../slurm/plan.js');
  const { writeFileAtomic } = await import('../../run/files/files.js');
  const request = 'alone' in parsed ? undefined : parsed.request;
  const { script, shape, name, logs, remarks } = await planJob({
    argv,
    request,
    threads: parsed.options.threads,
    options,
    signal,
  });
  for (const remark of remarks) out.note(remark);
  if (options.output !== undefined) await writeFileAtomic(options.output, script, { mode: 0o755 });
  if (options.submit !== true && options.wait !== true) {
    out.answer(
      { ...describe(shape), ...(options.output === undefined ? { script } : { file: options.output }) },
      () => (options.output === undefined ? script : `${options.output}\n`),
    );
    return 0;
  }
  const { submitJob } = await import('../../slurm/job.js');
  const id = await submitJob(script);
  const files = { output: `${logs}/${name}-${id}.out`, log: `${logs}/${name}-${id}.log` };
  if (options.wait !== true) {
    out.answer({ id, ...files, ...describe(shape) }, () => `${id}\n`);
    out.note(`what it prints: ${files.output}, ${files.log}`);
    return 0;
  }
  return await waitFor(id, files, tools);
}

async function waitFor(
  job: string,
  { output, log }: { readonly output: string; readonly log: string },
  { out, signal }: AloneTools,
): Promise<number> {
  const { exitCodeOf, followJob, printedBy } = await import('../../slurm/job.js');
  const status = await followJob({
    job,
    log,
    signal,
    onState: (line) => out.note(line),
    onText: (text) => process.stderr.write(text),
  });
  process.stdout.write(await printedBy(output));
  return exitCodeOf(status);
}

function describe({ nodes, tasksPerNode, cpusPerTask, gpusPerNode, memory, time, predicted }: Shape): object {
  const memoryBytes = typeof memory === 'number' ? memory : null;
  return {
    nodes,
    tasksPerNode,
    cpusPerTask,
    gpusPerNode,
    memoryBytes,
    seconds: time,
    predicted: predicted ?? null,
  };
}

/** Throws `usage` for what no batch job can be. */
function requireBatch(
  argv: readonly string[],
  parsed: Exclude<Parsed, { text: string }>,
  { qpu, shots }: SlurmOptions,
): void {
  const [name = ''] = argv;
  if ('alone' in parsed && name !== 'serve') {
    throw new KroncutError('usage', `${name} is no command for a batch job; it is for where you are`);
  }
  if (argv.includes('-')) {
    throw new KroncutError('usage', '-: a batch job has no standard input; name a file');
  }
  if (parsed.options.dryRun === true) {
    throw new KroncutError('usage', '--dry-run needs no batch job; slurm predicts by itself');
  }
  if (qpu === undefined && shots === undefined) return;
  if (name !== 'reconstruct') {
    throw new KroncutError(
      'usage',
      `--qpu is for reconstruct, which a quantum processor runs the subexperiments for; ${name} needs none`,
    );
  }
  if (qpu === undefined || shots === undefined) {
    throw new KroncutError(
      'usage',
      '--qpu and --shots go together: the processor, and how many shots it is asked for in all',
    );
  }
}

const OWN_FLAGS =
  /option '--(?:submit|wait|site|nodes|qpu|time|mem|tasks-per-node|cpus-per-task|gpus-per-node)'/;

function withHint(error: unknown): unknown {
  if (!(error instanceof KroncutError) || !OWN_FLAGS.test(error.message)) return error;
  const message = `${error.message}; options of slurm stand before the command: kroncut slurm --nodes 2 run ...`;
  return new KroncutError(error.code, message, { cause: error });
}
