import { parseArguments } from './program.js';
import { callingOptions } from '../options/optionName.js';
import { flagName } from './commands/options.js';
import { describeLauncher } from '../cluster/launcher.js';
import { isSameSignal } from '../cluster/exitRules.js';
import { KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';
import { printable } from '../printable.js';
import { fileError, hasCode } from '../run/files/files.js';
import { onSignal, signalExitCode } from '../signals.js';
import type { Alone } from './commands/app.js';

const reported = new Set<string>();

/** A full disk, say, is seen by the command that writes and by the stream: what was said is not said again. */
function report(error: KroncutError, rank?: number): void {
  const where = rank === undefined ? '' : `rank ${rank}: `;
  const line = `kroncut: ${where}${printable(error.message)}\n`;
  if (reported.has(line)) return;
  reported.add(line);
  process.stderr.write(line);
  if (process.env['KRONCUT_DEBUG'] !== undefined) process.stderr.write(`${error.stack}\n`);
}

/** For people who wait: what is finished is kept first. */
function stopping(): void {
  if (!process.stderr.isTTY || !speaks()) return;
  process.stderr.write('\nkroncut: stopping at the next safe place; a second signal ends at once\n');
}

/** All ranks read the same arguments; one of them speaks. */
function speaks(): boolean {
  return describeLauncher(process.env).rank === 0;
}

/** A command of this process alone: the first signal is for it, a second one ends it. */
async function runAlone({ options, alone }: Alone): Promise<number> {
  const { Output } = await import('./output/output.js');
  const controller = new AbortController();
  let first: number | undefined;
  const stop = onSignal((name) => {
    if (first !== undefined) {
      if (!isSameSignal(first)) process.exit(signalExitCode(name));
      return;
    }
    first = Date.now();
    const details = { signal: name };
    controller.abort(new KroncutError('cancelled', `interrupted by ${name}`, { details }));
  });
  try {
    const out = new Output({ root: true, json: options.json === true, quiet: options.quiet === true });
    return await alone({ out, signal: controller.signal, parse: parseArguments });
  } finally {
    stop();
  }
}

async function answer(argv: readonly string[]): Promise<number> {
  try {
    const parsed = await parseArguments(argv);
    if ('text' in parsed) {
      if (speaks()) process.stdout.write(parsed.text);
      return 0;
    }
    if ('alone' in parsed) return await runAlone(parsed);
    // Help and bad arguments need none of these: a thousand ranks would open each file.
    const [{ runJob }, { runRanks }, { loadAddon }] = await Promise.all([
      import('./commands/app.js'),
      import('../cluster/runRanks.js'),
      import('../native/load.js'),
    ]);
    const { addon } = loadAddon();
    return await runRanks({ addon, report, stopping, keepsTimeLimit: true }, (cluster, signal) =>
      runJob(parsed, cluster, signal),
    );
  } catch (thrown) {
    const error = toKroncutError(thrown);
    if (speaks()) report(error);
    // A launcher ends all ranks when one has failed: the one that speaks must have done so by then.
    else await new Promise((resolve) => setTimeout(resolve, 500));
    return error.exitCode;
  }
}

/** The program: arguments (without its name) -> command -> `process.exitCode`. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  let unwritten: number | undefined;
  process.stdout.on('error', (cause) => {
    // A reader that has seen enough, such as head, is no error.
    if (hasCode(cause, 'EPIPE')) return;
    const error = toKroncutError(fileError(cause, 'standard output', 'written'));
    report(error);
    unwritten = error.exitCode;
    process.exitCode = error.exitCode;
  });
  // There is nobody left to tell; the exit code says what happened.
  process.stderr.on('error', () => {});

  const exitCode = await callingOptions(flagName, () => answer(argv));
  process.exitCode = exitCode === 0 ? (unwritten ?? 0) : exitCode;
}
