/** What the ends of a lifeline say to one another, a line of JSON each, and how they prove who they are. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { printableLine } from '../printable.js';

export type PeerEventKind = 'lost' | 'failed' | 'interrupted' | 'silent';

/** The end of another rank, or its silence. */
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

export type Message =
  /** The parent speaks first, so that a stranger that listens in its place learns nothing. */
  | { readonly type: 'challenge'; readonly nonce: string }
  | { readonly type: 'hello'; readonly rank: number; readonly nonce: string; readonly proof: string }
  | { readonly type: 'welcome'; readonly proof: string }
  | { readonly type: 'alive' }
  | { readonly type: 'bye' }
  | ({ readonly type: 'cancel' } & Cancellation)
  | ({ readonly type: 'event' } & Omit<PeerEvent, 'node'>);

const LONGEST_LINE = 16_384;
export const LONGEST_TEXT = 1000;
const NONCE_BYTES = 16;

/** What both ends of one connection know once each has sent a nonce of its own. */
export interface Greeting {
  readonly parent: number;
  readonly child: number;
  /** Drawn for this connection, so that what was said on another one proves nothing. */
  readonly parentNonce: string;
  readonly childNonce: string;
}

export function freshNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex');
}

/** What only who knows the token can say: in each direction something else. */
export function proofOf(token: string, side: 'parent' | 'child', greeting: Greeting): string {
  const { parent, child, parentNonce, childNonce } = greeting;
  const text = JSON.stringify([side, parent, child, parentNonce, childNonce]);
  return createHmac('sha256', token).update(text).digest('hex');
}

export function isProof(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The first try to write is made at once, so this works in exit handlers too. */
export function send(socket: Socket, message: Message): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `onMessage` for every message, and ends a connection that brings anything else. */
export function readMessages(socket: Socket, onMessage: (message: Message) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', ignore);
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === undefined) socket.destroy();
      // Who was turned away is not listened to.
      if (message === undefined || socket.destroyed) return;
      onMessage(message);
    }
    if (rest.length > LONGEST_LINE) socket.destroy();
  });
}

/** For errors of sockets, such as a reset by a peer that was killed: 'close' follows and says all we need. */
export function ignore(): void {}

function parseMessage(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const entries = new Map<string, unknown>(Object.entries(value));
  const text = (key: string): string => {
    const entry = entries.get(key);
    return typeof entry === 'string' ? printableLine(entry, LONGEST_TEXT) : '';
  };
  const number = (key: string): number => {
    const entry = entries.get(key);
    return typeof entry === 'number' && Number.isSafeInteger(entry) ? entry : -1;
  };
  switch (value.type) {
    case 'challenge':
      return { type: 'challenge', nonce: text('nonce') };
    case 'hello':
      return { type: 'hello', rank: number('rank'), nonce: text('nonce'), proof: text('proof') };
    case 'welcome':
      return { type: 'welcome', proof: text('proof') };
    case 'alive':
    case 'bye':
      return { type: value.type };
    case 'cancel':
      return { type: 'cancel', rank: number('rank'), job: number('job'), reason: text('reason') };
    case 'event': {
      const kind = text('kind');
      if (!isKind(kind)) return undefined;
      return { type: 'event', kind, rank: number('rank'), text: text('text') };
    }
    default:
      return undefined;
  }
}

function isKind(kind: string): kind is PeerEventKind {
  return ['lost', 'failed', 'interrupted', 'silent'].includes(kind);
}
