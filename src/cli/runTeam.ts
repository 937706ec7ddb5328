/** What the ranks of a pool do with the jobs that they are given: the same as the program alone. */
import { z } from 'zod';
import { performData } from '../api/jobs.js';
import { predicted } from '../api/predicted.js';
import { callingOptions } from '../options/optionName.js';
import { flagName } from './commands/options.js';
import { RunInMemory } from '../api/input/runInMemory.js';
import { openSessionWith, type Session } from '../api/session/session.js';
import { DEVICE_CHOICES } from '../api/session/sessionOptions.js';
import type { Cluster } from '../cluster/cluster.js';
import { printLine } from '../cluster/exitRules.js';
import { leftOutName } from '../cluster/deviceMap.js';
import { runRanks } from '../cluster/runRanks.js';
import { isOnEveryRank } from '../cluster/wire.js';
import { KroncutError } from '../error.js';
import { isOwnDeviceError, toKroncutError } from '../native/invoke.js';
import { loadAddon } from '../native/load.js';
import { MPS_VARIABLE, mpsEnvironment, mpsFolder } from '../pool/protocol/mps.js';
import { FAILED_DEVICE, type TimeBounds } from '../pool/protocol/teamMessages.js';
import type { Outcome, Work } from '../pool/protocol/work.js';
import { runTeam, type Postponed, type TeamJob } from '../pool/team/runTeam.js';
import { printable } from '../printable.js';
import { fileError } from '../run/files/files.js';
import { Inputs } from '../run/files/inputs.js';
import { Output } from './output/output.js';
import { parseArguments } from './program.js';

const settingsSchema = z.object({
  threads: z.number().int().positive().optional(),
  device: z.enum(DEVICE_CHOICES).optional(),
  /** Not a rank: it keeps NVIDIA's Multi-Process Service on its node, in folders that begin so. */
  mps: z.string().optional(),
});
/** What jobs that do not say otherwise work with. */
type Settings = z.infer<typeof settingsSchema>;

/** The program: settings as JSON -> `process.exitCode`. */
export async function runTeamProgram(text: string): Promise<void> {
  const settings = settingsSchema.parse(JSON.parse(text));
  process.stderr.on('error', () => {});
  if (settings.mps !== undefined) return keepService(settings.mps);
  const { [MPS_VARIABLE]: shared } = process.env;
  if (shared !== undefined) Object.assign(process.env, mpsEnvironment(mpsFolder(shared, process.env)));
  const { addon } = loadAddon();
  process.exitCode = await runRanks({ addon, report }, (cluster, signal) =>
    runTeam(cluster, signal, async (work, job) => {
      const outcome = await perform(work, job, cluster, settings);
      // The team was told to end by a signal: the job is for another one.
      signal.throwIfAborted();
      return outcome;
    }),
  );
  process.stdin.destroy();
}

async function keepService(base: string): Promise<void> {
  const { keepMps } = await import('../pool/team/mpsKeeper.js');
  try {
    await keepMps(base);
  } catch (thrown) {
    const error = toKroncutError(thrown);
    report(error, undefined);
    process.exitCode = error.exitCode;
  }
  process.stdin.destroy();
}

function report(error: KroncutError, rank: number | undefined): void {
  printLine(`${rank === undefined ? '' : `rank ${rank}: `}${error.message}`);
}

/** The texts that a job wrote. */
interface Written {
  stdout: string;
  stderr: string;
}

/** Collective: does the work in the client's folder. Rejects where one rank alone has failed. */
async function perform(
  work: Work,
  job: TeamJob,
  cluster: Cluster,
  settings: Settings,
): Promise<Outcome | Postponed> {
  const before = process.cwd();
  const written: Written = { stdout: '', stderr: '' };
  let session: Session | undefined;
  try {
    await cluster.agree(() => enter(work.folder));
    const inputs = new Inputs(work.input ?? '');
    const open = async ({ threads, device }: Settings): Promise<Session> =>
      (session = await openSessionWith({ cluster, threads, device }, inputs));
    const done =
      'argv' in work
        ? { exitCode: await runCommand(work.argv, job, cluster, written, open, settings) }
        : { exitCode: 0, answer: await answerRequest(work.request, job, written, () => open(settings)) };
    return { ...done, ...written };
  } catch (thrown) {
    if (thrown instanceof TooLong) return { seconds: thrown.seconds };
    const error = toKroncutError(thrown);
    if (isOwnDeviceError(error)) tellDevice(session);
    if (cluster.size > 1 && !isOnEveryRank(error)) throw error;
    const { code, message, exitCode } = error;
    const stderr = `${written.stderr}kroncut: ${printable(message)}\n`;
    return {
      exitCode,
      stdout: written.stdout,
      stderr,
      error: { code, message, details: plain(error.details) },
    };
  } finally {
    process.chdir(before);
  }
}

/** Says which device has failed, so that the server leaves it out. */
function tellDevice(session: Session | undefined): void {
  const device = session?.addon.addon.devices().find(({ name }) => name === session.device);
  if (device !== undefined && device.name !== 'cpu')
    printLine(`${FAILED_DEVICE}${leftOutName(device.identity)}`);
}

function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    throw fileError(error, folder, 'used');
  }
}

/** Thrown before a job is begun that there is not enough time for. */
class TooLong extends Error {
  readonly seconds: number;
  constructor(seconds: number) {
    super(`${seconds} s are predicted`);
    this.seconds = seconds;
  }
}

/** Seconds of the search for cuts that a prediction makes. */
const SEARCH_SECONDS = 2;

const searchSchema = z.looseObject({ timeLimit: z.number().optional() });

/** Collective: throws `TooLong` for a request that is predicted to take more time than is left, and not more than there ever is. */
async function requireTime(
  request: { readonly command: string },
  time: TimeBounds | undefined,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  if (time === undefined) return;
  const seconds = await secondsOf(request, session, signal);
  if (seconds > time.left && seconds <= time.whole) throw new TooLong(seconds);
}

async function secondsOf(
  request: { readonly command: string },
  session: Session,
  signal: AbortSignal,
): Promise<number> {
  try {
    const { data } = searchSchema.safeParse('options' in request ? request.options : undefined);
    const isSearched = request.command === 'run' || request.command === 'cut';
    const timeLimit = Math.min(SEARCH_SECONDS, data?.timeLimit ?? SEARCH_SECONDS);
    const options = isSearched ? { ...data, timeLimit } : data;
    return (
      (await predicted({ ...request, ...(options === undefined ? {} : { options }) }, { session, signal }))
        ?.seconds ?? 0
    );
  } catch (error) {
    // What is wrong with the job, the job says; but ranks that failed alone cannot go on.
    if (session.cluster.size > 1 && !isOnEveryRank(error)) throw error;
    return 0;
  }
}

async function runCommand(
  argv: readonly string[],
  { signal, onProgress, time }: TeamJob,
  cluster: Cluster,
  written: Written,
  open: (settings: Settings) => Promise<Session>,
  settings: Settings,
): Promise<number> {
  const parsed = await cluster.agree(() => parseArguments(argv));
  if ('text' in parsed) {
    written.stdout += parsed.text;
    return 0;
  }
  if ('alone' in parsed) throw new KroncutError('usage', `${argv[0]} is no command for a job of a pool`);
  const { threads = settings.threads, device, json = false, quiet = false } = parsed.options;
  const out = new Output({
    root: cluster.isRoot,
    json,
    quiet,
    streams: {
      stdout: (text) => (written.stdout += text),
      stderr: (text) => (written.stderr += text),
    },
  });
  const own = device === undefined || device === 'auto' ? settings.device : device;
  const session = await open({ threads, device: own });
  const onWarning = (warning: string): void => out.note(`warning: ${warning}`);
  await requireTime(parsed.request, time, session, signal);
  const exitCode = await callingOptions(flagName, () =>
    parsed.run({ session, signal, onProgress, onWarning }, { out, signal }),
  );
  await session.close();
  return exitCode;
}

async function answerRequest(
  request: { readonly command: string },
  { signal, onProgress, time }: TeamJob,
  written: Written,
  open: () => Promise<Session>,
): Promise<z.core.util.JSONType> {
  const session = await open();
  const onWarning = (warning: string): void => void (written.stderr += `${warning}\n`);
  await requireTime(request, time, session, signal);
  const answer = await performData(request, { session, signal, onProgress, onWarning });
  await session.close();
  return JSON.parse(JSON.stringify(answer, asData) ?? 'null');
}

/** As `--json` writes it; a run that was kept in memory ends with the job. */
function asData(_: string, value: unknown): unknown {
  if (value instanceof RunInMemory) return undefined;
  if (value instanceof BigUint64Array || value instanceof BigInt64Array) return [...value].map(String);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(numbersOf(value)) : value;
}

function numbersOf(view: ArrayBufferView): Iterable<number> {
  if (view instanceof Float64Array || view instanceof Float32Array) return view;
  if (view instanceof Int32Array || view instanceof Uint32Array) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function plain(details: Readonly<Record<string, unknown>>): Record<string, z.core.util.JSONType> {
  const entries = Object.entries(details).flatMap(([key, value]): [string, z.core.util.JSONType][] => {
    const parsed = z.json().safeParse(value);
    return parsed.success ? [[key, parsed.data]] : [];
  });
  return Object.fromEntries(entries);
}
