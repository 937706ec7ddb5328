import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Wire } from './wire.js';

export type PeerEventKind = 'lost' | 'failed' | 'interrupted';

/** The end of another rank. */
export interface PeerEvent {
  readonly kind: PeerEventKind;
  readonly rank: number;
  readonly node: string;
  readonly text: string;
}

/** Another rank has cancelled a job that all have in common. */
export interface Cancellation {
  readonly rank: number;
  readonly job: number;
  readonly reason: string;
}

/**
 * A tree of TCP connections beside MPI that carries no data, but the news that a rank ends or a job is cancelled: the first rank of every node holds one to rank 0, the
 * others of a node one to the first. When a process dies, the kernel closes its sockets, so its neighbours know at
 * once, and pass it on. It runs on the event loop, which is free while MPI blocks the engine thread.
 */
export interface Lifeline {
  /** False if this rank has no connection to those it should have. */
  readonly connected: boolean;
  /** Tells the others that this rank is ending; returns when the message is on its way. */
  announce(kind: 'failed' | 'interrupted', text: string): void;
  /** Tells the others that a job was cancelled here. */
  cancel(job: number, reason: string): void;
  /** Says goodbye: what happens to connections afterwards means nothing. */
  close(): void;
}

export interface LifelineOptions {
  readonly place: {
    readonly rank: number;
    readonly size: number;
    readonly nodeRank: number;
    readonly nodeSize: number;
    readonly node: number;
    readonly nodes: number;
  };
  /** Collective: one value per rank on every rank. */
  readonly gather: <T extends Wire<T>>(value: T) => Promise<T[]>;
  readonly onPeer: (event: PeerEvent) => void;
  readonly onCancel?: (cancellation: Cancellation) => void;
  readonly onWarning: (message: string) => void;
  /** Name of this node for messages. */
  readonly nodeName?: string;
  /** How long ranks may take to connect. */
  readonly timeoutMs?: number;
}

interface Endpoint {
  readonly rank: number;
  readonly node: number;
  readonly name: string;
  /** Null on a rank that nobody connects to, or that could not listen. */
  readonly port: number | null;
  readonly addresses: readonly string[];
  /** The root's secret; empty elsewhere. */
  readonly token: string;
}

const CONNECT_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 10_000;
const LONGEST_LINE = 16_384;
const LONGEST_REASON = 1000;
const LOST = 'its connection closed without a goodbye, so it was killed, crashed or left';

/** Collective. Never rejects for want of a connection: it warns, on the root, and goes on without. */
export async function openLifeline(options: LifelineOptions): Promise<Lifeline> {
  const { place } = options;
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const line = new TcpLifeline(options);
  const expected = childCount(place);
  const beyondNode = place.rank === 0 && place.nodes > 1;
  const listener = expected > 0 ? await listen(beyondNode ? undefined : '127.0.0.1') : undefined;
  const endpoints = await options.gather<Endpoint>({
    rank: place.rank,
    node: place.node,
    name: options.nodeName ?? hostname(),
    port: listener?.port ?? null,
    addresses: beyondNode ? externalAddresses() : ['127.0.0.1'],
    token: place.rank === 0 ? randomBytes(32).toString('hex') : '',
  });
  line.introduce(place.rank, endpoints, endpoints[0]?.token ?? '');

  const tasks: Promise<void>[] = [];
  if (expected > 0) tasks.push(line.accept(listener, expected, timeoutMs));
  const parent = parentOf(place, endpoints);
  if (parent !== undefined) tasks.push(line.join(parent, timeoutMs));
  const results = await Promise.allSettled(tasks);
  const failure = results.find((result) => result.status === 'rejected');
  line.connected = failure === undefined;
  const failures = await options.gather(failure === undefined ? null : String(failure.reason));
  const first = failures.findIndex((text) => text !== null);
  if (first >= 0 && place.rank === 0) {
    options.onWarning(
      `rank ${first} has no side channel to the others (${failures[first]}); a rank that dies may be noticed late`,
    );
  }
  line.settle();
  return line;
}

function childCount(place: LifelineOptions['place']): number {
  const onNode = place.nodeRank === 0 ? place.nodeSize - 1 : 0;
  return onNode + (place.rank === 0 ? place.nodes - 1 : 0);
}

function parentOf(place: LifelineOptions['place'], endpoints: readonly Endpoint[]): Endpoint | undefined {
  if (place.rank === 0) return undefined;
  if (place.nodeRank === 0) return endpoints[0];
  return endpoints.find((endpoint) => endpoint.node === place.node);
}

function externalAddresses(): string[] {
  const found = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal && !entry.address.startsWith('fe80'))
    .map((entry) => entry.address);
  // Nodes that share one network stack reach each other on loopback; elsewhere the token keeps strangers out.
  return [...found, hostname(), '127.0.0.1'];
}

interface Listener {
  readonly server: Server;
  readonly port: number;
  /** Connections that came before anybody took them. */
  readonly early: Socket[];
}

/** Undefined if this machine does not let us listen. */
async function listen(host: string | undefined): Promise<Listener | undefined> {
  const server = createServer();
  const early: Socket[] = [];
  server.on('connection', (socket) => {
    socket.on('error', ignore);
    early.push(socket);
  });
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port: 0, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address();
      resolve(isAddress(address) ? { server, port: address.port, early } : undefined);
    });
  });
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** For errors of sockets, such as a reset by a peer that was killed: 'close' follows and says all we need. */
function ignore(): void {}

type Message =
  | { readonly type: 'hello'; readonly rank: number; readonly proof: string }
  | { readonly type: 'welcome'; readonly proof: string }
  | { readonly type: 'bye' }
  | ({ readonly type: 'cancel' } & Cancellation)
  | ({ readonly type: 'event' } & PeerEvent);

class TcpLifeline implements Lifeline {
  connected = false;
  readonly #onPeer: (event: PeerEvent) => void;
  readonly #onCancel: LifelineOptions['onCancel'];
  /** Connections that have shown the token, and the rank at their other end. */
  readonly #peers = new Map<Socket, number>();
  /** Connections that have not shown it yet. */
  readonly #strangers = new Set<Socket>();
  readonly #reported = new Set<string>();
  #names: readonly string[] = [];
  #rank = 0;
  #token = '';
  #closed = false;
  #server: Server | undefined;

  constructor({ onPeer, onCancel }: Pick<LifelineOptions, 'onPeer' | 'onCancel'>) {
    this.#onPeer = onPeer;
    this.#onCancel = onCancel;
  }

  introduce(rank: number, endpoints: readonly Endpoint[], token: string): void {
    this.#rank = rank;
    this.#names = endpoints.map((endpoint) => endpoint.name);
    this.#token = token;
  }

  /** Waits until `count` ranks have connected and shown the token. */
  async accept(listener: Listener | undefined, count: number, timeoutMs: number): Promise<void> {
    if (listener === undefined) throw new Error('it cannot listen');
    this.#server = listener.server;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${count - this.#peers.size} of ${count} ranks did not connect`)),
        timeoutMs,
      );
      const welcome = (socket: Socket) => {
        this.#strangers.add(socket);
        readMessages(socket, (message) => {
          if (this.#peers.has(socket)) {
            this.#receive(socket, message);
          } else if (message.type === 'hello' && this.#isProof(message.proof, `rank ${message.rank}`)) {
            this.#adopt(socket, message.rank);
            send(socket, { type: 'welcome', proof: this.#proof('welcome') });
            if (this.#peers.size < count) return;
            clearTimeout(timer);
            resolve();
          } else {
            socket.destroy();
          }
        });
      };
      listener.early.forEach(welcome);
      listener.server.removeAllListeners('connection').on('connection', welcome);
    });
  }

  /** Connects to the first of the parent's addresses that answers with the token's proof. */
  async join(parent: Endpoint, timeoutMs: number): Promise<void> {
    const { port } = parent;
    if (port === null) throw new Error(`rank ${parent.rank} does not listen`);
    const each = timeoutMs / Math.max(1, parent.addresses.length);
    for (const host of parent.addresses) {
      if (await this.#tryJoin(parent.rank, host, port, each)) return;
    }
    throw new Error(`cannot connect to ${parent.addresses.join(', ')}`);
  }

  async #tryJoin(rank: number, host: string, port: number, timeoutMs: number): Promise<boolean> {
    const socket = connect({ host, port });
    return new Promise((resolve) => {
      const give = (joined: boolean) => {
        clearTimeout(timer);
        if (!joined) socket.destroy();
        resolve(joined);
      };
      const timer = setTimeout(() => give(false), timeoutMs);
      socket.once('error', () => give(false));
      socket.once('close', () => give(this.#peers.has(socket)));
      socket.once('connect', () => {
        send(socket, { type: 'hello', rank: this.#rank, proof: this.#proof(`rank ${this.#rank}`) });
      });
      readMessages(socket, (message) => {
        if (this.#peers.has(socket)) {
          this.#receive(socket, message);
        } else if (message.type === 'welcome' && this.#isProof(message.proof, 'welcome')) {
          this.#adopt(socket, rank);
          give(true);
        } else {
          give(false);
        }
      });
    });
  }

  /** Everybody who will connect has: from now on nothing here keeps the process alive. */
  settle(): void {
    this.#server?.close();
    this.#server?.unref();
    for (const socket of this.#strangers) socket.destroy();
    this.#strangers.clear();
    for (const socket of this.#peers.keys()) socket.unref();
  }

  announce(kind: 'failed' | 'interrupted', text: string): void {
    this.#forward({ kind, rank: this.#rank, node: this.#name(this.#rank), text }, undefined);
  }

  cancel(job: number, reason: string): void {
    this.#pass({ type: 'cancel', rank: this.#rank, job, reason: reason.slice(0, LONGEST_REASON) }, undefined);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#peers.keys()) {
      send(socket, { type: 'bye' });
      socket.end();
    }
  }

  #adopt(socket: Socket, rank: number): void {
    this.#strangers.delete(socket);
    this.#peers.set(socket, rank);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('close', () => {
      if (!this.#peers.delete(socket)) return;
      this.#report({ kind: 'lost', rank, node: this.#name(rank), text: LOST }, socket);
    });
  }

  #receive(socket: Socket, message: Message): void {
    if (message.type === 'bye') {
      this.#peers.delete(socket);
    } else if (message.type === 'cancel') {
      this.#pass(message, socket);
      if (!this.#closed) this.#onCancel?.(message);
    } else if (message.type === 'event') {
      const { kind, rank, node, text } = message;
      this.#report({ kind, rank, node, text }, socket);
    }
  }

  #report(event: PeerEvent, from: Socket): void {
    const key = `${event.kind} ${event.rank}`;
    if (this.#closed || this.#reported.has(key)) return;
    this.#reported.add(key);
    // Passed on first, because the handler may end the process.
    this.#forward(event, from);
    // A rank that said it had failed is not lost on top of it. The end of an interrupted one, which may save first, is news.
    if (event.kind === 'lost' && this.#reported.has(`failed ${event.rank}`)) return;
    this.#onPeer(event);
  }

  #forward(event: PeerEvent, except: Socket | undefined): void {
    this.#pass({ type: 'event', ...event }, except);
  }

  #pass(message: Message, except: Socket | undefined): void {
    for (const socket of this.#peers.keys()) if (socket !== except) send(socket, message);
  }

  #name(rank: number): string {
    return this.#names[rank] ?? 'unknown';
  }

  #proof(text: string): string {
    return createHmac('sha256', this.#token).update(text).digest('hex');
  }

  #isProof(proof: string, text: string): boolean {
    const expected = Buffer.from(this.#proof(text));
    const given = Buffer.from(proof);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

/** The first try to write is made at once, so this works in exit handlers too. */
function send(socket: Socket, message: Message): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function readMessages(socket: Socket, onMessage: (message: Message) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', ignore);
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === undefined) {
        socket.destroy();
        return;
      }
      onMessage(message);
    }
    if (rest.length > LONGEST_LINE) socket.destroy();
  });
}

function parseMessage(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const text = (key: string) => {
    const entry: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return typeof entry === 'string' ? entry : '';
  };
  const rank = 'rank' in value && typeof value.rank === 'number' ? value.rank : -1;
  switch (value.type) {
    case 'hello':
      return { type: 'hello', rank, proof: text('proof') };
    case 'welcome':
      return { type: 'welcome', proof: text('proof') };
    case 'bye':
      return { type: 'bye' };
    case 'cancel': {
      const job = 'job' in value && typeof value.job === 'number' ? value.job : -1;
      return { type: 'cancel', rank, job, reason: text('reason') };
    }
    case 'event': {
      const kind = text('kind');
      if (kind !== 'lost' && kind !== 'failed' && kind !== 'interrupted') return undefined;
      return { type: 'event', kind, rank, node: text('node'), text: text('text') };
    }
    default:
      return undefined;
  }
}
