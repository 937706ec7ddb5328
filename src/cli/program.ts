/** All commands: arguments in, a job out. */
import { Command, CommanderError } from 'commander';
import { version } from '../installation.js';
import { KroncutError } from '../error.js';
import { callingOptions } from '../options/optionName.js';
import type { Alone, Invocation, Parsed, StandAlone, Submit } from './commands/app.js';
import { calledIn, commandsFor } from './commands/commands.js';
import { flagName } from './commands/options.js';

/**
 * Reads arguments (without the name of the program). Throws `usage` with one sentence where they are wrong, before
 * anything was done.
 */
export function parseArguments(argv: readonly string[]): Promise<Parsed> {
  return callingOptions(flagName, () => readArguments(argv));
}

async function readArguments(argv: readonly string[]): Promise<Parsed> {
  let invocation: Invocation | Alone | undefined;
  let text = '';
  const program = new Command('kroncut')
    .description(
      'Cuts quantum circuits that are too wide to simulate, evaluates the pieces, and puts the answer together again:\n' +
        'alone, under mpirun, or under srun. Shortens circuits, too, by compiling them block by block.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText(
      'after',
      `
Examples:
  kroncut generate supremacy --qubits 16 -o circuit.qasm
  kroncut run circuit.qasm --max-width 12 -o out
  kroncut compile circuit.qasm --block-size 4 -o short.qasm

Exit codes: 0 done, 1 verify found a difference or an internal error, 2 bad usage or input, 3 no such cut,
4 not enough memory or disk, 5 a rank, device or MPI failed,
128 + N interrupted by signal N (129 SIGHUP, 130 SIGINT, 138 SIGUSR1, 140 SIGUSR2, 143 SIGTERM).

Environment: KRONCUT_MEMORY, bytes that each rank may use (default: its share of what the node has available);
KRONCUT_MPI_TIMEOUT, seconds that MPI may take to start (60);
KRONCUT_GRACE, seconds before the time limit of a job of Slurm at which it saves and ends (30; 0: never);
KRONCUT_ADDON, the addon's file to load.`,
    );
  const submit: Submit = (options, request, print) => {
    const run: Invocation['run'] = async (context, app) => {
      const { perform } = await import('../api/jobs.js');
      return print(await perform(request, context), app);
    };
    invocation = { options, request, run };
  };
  const standAlone: StandAlone = (options, alone) => (invocation = { options, alone });
  // What stands behind the name of a command that is submitted is that command's.
  program.enablePositionalOptions(['submit', 'slurm'].includes(calledIn(argv) ?? ''));
  for (const command of await commandsFor(argv, submit, standAlone)) program.addCommand(command);
  const write = (part: string): void => {
    text += part;
  };
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: write, writeErr: () => {} });
    command.configureHelp({ helpWidth: 110 });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text };
    if (error.code === 'commander.help') {
      program.outputHelp();
      return { text };
    }
    throw usageError(
      error,
      argv,
      program.commands.map((command) => command.name()),
    );
  }
  if (invocation === undefined) throw new KroncutError('internal', 'the command did not start');
  return invocation;
}

function usageError(
  error: CommanderError,
  argv: readonly string[],
  commands: readonly string[],
): KroncutError {
  const message = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  // Before the command stand options without values alone; after it, `run` may be a folder.
  const first = argv.find((argument) => !argument.startsWith('-'));
  const command = commands.find((name) => name === first);
  const help = command === undefined ? 'kroncut --help' : `kroncut ${command} --help`;
  return new KroncutError('usage', `${message}; see ${help}`, { cause: error });
}
