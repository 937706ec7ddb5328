/** The connections of one rank's lifeline: whom it lets in, whom it joins, and what it passes on. */
import { connect, type Socket } from 'node:net';
import {
  freshNonce,
  isProof,
  LONGEST_TEXT,
  proofOf,
  readMessages,
  send,
  type Cancellation,
  type Message,
  type PeerEvent,
} from './lifelineMessages.js';
import type { Listener } from './listener.js';

const KEEP_ALIVE_MS = 10_000;
/** Connections that have proven nothing yet. */
const MOST_STRANGERS = 256;
const LOST = 'its connection closed without a goodbye, so it was killed, crashed or left';
/** Signs of life that may be missing one after another. */
const MISSED_BEATS = 12;

/** A rank at the other end of a connection. */
interface Peer {
  readonly rank: number;
  /** Signs of life of this rank since the last one of that. */
  beats: number;
}

export interface Company {
  readonly rank: number;
  /** Names of the nodes, by rank. */
  readonly names: readonly string[];
  /** What all ranks know, and nobody else. */
  readonly token: string;
}

/** Who hears the news. */
export interface Audience {
  readonly onPeer: (event: PeerEvent) => void;
  readonly onCancel?: (cancellation: Cancellation) => void;
}

export class Links {
  connected = false;
  readonly #onPeer: (event: PeerEvent) => void;
  readonly #onCancel: Audience['onCancel'];
  readonly #beatMs: number;
  readonly #company: Company;
  /** Connections whose other end has proven which rank it is. */
  readonly #peers = new Map<Socket, Peer>();
  readonly #strangers = new Set<Socket>();
  readonly #reported = new Set<string>();
  #closed = false;
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(company: Company, { onPeer, onCancel, beatMs }: Audience & { readonly beatMs: number }) {
    this.#company = company;
    this.#onPeer = onPeer;
    this.#onCancel = onCancel;
    this.#beatMs = beatMs;
  }

  /** Waits until each of these ranks has connected, once, and proven itself, on these addresses. */
  async accept(
    listener: Listener | undefined,
    addresses: ReadonlySet<string>,
    children: readonly number[],
    timeoutMs: number,
  ): Promise<void> {
    if (listener === undefined) throw new Error('it cannot listen');
    this.#listener = listener;
    const awaited = new Set(children);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${awaited.size} of ${children.length} ranks did not connect`)),
        timeoutMs,
      );
      listener.accept(addresses, (socket) => {
        this.#greet(socket, awaited, () => {
          if (awaited.size > 0) return;
          clearTimeout(timer);
          resolve();
        });
      });
    });
  }

  /** Lets in who proves to be one of the ranks that are awaited. */
  #greet(socket: Socket, awaited: Set<number>, onJoined: () => void): void {
    // Ranks prove themselves at once: who has been silent for the longest time is none.
    const [oldest] = this.#strangers;
    if (this.#strangers.size >= MOST_STRANGERS) oldest?.destroy();
    const { rank: parent, token } = this.#company;
    const parentNonce = freshNonce();
    this.#strangers.add(socket);
    socket.once('close', () => this.#strangers.delete(socket));
    readMessages(socket, (message) => {
      if (this.#peers.has(socket)) {
        this.#receive(socket, message);
        return;
      }
      if (message.type !== 'hello' || !awaited.has(message.rank)) {
        socket.destroy();
        return;
      }
      const { rank: child, nonce: childNonce } = message;
      const greeting = { parent, child, parentNonce, childNonce };
      if (!isProof(message.proof, proofOf(token, 'child', greeting))) {
        socket.destroy();
        return;
      }
      awaited.delete(child);
      this.#adopt(socket, child);
      send(socket, { type: 'welcome', proof: proofOf(token, 'parent', greeting) });
      onJoined();
    });
    send(socket, { type: 'challenge', nonce: parentNonce });
  }

  /** Connects to the first of the parent's addresses where somebody proves to be the parent. */
  async join(
    parent: number,
    port: number | null,
    addresses: readonly string[],
    timeoutMs: number,
  ): Promise<void> {
    if (port === null) throw new Error(`rank ${parent} does not listen`);
    const each = timeoutMs / Math.max(1, addresses.length);
    for (const host of addresses) {
      if (await this.#tryJoin(parent, host, port, each)) return;
    }
    throw new Error(`cannot connect to ${addresses.join(', ')}`);
  }

  async #tryJoin(parent: number, host: string, port: number, timeoutMs: number): Promise<boolean> {
    const { rank: child, token } = this.#company;
    const socket = connect({ host, port });
    const childNonce = freshNonce();
    let parentNonce: string | undefined;
    return new Promise((resolve) => {
      const give = (joined: boolean): void => {
        clearTimeout(timer);
        if (!joined) socket.destroy();
        resolve(joined);
      };
      const timer = setTimeout(() => give(false), timeoutMs);
      socket.once('error', () => give(false));
      socket.once('close', () => give(this.#peers.has(socket)));
      readMessages(socket, (message) => {
        if (this.#peers.has(socket)) {
          this.#receive(socket, message);
        } else if (message.type === 'challenge' && parentNonce === undefined) {
          parentNonce = message.nonce;
          const proof = proofOf(token, 'child', { parent, child, parentNonce, childNonce });
          send(socket, { type: 'hello', rank: child, nonce: childNonce, proof });
        } else if (message.type === 'welcome' && parentNonce !== undefined) {
          const proof = proofOf(token, 'parent', { parent, child, parentNonce, childNonce });
          const proven = isProof(message.proof, proof);
          if (proven) this.#adopt(socket, parent);
          give(proven);
        } else {
          give(false);
        }
      });
    });
  }

  /** Everybody who will connect has: from now on nothing here keeps the process alive. */
  settle(): void {
    this.#listener?.close();
    for (const socket of this.#strangers) socket.destroy();
    this.#strangers.clear();
    for (const socket of this.#peers.keys()) socket.unref();
    if (this.#peers.size > 0) this.#timer = setInterval(() => this.#beat(), this.#beatMs).unref();
  }

  announce(kind: 'failed' | 'interrupted', text: string): void {
    this.#forward({ kind, rank: this.#company.rank, text }, undefined);
  }

  cancel(job: number, reason: string): void {
    const short = reason.slice(0, LONGEST_TEXT);
    this.#pass({ type: 'cancel', rank: this.#company.rank, job, reason: short }, undefined);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    for (const socket of this.#peers.keys()) {
      send(socket, { type: 'bye' });
      socket.end();
    }
  }

  /**
   * Gives a sign of life, and counts for how many of these each neighbour has given none: where this process itself stood
   * still, nobody seems silent.
   */
  #beat(): void {
    for (const [socket, peer] of this.#peers) {
      send(socket, { type: 'alive' });
      peer.beats += 1;
      if (peer.beats !== MISSED_BEATS) continue;
      const text = `no sign of life for ${(MISSED_BEATS * this.#beatMs) / 1000} s`;
      this.#report({ kind: 'silent', rank: peer.rank, text }, socket);
    }
  }

  #adopt(socket: Socket, rank: number): void {
    this.#strangers.delete(socket);
    this.#peers.set(socket, { rank, beats: 0 });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('close', () => {
      if (!this.#peers.delete(socket)) return;
      this.#report({ kind: 'lost', rank, text: LOST }, socket);
    });
  }

  #receive(socket: Socket, message: Message): void {
    const peer = this.#peers.get(socket);
    if (peer !== undefined) peer.beats = 0;
    if (message.type === 'bye') {
      this.#peers.delete(socket);
    } else if (message.type === 'cancel') {
      this.#pass(message, socket);
      if (!this.#closed) this.#onCancel?.(message);
    } else if (message.type === 'event') {
      const { kind, rank, text } = message;
      this.#report({ kind, rank, text }, socket);
    }
  }

  #report(event: Omit<PeerEvent, 'node'>, from: Socket): void {
    const key = `${event.kind} ${event.rank}`;
    const { names } = this.#company;
    const node = names[event.rank];
    if (this.#closed || node === undefined || this.#reported.has(key)) return;
    this.#reported.add(key);
    // Passed on first, because the handler may end the process.
    this.#forward(event, from);
    // A rank that said it had failed is not lost on top of it. The end of an interrupted one, which may save first, is news.
    if (event.kind === 'lost' && this.#reported.has(`failed ${event.rank}`)) return;
    this.#onPeer({ ...event, node });
  }

  #forward(event: Omit<PeerEvent, 'node'>, except: Socket | undefined): void {
    this.#pass({ type: 'event', ...event }, except);
  }

  #pass(message: Message, except: Socket | undefined): void {
    for (const socket of this.#peers.keys()) if (socket !== except) send(socket, message);
  }
}
