/** A pool as a program of the library sees it: the same requests as in a session of its own. */
import type { JobAnswer, JobCommand, JobRequestOf } from '../../api/jobs.js';
import { cancelledBy, isErrorCode, KroncutError } from '../../error.js';
import type { Progress } from '../../run/context.js';
import { checkArgument, checkOptions, type OptionTable } from '../../options/option.js';
import { aFunction, aSignal, anObject, text } from '../../options/readers.js';
import { JOB_NAME } from '../options/serve.js';
import { parseAddress } from '../protocol/address.js';
import type { JobDetail, JobSummary, Outcome } from '../protocol/work.js';
import { PoolClient } from './client.js';
import { connectionName } from './clientName.js';

/** How a job is handed to a pool. */
export interface PoolJobOptions {
  /** Name of the job: asking twice with one name and one request is one job. */
  readonly id?: string | undefined;
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far the job is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** What `-` stands for. */
  readonly input?: string | undefined;
}

const JOB_OPTIONS = {
  id: { reader: JOB_NAME },
  signal: { reader: aSignal },
  onProgress: { reader: aFunction() },
  input: { reader: text('a text') },
} satisfies OptionTable<PoolJobOptions>;
const REQUEST = anObject('{ command, options } and what the command needs');
const ID = text('the id of a job');

/** Where a pool is, in other words than its address. */
export interface PoolOptions {
  /** The pool's folder. */
  readonly pool?: string | undefined;
}

const ADDRESS = text('the folder of a pool, or an address that serve printed,');
const CONNECT_OPTIONS = {
  pool: { reader: text('the name of a folder') },
} satisfies OptionTable<PoolOptions>;

/** Made by `connect`. Names of files mean what they mean in the current folder at the time of a call. */
export class PoolConnection {
  readonly #client: PoolClient;
  /** Whose turns its jobs take. */
  readonly #name = connectionName();

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /**
   * Has the pool do what a request asks for, and gives its answer as `--json` has it: lists for typed arrays, no run that was
   * kept in memory. Rejects with the `KroncutError` of the job; `cancelled` where the signal was aborted.
   */
  async perform<C extends JobCommand>(
    request: JobRequestOf<C>,
    options: PoolJobOptions = {},
  ): Promise<JobAnswer<C>> {
    checkOptions(JOB_OPTIONS, options);
    const { signal, onProgress } = options;
    if (signal?.aborted === true) throw cancelledBy(signal, 'cancelled before the job was submitted');
    const id = await this.submit(request, options);
    const cancel = (): void => void this.cancel(id).catch(() => {});
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      await this.#client.follow(id, ({ progress }) => {
        if (progress === undefined || onProgress === undefined) return;
        const { stage, done, total, note } = progress;
        onProgress({ stage, done, total, ...(note === undefined ? {} : { note }) });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    return answerOf<C>(await this.#client.outcome(id), signal);
  }

  /** Leaves a request with the pool, and gives the id of the job once that is on the server's disk. */
  async submit<C extends JobCommand>(
    request: JobRequestOf<C>,
    options: PoolJobOptions = {},
  ): Promise<string> {
    checkArgument('request', REQUEST, request);
    checkOptions(JOB_OPTIONS, options);
    const { id, input } = options;
    const asked: { command: string } = JSON.parse(JSON.stringify(request));
    const work = { folder: process.cwd(), request: asked, ...(input === undefined ? {} : { input }) };
    return this.#client.submit({ client: this.#name, work, ...(id === undefined ? {} : { id }) });
  }

  /** Jobs of the pool, as they were submitted. */
  jobs(): Promise<JobSummary[]> {
    return this.#client.jobs();
  }

  /** All that the pool knows of a job. */
  async job(id: string): Promise<JobDetail> {
    checkArgument('id', ID, id);
    return this.#client.job(id);
  }

  /** Cancels a job, queued or running. */
  async cancel(id: string): Promise<void> {
    checkArgument('id', ID, id);
    await this.#client.cancel(id);
  }
}

/**
 * Connects with a pool: by its folder (default: `~/.kroncut/pool`), or by the address that `serve` printed, `unix:PATH`, or
 * `tls://HOST:PORT` with the folder that has its key as `pool`. Throws `usage` where no pool answers.
 * docs/pool.md has an example.
 */
export async function connect(address?: string, options: PoolOptions = {}): Promise<PoolConnection> {
  if (address !== undefined) checkArgument('address', ADDRESS, address);
  checkOptions(CONNECT_OPTIONS, options);
  const isAddress = address !== undefined && /^(?:unix:|tls:)/.test(address);
  if (isAddress) parseAddress(address);
  const pool = isAddress ? options.pool : (address ?? options.pool);
  const client = new PoolClient({ pool, address: isAddress ? address : undefined });
  await client.state();
  return new PoolConnection(client);
}

function answerOf<C extends JobCommand>(
  { answer, error }: Outcome,
  signal: AbortSignal | undefined,
): JobAnswer<C> {
  if (error !== undefined) {
    const { code, message, details = {} } = error;
    if (code === 'cancelled') throw cancelledBy(signal, message, { details });
    throw new KroncutError(isErrorCode(code) ? code : 'internal', message, { details });
  }
  if (isAnswer<C>(answer)) return answer;
  throw new KroncutError('internal', 'the job of that id was a command line, which has no answer as data');
}

/** The server has it from the function of the library that the request asked for. */
function isAnswer<C extends JobCommand>(answer: unknown): answer is JobAnswer<C> {
  return answer !== undefined;
}
