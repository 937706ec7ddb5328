/** Several ranks in one process: the collective calls of `Cluster` over shared memory, for tests without MPI. */
import { decode, encode, fromWire, toWire, type Wire, type WireError } from '../../src/cluster/wire.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { JobBoard, type Job } from '../../src/cluster/job.js';
import { KroncutError } from '../../src/error.js';
import { toKroncutError } from '../../src/native/invoke.js';

/** A place where all ranks bring something and leave with what the others brought. */
class Round {
  readonly #size: number;
  readonly #parts: Uint8Array[] = [];
  #arrived = 0;
  #release: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  async meet(rank: number, part: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#parts[rank] = part;
    this.#arrived += 1;
    if (this.#arrived < this.#size) {
      await new Promise<void>((resolve) => {
        this.#release.push(resolve);
      });
    } else {
      for (const release of this.#release) release();
    }
    return this.#parts;
  }
}

class LocalRank implements Cluster {
  readonly nodeRank: number;
  readonly nodeSize: number;
  readonly node = 0;
  readonly nodes = 1;
  readonly launcher = 'none';
  readonly isRoot: boolean;
  #turn = 0;

  constructor(
    readonly rank: number,
    readonly size: number,
    private readonly rounds: Round[],
    private readonly counters: number[],
    private readonly jobs: JobBoard,
  ) {
    this.nodeRank = rank;
    this.nodeSize = size;
    this.isRoot = rank === 0;
  }

  async barrier(): Promise<void> {
    await this.gather(null);
  }

  async broadcast<T extends Wire<T>>(value: T): Promise<T> {
    const [first = new Uint8Array()] = await this.#exchange(encode(value));
    return decode<T>(first);
  }

  async gather<T extends Wire<T>>(value: T): Promise<T[]> {
    const parts = await this.#exchange(encode(value));
    return parts.map((part) => decode<T>(part));
  }

  async reduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array> {
    const parts = await this.gather(values);
    const combine = { sum: (a: number, b: number) => a + b, min: Math.min, max: Math.max }[operation];
    return Float64Array.from(values, (_, i) =>
      parts.map((part) => part[i] ?? 0).reduce((a, b) => combine(a, b)),
    );
  }

  async shareDevice(identity: string): Promise<{ rank: number; size: number }> {
    const users = (await this.gather(identity)).flatMap((used, rank) => (used === identity ? [rank] : []));
    return { rank: users.indexOf(this.rank), size: users.length };
  }

  async onRoot<T extends Wire<T>>(body: () => Promise<T> | T): Promise<T> {
    const outcome = this.isRoot ? await settle(async () => encode(await body())) : {};
    const { error, value } = await this.broadcast<Outcome>(outcome);
    if (error !== undefined) throw fromWire(error, 0);
    if (value === undefined) throw new KroncutError('internal', 'the root brought neither value nor error');
    return decode<T>(value);
  }

  async agree<T>(body: () => Promise<T> | T): Promise<T> {
    let value: T;
    let error: WireError | null = null;
    try {
      value = await body();
    } catch (thrown) {
      error = toWire(thrown);
      await this.#throwFirst(error);
      throw toKroncutError(thrown);
    }
    await this.#throwFirst(error);
    return value;
  }

  async nextTask(counter: number): Promise<number> {
    return this.count(counter, 1);
  }

  async count(counter: number, amount: number): Promise<number> {
    const before = this.counters[counter] ?? 0;
    this.counters[counter] = before + amount;
    return before;
  }

  async taskCounter(): Promise<number> {
    return this.broadcast(this.isRoot ? this.counters.push(0) - 1 : 0);
  }

  beginJob(signal: AbortSignal | undefined): Job {
    return this.jobs.begin(signal);
  }

  async finalize(): Promise<void> {
    await this.barrier();
  }

  async #throwFirst(error: WireError | null): Promise<void> {
    const errors = await this.gather(error);
    for (const [rank, found] of errors.entries()) if (found !== null) throw fromWire(found, rank);
  }

  async #exchange(message: Uint8Array): Promise<readonly Uint8Array[]> {
    const turn = this.#turn;
    this.#turn += 1;
    const round = this.rounds[turn] ?? new Round(this.size);
    this.rounds[turn] = round;
    return round.meet(this.rank, message);
  }
}

interface Outcome {
  readonly value?: Uint8Array;
  readonly error?: WireError;
}

async function settle(body: () => Promise<Uint8Array>): Promise<Outcome> {
  try {
    return { value: await body() };
  } catch (thrown) {
    return { error: toWire(thrown) };
  }
}

/**
 * Runs `body` on `size` ranks at once and gives their results in rank order. With `news` false no rank hears of a job that
 * another one cancelled but in collective calls.
 */
export async function onLocalRanks<T>(
  size: number,
  body: (cluster: Cluster) => Promise<T>,
  { news = true }: { readonly news?: boolean } = {},
): Promise<T[]> {
  const rounds: Round[] = [];
  const counters: number[] = [];
  const boards: JobBoard[] = Array.from({ length: size }, (_, rank) => {
    const tell = (job: number, reason: string): void => {
      if (news) for (const other of boards) if (other !== boards[rank]) other.hear(rank, job, reason);
    };
    return new JobBoard(tell);
  });
  return Promise.all(boards.map((jobs, rank) => body(new LocalRank(rank, size, rounds, counters, jobs))));
}
