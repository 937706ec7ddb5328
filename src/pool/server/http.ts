/** The server's side of HTTP: bounded, checked, and deaf to what is not understood. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { KroncutError } from '../../error.js';
import { toKroncutError } from '../../native/invoke.js';
import { schemaFault } from '../../run/files/schemaFault.js';
import { KEY_NAME, PSK_OPTIONS } from '../protocol/address.js';
import { LONGEST_BODY, submissionSchema } from '../protocol/work.js';
import { isModest } from './modest.js';
import type { Pool } from '../dispatch/pool.js';

const MOST_CONNECTIONS = 512;
const HEADER_BYTES = 16_384;
/** Bytes of bodies that a server is reading at any time, of all clients. */
const MOST_READING = 4 * LONGEST_BODY;
const HEADERS_MS = 10_000;
const REQUEST_MS = 120_000;
/** Bytes that may wait for a client that reads slowly, and how long. */
const MOST_UNREAD = 4 * 2 ** 20;
const UNREAD_MS = 60_000;
/** From one line of a stream of events to the next. */
const EVENT_MS = 100;
const ALIVE_MS = 15_000;

type Log = (line: string) => void;

class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function localServer(pool: Pool, log: Log): Server {
  return guarded(createServer({ maxHeaderSize: HEADER_BYTES }, handler(pool, log)), log);
}

/** For clients elsewhere: both sides prove that they have the key, and no certificate is needed. */
export function remoteServer(pool: Pool, key: string, log: Log): Server {
  const options = {
    ...PSK_OPTIONS,
    maxHeaderSize: HEADER_BYTES,
    pskIdentityHint: KEY_NAME,
    pskCallback: (_: TLSSocket, identity: string) => (identity === KEY_NAME ? Buffer.from(key, 'hex') : null),
  };
  const server = createSecureServer(options, handler(pool, log));
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    log(`refused a client at ${socket.remoteAddress ?? 'an unknown address'}: ${error.message}`);
    socket.destroy();
  });
  return guarded(server, log);
}

function guarded<T extends Server>(server: T, log: Log): T {
  server.maxConnections = MOST_CONNECTIONS;
  // Many answers to one client that does not read would wait in memory.
  server.maxRequestsPerSocket = 1;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.on('drop', () => log(`refused a client: there are ${MOST_CONNECTIONS} already`));
  server.on('clientError', (error: Error, socket: Socket) => {
    log(`refused what is no request: ${error.message}`);
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  server.on('connection', (socket: Socket) => socket.on('error', () => {}));
  server.setTimeout(UNREAD_MS, (socket: Socket) => {
    if (socket.writableLength > 0) log('left a client that does not read');
    socket.destroy();
  });
  return server;
}

function handler(pool: Pool, log: Log): (request: IncomingMessage, response: ServerResponse) => void {
  const bodies = new Bodies();
  return (request, response) => {
    response.on('error', () => {});
    pool.touch();
    answer({ pool, log, bodies }, request, response).catch((thrown: unknown) => {
      const [status, error] = refusal(thrown);
      if (status >= 500 || !(thrown instanceof KroncutError))
        log(`${request.method} ${request.url}: ${error.message}`);
      if (response.headersSent) response.destroy();
      else send(response, status, { error: { code: error.code, message: error.message } });
      // The rest of a request that was not read is of no use.
      if (!request.complete) response.once('finish', () => request.destroy());
    });
  };
}

function refusal(thrown: unknown): [status: number, error: KroncutError] {
  if (thrown instanceof HttpError) return [thrown.status, new KroncutError('usage', thrown.message)];
  const error = toKroncutError(thrown);
  return [error.code === 'usage' || error.code === 'input' ? 409 : 500, error];
}

async function answer(
  { pool, log, bodies }: { readonly pool: Pool; readonly log: Log; readonly bodies: Bodies },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const [, root, id, part] = path.split('/').map(decoded);
  const route = `${request.method} ${[root, id === undefined ? undefined : 'ID', part].filter((one) => one !== undefined).join('/')}`;
  const job = id ?? '';
  switch (route) {
    case 'GET pool':
      return send(response, 200, pool.state());
    case 'GET jobs':
      return sendText(response, 200, pool.list());
    case 'POST jobs':
      return send(response, 200, { id: await pool.submit(submissionIn(await bodies.read(request))) });
    case 'GET jobs/ID':
      return send(response, 200, pool.detail(job));
    case 'GET jobs/ID/outcome':
      return send(response, 200, await pool.outcome(job));
    case 'POST jobs/ID/cancel':
      await pool.cancel(job);
      return send(response, 200, pool.detail(job));
    case 'GET jobs/ID/events':
      return follow(pool, log, job, response);
    default:
      throw new HttpError(404, `there is no ${printableRoute(route)} here`);
  }
}

function printableRoute(route: string): string {
  return route.slice(0, 60);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'the path of the request is malformed');
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body));
}

/** Sends JSON. */
function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function submissionIn(body: unknown): ReturnType<typeof submissionSchema.parse> {
  const parsed = submissionSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new HttpError(400, `this is no job: ${schemaFault(parsed.error, { whole: 'a job' })}`);
}

/** Reads what clients send, so much at a time. */
class Bodies {
  /** Bytes that are being read. */
  #reading = 0;

  async read(request: IncomingMessage): Promise<unknown> {
    if (Number(request.headers['content-length'] ?? 0) > LONGEST_BODY) throw tooLong();
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of request) {
        if (!Buffer.isBuffer(part)) continue;
        bytes += part.length;
        this.#reading += part.length;
        if (bytes > LONGEST_BODY) throw tooLong();
        if (this.#reading > MOST_READING)
          throw new HttpError(503, 'other clients send very much right now; try again');
        parts.push(part);
      }
      return readJson(Buffer.concat(parts));
    } finally {
      this.#reading -= bytes;
    }
  }
}

function readJson(bytes: Buffer): unknown {
  if (!isModest(bytes))
    throw new HttpError(400, 'the body of the request is nested too deeply, or has too many values');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HttpError(400, 'the body of the request is not JSON');
  }
}

function tooLong(): HttpError {
  return new HttpError(413, `a request has at most ${LONGEST_BODY} bytes`);
}

/** Lines of JSON, one whenever the job has changed, until it has ended. */
function follow(pool: Pool, log: Log, id: string, response: ServerResponse): void {
  const detail = pool.detail(id);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  const line = (value: object): void => {
    last = Date.now();
    response.write(`${JSON.stringify(value)}\n`);
    if (response.writableLength <= MOST_UNREAD) return;
    log('left a client that does not read');
    response.destroy();
  };
  const tell = (): void => {
    timer = undefined;
    line(pool.detail(id));
    if (pool.isFinished(id)) response.end();
  };
  line(detail);
  if (pool.isFinished(id)) {
    response.end();
    return;
  }
  const unwatch = pool.watchers.watch(id, () => {
    timer ??= setTimeout(tell, pool.isFinished(id) ? 0 : Math.max(0, last + EVENT_MS - Date.now()));
  });
  const alive = setInterval(() => line({}), ALIVE_MS);
  response.once('close', () => {
    unwatch();
    clearInterval(alive);
    clearTimeout(timer);
  });
}
