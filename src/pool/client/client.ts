/** The client's side of a pool. */
import {
  request as plainRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as secureRequest, type RequestOptions as SecureOptions } from 'node:https';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { z } from 'zod';
import { cancelledBy, isErrorCode, KroncutError } from '../../error.js';
import { thisProcess } from '../../run/directory/lockOwner.js';
import {
  defaultPool,
  KEY_NAME,
  parseAddress,
  PSK_OPTIONS,
  readAccess,
  type Address,
} from '../protocol/address.js';
import { Lines } from '../protocol/teamMessages.js';
import {
  detailSchema,
  LONGEST_BODY,
  outcomeSchema,
  poolSchema,
  refusalSchema,
  summarySchema,
  type JobDetail,
  type JobSummary,
  type Outcome,
  type PoolState,
  type Submission,
} from '../protocol/work.js';
import { nextStep, optionName } from '../../options/optionName.js';

export interface ClientOptions {
  /** Folder of the pool; default: `~/.kroncut/pool`. */
  readonly pool?: string | undefined;
  /** Where it is, in place of what the folder says. */
  readonly address?: string | undefined;
}

interface Endpoint {
  readonly address: Address;
  readonly key: string | undefined;
}

const CONNECT_MS = 10_000;
/** How long a server that has ended may take to come back before those who follow a job give up. */
const AWAY_MS = 60_000;
const RETRY_MS = 500;

/** Requests to one pool. Each connects by itself, so a server that was started again is found. */
export class PoolClient {
  readonly pool: string;
  readonly #address: string | undefined;

  constructor({ pool = defaultPool(), address }: ClientOptions = {}) {
    this.pool = resolve(pool);
    this.#address = address;
  }

  /** Gives the job's id, once the job is on the server's disk. */
  async submit(submission: Submission): Promise<string> {
    const body = JSON.stringify(submission);
    if (Buffer.byteLength(body) > LONGEST_BODY) {
      throw new KroncutError(
        'usage',
        `a job, with its standard input, has at most ${LONGEST_BODY} bytes; name a file instead`,
      );
    }
    const { id } = await this.#ask('POST', '/jobs', z.object({ id: z.string() }), body);
    return id;
  }

  jobs(): Promise<JobSummary[]> {
    return this.#ask('GET', '/jobs', z.array(summarySchema));
  }

  job(id: string): Promise<JobDetail> {
    return this.#ask('GET', pathOf(id), detailSchema);
  }

  cancel(id: string): Promise<JobDetail> {
    return this.#ask('POST', `${pathOf(id)}/cancel`, detailSchema);
  }

  outcome(id: string): Promise<Outcome> {
    return this.#ask('GET', `${pathOf(id)}/outcome`, outcomeSchema);
  }

  state(): Promise<PoolState> {
    return this.#ask('GET', '/pool', poolSchema);
  }

  /** Hears of changes of a job until it has ended, also from a server that was started again meanwhile. */
  async follow(id: string, onChange: (job: JobDetail) => void, signal?: AbortSignal): Promise<JobDetail> {
    let lastSeen = Date.now();
    for (;;) {
      try {
        const last = await this.#events(
          id,
          (job) => {
            lastSeen = Date.now();
            onChange(job);
          },
          signal,
        );
        if (last !== undefined && isOver(last)) return last;
      } catch (error) {
        if (signal?.aborted === true) throw cancelledBy(signal, 'interrupted');
        if (!(error instanceof Unreachable) || Date.now() - lastSeen > AWAY_MS) throw error;
      }
      await setTimeout(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #events(
    id: string,
    onChange: (job: JobDetail) => void,
    signal: AbortSignal | undefined,
  ): Promise<JobDetail | undefined> {
    const response = await this.#send('GET', `${pathOf(id)}/events`, undefined, signal);
    if (response.statusCode !== 200) throw refusal(await text(response), this.pool);
    const lines = new Lines();
    let last: JobDetail | undefined;
    try {
      for await (const part of response.setEncoding('utf8')) {
        for (const line of lines.add(String(part))) {
          const parsed = detailSchema.safeParse(JSON.parse(line));
          if (!parsed.success) continue;
          last = parsed.data;
          onChange(last);
        }
      }
    } catch (error) {
      throw this.#unreachable(error);
    }
    return last;
  }

  async #ask<T>(method: string, path: string, schema: z.ZodType<T>, body?: string): Promise<T> {
    const response = await this.#send(method, path, body);
    let answer: string;
    try {
      answer = await text(response);
    } catch (error) {
      throw this.#unreachable(error);
    }
    if (response.statusCode !== 200) throw refusal(answer, this.pool);
    return schema.parse(JSON.parse(answer));
  }

  async #send(method: string, path: string, body?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const endpoint = await this.#endpoint();
    return new Promise((fulfil, reject) => {
      const options = { method, path, signal, agent: false, headers: headersOf(body) };
      const request = requestTo(endpoint, options);
      const timer = globalThis.setTimeout(() => request.destroy(new Error('it does not answer')), CONNECT_MS);
      request.once('response', (response) => {
        clearTimeout(timer);
        fulfil(response);
      });
      request.once('error', (error) => {
        clearTimeout(timer);
        reject(this.#unreachable(error));
      });
      request.end(body);
    });
  }

  async #endpoint(): Promise<Endpoint> {
    if (this.#address?.startsWith('unix:') === true) {
      return { address: parseAddress(this.#address), key: undefined };
    }
    const access = await readAccess(this.pool).catch((error: unknown) => {
      throw new Unreachable(error instanceof Error ? error.message : String(error));
    });
    const { key } = access;
    if (this.#address !== undefined) return { address: parseAddress(this.#address), key };
    if (access.boot === thisProcess().boot) return { address: parseAddress(access.address), key };
    if (access.remote !== undefined) return { address: parseAddress(access.remote), key };
    throw new KroncutError(
      'usage',
      `the pool in ${this.pool} runs on ${access.host} and serves that machine alone; start it with ${optionName('listen')} HOST:PORT`,
    );
  }

  #unreachable(error: unknown): Unreachable {
    const why = error instanceof Error ? error.message : String(error);
    return new Unreachable(
      `the pool in ${this.pool} does not answer (${why}); its jobs are kept: start it again with ${nextStep(`'kroncut serve --pool ${this.pool}'`, `serve({ pool: '${this.pool}' })`)}`,
      { cause: error },
    );
  }
}

/** The server has ended, or cannot be reached. */
class Unreachable extends KroncutError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('usage', message, options);
  }
}

export function isOver({ state }: JobSummary): boolean {
  return state !== 'queued' && state !== 'running';
}

function pathOf(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

function headersOf(body: string | undefined): Record<string, string | number> {
  if (body === undefined) return {};
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

function requestTo(
  { address, key }: Endpoint,
  options: Omit<RequestOptions, 'signal'> & { signal: AbortSignal | undefined },
): ClientRequest {
  const { signal, ...rest } = options;
  const given = signal === undefined ? rest : { ...rest, signal };
  if (address.kind === 'unix') return plainRequest({ ...given, socketPath: address.path });
  if (key === undefined)
    throw new KroncutError(
      'usage',
      `the pool's folder has no key; start the pool with ${optionName('listen')}`,
    );
  const secure: SecureOptions & Pick<ConnectionOptions, 'pskCallback'> = {
    ...given,
    ...PSK_OPTIONS,
    host: address.host,
    port: address.port,
    // Whoever has the key is the server that is meant: there is no certificate.
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: Buffer.from(key, 'hex'), identity: KEY_NAME }),
  };
  return secureRequest(secure);
}

function refusal(body: string, pool: string): KroncutError {
  try {
    const { error } = refusalSchema.parse(JSON.parse(body));
    return new KroncutError(isErrorCode(error.code) ? error.code : 'internal', error.message);
  } catch {
    return new KroncutError(
      'internal',
      `the pool in ${pool} gave an answer that this version does not understand`,
    );
  }
}
