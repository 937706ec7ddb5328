/**
 * The commands, in the order of `--help`. Each is loaded when it is called: a thousand ranks on a shared file system open
 * every file that a start needs.
 */
import { Command } from 'commander';
import type { StandAlone, Submit } from './app.js';

interface CommandEntry {
  readonly name: string;
  /** What it works on, as in its usage. */
  readonly argument?: string;
  readonly summary: string;
  readonly load: () => Promise<(submit: Submit, standAlone: StandAlone) => Command>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    argument: '<circuit>',
    summary: 'cut, evaluate and reconstruct in one go',
    load: async () => (await import('./runCommand.js')).runCommand,
  },
  {
    name: 'cut',
    argument: '<circuit>',
    summary: 'find where to cut a circuit, and write its subcircuits',
    load: async () => (await import('./cutCommand.js')).cutCommand,
  },
  {
    name: 'evaluate',
    argument: '<dir>',
    summary: 'evaluate the subcircuits of a run directory',
    load: async () => (await import('./evaluateCommand.js')).evaluateCommand,
  },
  {
    name: 'subexperiments',
    argument: '<dir>',
    summary: 'list what a quantum processor would run for a run directory',
    load: async () => (await import('./subexperimentsCommand.js')).subexperimentsCommand,
  },
  {
    name: 'export',
    argument: '<dir>',
    summary: 'write circuits or jobs for a quantum processor',
    load: async () => (await import('./exportCommand.js')).exportCommand,
  },
  {
    name: 'import',
    argument: '<dir> <files...>',
    summary: 'bring back what a quantum processor measured',
    load: async () => (await import('./importCommand.js')).importCommand,
  },
  {
    name: 'reconstruct',
    argument: '<dir>',
    summary: 'answer questions about the outcome of the whole circuit',
    load: async () => (await import('./reconstructCommand.js')).reconstructCommand,
  },
  {
    name: 'verify',
    argument: '<dir>',
    summary: 'compare a run with the uncut simulation',
    load: async () => (await import('./verifyCommand.js')).verifyCommand,
  },
  {
    name: 'report',
    argument: '<dir>',
    summary: 'write a page about a run: circuit, cuts, outcomes, errors, time',
    load: async () => (await import('./reportCommand.js')).reportCommand,
  },
  {
    name: 'compile',
    argument: '<circuit>',
    summary: 'shorten a circuit by finding the angles of its blocks anew',
    load: async () => (await import('./compileCommand.js')).compileCommand,
  },
  {
    name: 'synthesize',
    argument: '<target>',
    summary: 'find a circuit for a unitary or a state of few qubits',
    load: async () => (await import('./synthesizeCommand.js')).synthesizeCommand,
  },
  {
    name: 'generate',
    argument: '<family>',
    summary: 'write a benchmark circuit as OpenQASM',
    load: async () => (await import('./generateCommand.js')).generateCommand,
  },
  {
    name: 'info',
    summary: 'show what this build and this allocation can do',
    load: async () => (await import('./infoCommand.js')).infoCommand,
  },
  {
    name: 'serve',
    summary: 'keep a pool of ranks ready, and a queue of jobs for them',
    load: async () => (await import('./serveCommand.js')).serveCommand,
  },
  {
    name: 'submit',
    argument: '<command...>',
    summary: 'give a command to the pool as a job',
    load: async () => (await import('./submitCommand.js')).submitCommand,
  },
  {
    name: 'jobs',
    argument: '[id]',
    summary: 'show what became of the jobs of the pool',
    load: async () => (await import('./jobsCommand.js')).jobsCommand,
  },
  {
    name: 'slurm',
    argument: '<command...>',
    summary: 'write, or submit, the batch script for a command',
    load: async () => (await import('./slurmCommand.js')).slurmCommand,
  },
];

/** The name of the command that the arguments call: before it stand options without values alone. */
export function calledIn(argv: readonly string[]): string | undefined {
  const [first, second] = argv.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}

/** All commands: the one that the arguments name as it is, the others as `--help` lists them. */
export async function commandsFor(
  argv: readonly string[],
  submit: Submit,
  standAlone: StandAlone,
): Promise<Command[]> {
  const called = calledIn(argv);
  return Promise.all(
    COMMANDS.map(async ({ name, argument, summary, load }) => {
      const command = name === called ? (await load())(submit, standAlone) : listed(name, argument);
      return command.summary(summary);
    }),
  );
}

function listed(name: string, argument: string | undefined): Command {
  const command = new Command(name).option('--json');
  return argument === undefined ? command : command.argument(argument);
}
