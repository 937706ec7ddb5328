import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openLifeline } from '../../../src/cluster/lifeline.js';
import type { Lifeline, PeerEvent } from '../../../src/cluster/lifeline.js';

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
async function open(nodeSizes: readonly number[], timeoutMs = 5000): Promise<Member[]> {
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
        timeoutMs,
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
