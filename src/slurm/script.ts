/** The text of a batch script. */
import { TIME_MARGIN } from '../api/predicted.js';
import { formatBytes, formatSeconds } from '../run/resources/units.js';
import { formatDuration } from './duration.js';
import { DEFAULT_GRACE, DEFAULT_REQUEUES, type SlurmOptions } from './options.js';
import { directiveFile, directiveValue, shellWord } from './quote.js';
import { MEMORY_MARGIN, START_SECONDS, type Shape } from './shape.js';
import type { Site } from './site.js';

/** What a script starts, and from where. */
export interface ScriptJob {
  readonly options: SlurmOptions;
  readonly site: Site;
  readonly shape: Shape;
  /** The command line without the name of the program. */
  readonly argv: readonly string[];
  /** What relative names are relative to. */
  readonly folder: string;
  readonly logs: string;
  readonly name: string;
  /** `main.js`, and the Node.js that runs it. */
  readonly program: string;
  readonly node: string;
  readonly version: string;
  /** The command starts its ranks itself. */
  readonly alone: boolean;
  /** For a quantum processor: the run directory, and the script that runs it there. */
  readonly quantum?: { readonly directory: string; readonly script: string } | undefined;
}

const MEBIBYTE = 2 ** 20;

/** The script; sbatch takes it, and on a machine without Slurm bash. Throws `usage` for names that sbatch cannot be given. */
export function batchScript(job: ScriptJob): string {
  return [
    '#!/bin/bash',
    `# A batch job of Kroncut ${job.version}, for sbatch, or for bash where there is no Slurm.`,
    ...predictionLines(job.shape).map((line) => `# ${line}`),
    '',
    ...directives(job).map((option) => `#SBATCH ${option}`),
    '',
    ...preparation(job),
    '',
    ...commandLines(job),
    '',
    ...(job.quantum === undefined ? [] : [...quantumLines(job, job.quantum), '']),
    ...ending(job),
    '',
  ].join('\n');
}

/** Of what the limits were made. */
export function predictionLines({ predicted, nodes, tasksPerNode }: Shape): string[] {
  if (predicted === undefined) return ['What it takes is not predicted.'];
  const margins = `time: ${TIME_MARGIN} times that, ${formatSeconds(START_SECONDS)} and the grace; memory: ${MEMORY_MARGIN} times that and 512 MiB a rank`;
  const ranks = nodes * tasksPerNode;
  return [
    `Predicted for ${ranks} rank${ranks === 1 ? '' : 's'}: ${formatSeconds(predicted.seconds)}, ${formatBytes(predicted.memoryBytes)} a rank. Asked for where not given:`,
    `${margins}.`,
  ];
}

function directives({ options, site, shape, logs, name, alone }: ScriptJob): string[] {
  const { nodes, tasksPerNode, cpusPerTask, gpusPerNode, memory, time } = shape;
  const { requeue = DEFAULT_REQUEUES, grace = DEFAULT_GRACE, qpu } = options;
  const named = (['account', 'partition', 'qos', 'constraint'] as const).flatMap((key) => {
    const value = options[key] ?? site[key];
    return value === undefined ? [] : [`--${key}=${directiveValue(value, key)}`];
  });
  return [
    `--job-name=${directiveValue(name, '--job-name')}`,
    ...named,
    `--nodes=${nodes}`,
    `--ntasks-per-node=${tasksPerNode}`,
    `--cpus-per-task=${cpusPerTask}`,
    ...(memory === undefined ? [] : [`--mem=${memory === 'all' ? 0 : `${Math.ceil(memory / MEBIBYTE)}M`}`]),
    ...(site.exclusive === true ? ['--exclusive'] : []),
    ...(gpusPerNode === 0
      ? []
      : quoted(site.gpu ?? ['--gpus-per-node={count}'], { count: String(gpusPerNode) })),
    ...(qpu === undefined ? [] : quoted(site.qpu ?? ['--qpu={name}'], { name: qpu })),
    `--time=${formatDuration(time)}`,
    requeue === 0 ? '--no-requeue' : '--requeue',
    // To the ranks, for which this script waits, or to the one process that it starts.
    `--signal=${alone ? 'B:' : ''}USR1@${grace}`,
    '--open-mode=append',
    `--output=${directiveFile(logs, '%x-%j.out', '--logs')}`,
    `--error=${directiveFile(logs, '%x-%j.log', '--logs')}`,
    ...quoted(site.sbatch ?? []),
  ];
}

/** Options of the site file, with what stands for `{name}` in them. */
function quoted(words: readonly string[], values: Readonly<Record<string, string>> = {}): string[] {
  return words.map((word) =>
    directiveValue(
      word.replaceAll(/\{(\w+)\}/g, (all, key: string) => values[key] ?? all),
      'an option of sbatch in the site file',
    ),
  );
}

function preparation({ site, shape, folder }: ScriptJob): string[] {
  const { modules = [], setup = [], environment = {} } = site;
  const memory = shape.rankMemory === undefined ? {} : { KRONCUT_MEMORY: String(shape.rankMemory) };
  return [
    `cd -- ${shellWord(folder)} || exit 2`,
    ...modules.map((module) => `module load ${shellWord(module)} || exit 2`),
    ...setup,
    ...Object.entries({ ...memory, ...environment }).map(
      ([key, value]) => `export ${key}=${shellWord(value)}`,
    ),
    // Slurm's default fence lets a rank out of MPI's start too early now and then.
    ...((site.launcher ?? 'srun') === 'srun' ? ['export SLURM_PMIX_FENCE="${SLURM_PMIX_FENCE:-ring}"'] : []),
  ];
}

function commandLines(job: ScriptJob): string[] {
  const { node, program, argv } = job;
  const words = launcher(job);
  return [
    'command=(',
    `  ${shellWord(node)} --inspect-publish-uid=stderr ${shellWord(program)}`,
    `  ${argv.map(shellWord).join(' ')}`,
    ')',
    `launcher=(${words.join(' ')})`,
    ...(words[0] === 'srun' ? FRESH_STEP : []),
  ];
}

/** Slurm counts the steps of a job that goes on from 0 again, and srun then fails, with exit code 0. */
const FRESH_STEP = [
  "# A step of a number that an earlier attempt had may find that one's PMIx socket.",
  'for ((attempt = 0; attempt < ${SLURM_RESTART_COUNT:-0}; attempt++)); do',
  '  srun --mpi=none --nodes=1 --ntasks=1 true',
  'done',
];

/** Words of the shell. The number of ranks is the allocation's, which may have changed since the script was written. */
function launcher({ site, shape, alone }: ScriptJob): string[] {
  const { launcher: kind = 'srun', mpi = 'pmix', launcherOptions = [] } = site;
  const more = launcherOptions.map(shellWord);
  if (alone || kind === 'none') return [];
  if (kind === 'mpirun') {
    return ['mpirun', '-n', `"\${SLURM_NTASKS:-${shape.nodes * shape.tasksPerNode}}"`, ...more];
  }
  const nodes = `\${SLURM_JOB_NUM_NODES:-${shape.nodes}}`;
  return [
    'srun',
    // Slurm keeps the number of tasks that it was asked for, also where the job got other nodes.
    `--nodes="${nodes}"`,
    `--ntasks="$((${nodes} * ${shape.tasksPerNode}))"`,
    `--ntasks-per-node=${shape.tasksPerNode}`,
    ...(mpi === null ? [] : [shellWord(`--mpi=${mpi}`)]),
    '--kill-on-bad-exit=1',
    // srun takes it from the job only when told so.
    `--cpus-per-task="\${SLURM_CPUS_PER_TASK:-${shape.cpusPerTask}}"`,
    ...more,
  ];
}

function quantumLines(
  { options, program, node }: ScriptJob,
  { directory, script }: NonNullable<ScriptJob['quantum']>,
): string[] {
  const words = [directory, options.qpu ?? '', String(options.shots ?? 0)].map(shellWord);
  return [
    '# Jobs and results are kept beside the run directory: what is there is not run again.',
    `KRONCUT_NODE=${shellWord(node)} KRONCUT_PROGRAM=${shellWord(program)} bash ${shellWord(script)} ${words.join(' ')} || exit`,
  ];
}

/** Starts the ranks, hands signals on to them, and lets a job that was interrupted go on. */
function ending({ options }: ScriptJob): string[] {
  const { requeue = DEFAULT_REQUEUES } = options;
  return [
    '"${launcher[@]}" "${command[@]}" &',
    'step=$!',
    '# A signal to this script alone is for the ranks.',
    'told=0',
    'for name in HUP INT USR1 USR2; do trap "kill -$name $step 2>/dev/null" "$name"; done',
    'trap "told=1; kill -TERM $step 2>/dev/null" TERM',
    'until',
    '  wait "$step"',
    '  status=$?',
    '  ! kill -0 "$step" 2>/dev/null',
    'do :; done',
    '# A signal may have ended the waiting just before the ranks ended.',
    'wait "$step" 2>/dev/null',
    'last=$?',
    '((last == 127)) || status=$last',
    ...(requeue === 0
      ? []
      : [
          '',
          '# 138: the time limit is near (USR1). 143: TERM, from a preemption; also from srun, where a rank has failed, and from',
          '# scancel, which leaves no job running.',
          'is_preempted() {',
          '  ((told)) || [[ $(scontrol show job "$SLURM_JOB_ID" 2>/dev/null) == *PreemptTime=[0-9]* ]]',
          '}',
          'if [[ -n ${SLURM_JOB_ID:-} ]] && ((status == 138 || status == 143)) &&',
          '  { ((status == 138)) || is_preempted; } &&',
          `  ((\${SLURM_RESTART_COUNT:-0} < ${requeue})) &&`,
          '  [[ $(squeue --noheader --format=%T --jobs="$SLURM_JOB_ID" 2>/dev/null) == RUNNING ]]; then',
          '  echo "kroncut: what is finished is kept; the job goes on from there when Slurm starts it again" >&2',
          '  scontrol requeue "$SLURM_JOB_ID"',
          'fi',
        ]),
    'exit "$status"',
  ];
}
