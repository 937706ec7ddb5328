/** How ranks hear of one another beside MPI. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { printableLine } from '../printable.js';
import { Links, type Audience } from './lifelineLinks.js';
import { addressOf, Listener, LOOPBACK, ownNetworks, usedAddresses } from './listener.js';
import type { Wire } from './wire.js';
import type { RankPlace } from '../native/comm.js';

export type { Cancellation, PeerEvent, PeerEventKind } from './lifelineMessages.js';

/**
 * A tree of TCP connections beside MPI that carries no data, but the news that a rank ends or is silent, or that a job is
 * cancelled: the first rank of every node holds one to rank 0, the others of a node one to the first. When a process dies,
 * the kernel closes its sockets, so its neighbours know at once, and pass it on; where it is stopped or its node hangs, its
 * signs of life are missing. It runs on the event loop, which is free while MPI blocks the engine thread.
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

export interface LifelineOptions extends Audience {
  readonly place: RankPlace;
  /** Collective: one value per rank on every rank. */
  readonly gather: <T extends Wire<T>>(value: T) => Promise<T[]>;
  readonly onWarning: (message: string) => void;
  /** Name of this node for messages. */
  readonly nodeName?: string;
  /** How long ranks may take to connect. */
  readonly timeoutMs?: number;
  /** From one sign of life to the next; twelve that are missing are a silence. */
  readonly beatMs?: number;
}

interface Endpoint {
  readonly rank: number;
  readonly node: number;
  readonly name: string;
  /** Null on a rank that nobody connects to, or that could not listen. */
  readonly port: number | null;
  /** Where it listens. */
  readonly addresses: readonly string[];
  /** Addresses of its machine, with the lengths of their networks' prefixes. */
  readonly networks: readonly string[];
  /** The root's secret; empty elsewhere. */
  readonly token: string;
}

const CONNECT_TIMEOUT_MS = 5000;
const BEAT_MS = 5000;
const TOKEN_BYTES = 32;
const LONGEST_NAME = 100;

/** Collective. Never rejects for want of a connection: it warns, on the root, and goes on without. */
export async function openLifeline(options: LifelineOptions): Promise<Lifeline> {
  const { place, timeoutMs = CONNECT_TIMEOUT_MS, beatMs = BEAT_MS } = options;
  const { rank } = place;
  const networks = ownNetworks();
  const beyondNode = rank === 0 && place.nodes > 1;
  const wanted = beyondNode ? [...networks.map(addressOf), LOOPBACK] : [LOOPBACK];
  const listener = isParent(place) ? await Listener.open(wanted) : undefined;
  const endpoints = await options.gather<Endpoint>({
    rank,
    node: place.node,
    name: printableLine(options.nodeName ?? hostname(), LONGEST_NAME),
    port: listener?.port ?? null,
    addresses: listener?.addresses ?? [],
    networks,
    token: rank === 0 ? randomBytes(TOKEN_BYTES).toString('hex') : '',
  });
  const names = endpoints.map(({ name }) => name);
  const links = new Links({ rank, names, token: endpoints[0]?.token ?? '' }, { ...options, beatMs });

  const tasks: Promise<void>[] = [];
  const own = endpoints[rank];
  if (own !== undefined && isParent(place)) {
    const children = endpoints.flatMap((_, child) => (parentOf(endpoints, child) === rank ? [child] : []));
    const used = children.flatMap((child) => usedAddresses(own, endpoints[child]?.networks ?? []));
    tasks.push(links.accept(listener, new Set(used), children, timeoutMs));
  }
  const parent = parentOf(endpoints, rank);
  const there = parent === undefined ? undefined : endpoints[parent];
  if (parent !== undefined && there !== undefined) {
    tasks.push(links.join(parent, there.port, usedAddresses(there, networks), timeoutMs));
  }
  const results = await Promise.allSettled(tasks);
  const failure = results.find((result) => result.status === 'rejected');
  links.connected = failure === undefined;
  const failures = await options.gather(failure === undefined ? null : String(failure.reason));
  const first = failures.findIndex((text) => text !== null);
  if (first >= 0 && rank === 0) {
    options.onWarning(
      `rank ${first} has no side channel to the others (${failures[first]}); a rank that dies may be noticed late`,
    );
  }
  links.settle();
  return links;
}

/** True for a rank that others connect to. */
function isParent({ rank, nodeRank, nodeSize, nodes }: LifelineOptions['place']): boolean {
  return (nodeRank === 0 && nodeSize > 1) || (rank === 0 && nodes > 1);
}

/** The rank that another one connects to: the first on its node, or, for such a one, rank 0. */
function parentOf(endpoints: readonly Endpoint[], rank: number): number | undefined {
  if (rank === 0) return undefined;
  const first = endpoints.findIndex(({ node }) => node === endpoints[rank]?.node);
  return first === rank ? 0 : first;
}
