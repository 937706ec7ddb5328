import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openLifeline } from '../../../src/cluster/lifeline.js';
import type { Lifeline, LifelineOptions, PeerEvent } from '../../../src/cluster/lifeline.js';
import { proofOf } from '../../../src/cluster/lifelineMessages.js';

/** What one rank of a pretended cluster has. */
interface Member {
  readonly rank: number;
  readonly lifeline: Lifeline;
  readonly events: PeerEvent[];
  readonly warnings: string[];
}

const opened: Lifeline[] = [];
afterEach(() => {
  for (const lifeline of opened.splice(0)) lifeline.close();
});

/** Gathers among ranks that all live in this process. */
function makeGather(size: number): (rank: number) => <T>(value: T) => Promise<T[]> {
  const rounds: { values: unknown[]; count: number; wake: (() => void)[] }[] = [];
  return (rank) => {
    let round = 0;
    return async <T>(value: T): Promise<T[]> => {
      const current = (rounds[round] ??= { values: [], count: 0, wake: [] });
      round += 1;
      current.values[rank] = JSON.parse(JSON.stringify(value));
      current.count += 1;
      if (current.count === size) for (const wake of current.wake) wake();
      else await new Promise<void>((resolve) => current.wake.push(resolve));
      const all: T[] = JSON.parse(JSON.stringify(current.values));
      return all;
    };
  };
}

/** One lifeline per rank, `nodeSizes[i]` ranks on node i. */
async function open(
  nodeSizes: readonly number[],
  options: Pick<LifelineOptions, 'beatMs'> = {},
): Promise<Member[]> {
  const places = nodeSizes.flatMap((nodeSize, node) =>
    Array.from({ length: nodeSize }, (_, nodeRank) => ({
      node,
      nodeRank,
      nodeSize,
      nodes: nodeSizes.length,
    })),
  );
  const gather = makeGather(places.length);
  return Promise.all(
    places.map(async (place, rank) => {
      const events: PeerEvent[] = [];
      const warnings: string[] = [];
      const lifeline = await openLifeline({
        place: { ...place, rank, size: places.length },
        gather: gather(rank),
        onPeer: (event) => events.push(event),
        onWarning: (message) => warnings.push(message),
        nodeName: `n${place.node}`,
        ...options,
      });
      opened.push(lifeline);
      return { rank, lifeline, events, warnings };
    }),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

interface Said {
  readonly type: string;
  readonly nonce?: string;
}

/** What a connection to a root heard until it was closed or welcome, and what it said. */
interface Talk {
  readonly socket: Socket;
  readonly said: readonly Said[];
  readonly hello: string;
}

/** A root that waits for rank 1 on its node, which is ours to play. */
async function openRoot(options: Pick<LifelineOptions, 'timeoutMs' | 'beatMs'>, fixed?: string) {
  const events: PeerEvent[] = [];
  const shown = { port: 0, token: '' };
  const opening = openLifeline({
    place: { rank: 0, size: 2, nodeRank: 0, nodeSize: 2, node: 0, nodes: 1 },
    async gather<T>(value: T): Promise<T[]> {
      if (typeof value === 'object' && value !== null) {
        if (fixed !== undefined) Object.assign(value, { token: fixed });
        Object.assign(shown, value);
        return [value, { ...value, rank: 1, name: 'there' }];
      }
      return [value, value];
    },
    onPeer: (event) => events.push(event),
    onWarning: () => {},
    ...options,
  });
  void opening.then((lifeline) => opened.push(lifeline));
  await until(() => shown.port > 0);
  const stranger = async (words: (nonce: string) => string): Promise<Talk> => {
    const socket = connect(shown.port, '127.0.0.1');
    socket.on('error', () => {});
    const said: Said[] = [];
    let hello = '';
    await new Promise((resolve) => {
      socket.once('close', resolve);
      socket.on('data', (data) => {
        said.push(JSON.parse(data.toString()));
        if (said.length > 1) resolve(undefined);
        else socket.write((hello = words(said[0]?.nonce ?? '')));
      });
    });
    return { socket, said, hello };
  };
  const child = (rank: number): Promise<Talk> =>
    stranger((parentNonce) => {
      const proof = proofOf(shown.token, 'child', {
        parent: 0,
        child: rank,
        parentNonce,
        childNonce: 'mine',
      });
      return `${JSON.stringify({ type: 'hello', rank, nonce: 'mine', proof })}\n`;
    });
  return { opening, events, stranger, child, token: shown.token };
}

describe('openLifeline', () => {
  it('connects the ranks of several nodes', async () => {
    const members = await open([3, 1, 2]);
    expect(members.map(({ lifeline }) => lifeline.connected)).toEqual([true, true, true, true, true, true]);
    expect(members.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it('tells every other rank once of a failure, whoever fails', async () => {
    for (const failing of [0, 2, 3, 5]) {
      const members = await open([3, 1, 2]);
      const others = members.filter(({ rank }) => rank !== failing);
      members[failing]?.lifeline.announce('failed', 'it is broken');
      await until(() => others.every(({ events }) => events.length > 0));
      for (const member of members) member.lifeline.close();
      const node = { 0: 'n0', 2: 'n0', 3: 'n1', 5: 'n2' }[failing];
      for (const { events } of others) {
        expect(events).toEqual([{ kind: 'failed', rank: failing, node, text: 'it is broken' }]);
      }
      expect(members[failing]?.events).toEqual([]);
    }
  });

  it('says nothing of a rank that says goodbye', async () => {
    const members = await open([2, 2]);
    members[3]?.lifeline.close();
    members[1]?.lifeline.close();
    members[2]?.lifeline.announce('failed', 'later');
    await until(() => members[0]?.events.length === 1);
    expect(members[0]?.events.map(({ rank }) => rank)).toEqual([2]);
  });

  it('does without connections where there is a single rank', async () => {
    const [member] = await open([1]);
    expect(member?.lifeline.connected).toBe(true);
    member?.lifeline.announce('failed', 'alone');
    expect(member?.events).toEqual([]);
  });

  it('lets each rank in that it waits for, once: what was said on another connection proves nothing', async () => {
    const root = await openRoot({ timeoutMs: 5000 });
    // Nobody that it waits for, whatever they know.
    for (const rank of [2, 0, -1]) expect((await root.child(rank)).said).toHaveLength(1);
    const joined = (await Promise.all([root.child(1), root.child(1)])).toSorted(
      (a, b) => b.said.length - a.said.length,
    );
    expect(joined.map(({ said }) => said.map(({ type }) => type))).toEqual([
      ['challenge', 'welcome'],
      ['challenge'],
    ]);
    const lifeline = await root.opening;
    expect(lifeline.connected).toBe(true);
    const nonces = joined.map(({ said }) => said[0]?.nonce);
    expect(new Set(nonces).size).toBe(2);

    // The next job has another token, but even under the same one the words of the last connection are of no use.
    const next = await openRoot({ timeoutMs: 300 }, root.token);
    expect((await next.stranger(() => joined[0]?.hello ?? '')).said).toHaveLength(1);
    expect((await next.opening).connected).toBe(false);
    expect([...root.events, ...next.events]).toEqual([]);
  });

  it('says nothing to a stranger that listens in place of the parent', async () => {
    let heard = '';
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => (heard += data.toString()));
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const opening = openLifeline({
      place: { rank: 1, size: 2, nodeRank: 1, nodeSize: 2, node: 0, nodes: 1 },
      gather: async <T>(value: T): Promise<T[]> =>
        typeof value === 'object' && value !== null
          ? [{ ...value, rank: 0, port, addresses: ['127.0.0.1'], token: 't' }, value]
          : [value, value],
      onPeer: () => {},
      onWarning: () => {},
      timeoutMs: 100,
    });
    const lifeline = await opening;
    opened.push(lifeline);
    expect(lifeline.connected).toBe(false);
    expect(heard).toBe('');
    silent.close();
  });

  it('names a rank that gives no sign of life, once', async () => {
    const root = await openRoot({ timeoutMs: 5000, beatMs: 10 });
    const { socket } = await root.child(1);
    const lifeline = await root.opening;
    await until(() => root.events.length > 0);
    expect(root.events).toEqual([
      { kind: 'silent', rank: 1, node: 'there', text: 'no sign of life for 0.12 s' },
    ]);
    lifeline.close();
    socket.destroy();
  });

  it('hears the signs of life of ranks that have nothing else to say', async () => {
    const members = await open([2, 2], { beatMs: 20 });
    const seconds = new Promise((resolve) => {
      setTimeout(resolve, 600);
    });
    await seconds;
    expect(members.flatMap(({ events }) => events)).toEqual([]);
  });

  it('passes on what ranks say without what steers a terminal', async () => {
    const [root, other] = await open([2]);
    other?.lifeline.announce('failed', `\u001b[31mred\u0007 \u202e and\nmore ${'x'.repeat(5000)}`);
    await until(() => root?.events.length === 1);
    const text = root?.events[0]?.text ?? '';
    expect(text).toMatch(/^\?\[31mred\? \? and more x+$/);
    expect(text).toHaveLength(1000);
  });

  it('does not let a stranger in, or be fooled by one', async () => {
    let port = 0;
    const events: PeerEvent[] = [];
    const warnings: string[] = [];
    const opening = openLifeline({
      place: { rank: 0, size: 2, nodeRank: 0, nodeSize: 2, node: 0, nodes: 1 },
      gather: async (value) => {
        const text = JSON.stringify(value);
        port = Number(/"port":(\d+)/.exec(text)?.[1] ?? port);
        return [value, value];
      },
      onPeer: (event) => events.push(event),
      onWarning: (message) => warnings.push(message),
      timeoutMs: 400,
    });
    await until(() => port > 0);
    const stranger = connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => stranger.once('close', resolve));
    stranger.resume();
    stranger.write('{"type":"hello","rank":1,"proof":"guessed"}\n');
    stranger.write('{"type":"event","kind":"lost","rank":1,"node":"n","text":"t"}\n');
    await closed;
    const lifeline = await opening;
    opened.push(lifeline);
    expect(lifeline.connected).toBe(false);
    expect(events).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/rank 0 has no side channel to the others \(.*1 of 1 ranks did not connect/);
  });
});
