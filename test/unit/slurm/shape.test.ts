import { describe, expect, it } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import { formatDuration, parseDuration } from '../../../src/slurm/duration.js';
import { leastOf } from '../../../src/slurm/facts.js';
import { exitCodeOf, hasEnded, parseStatus } from '../../../src/slurm/job.js';
import { shapeOf, type Predict, type Ranks } from '../../../src/slurm/shape.js';
import { parseSite } from '../../../src/slurm/site.js';

const GIB = 2 ** 30;
const node = { cpus: 64, memory: 100 * GIB };
const whole = { alone: false };

/** A job of so many seconds on one rank, each rank needing so many bytes. */
const work =
  (seconds: number, memoryBytes: number, asked: Ranks[] = []): Predict =>
  async (place) => {
    asked.push(place);
    return Promise.resolve({ seconds: seconds / place.ranks, memoryBytes });
  };

const never: Predict = async () => Promise.reject(new KroncutError('internal', 'asked'));
const unknown: Predict = async () => Promise.resolve(undefined);

describe('the size of a job', () => {
  it('is one node for a short one, with margins', async () => {
    const shape = await shapeOf({}, {}, node, work(600, 4 * GIB), whole);
    expect(shape).toMatchObject({ nodes: 1, tasksPerNode: 1, cpusPerTask: 64, memory: 7 * GIB });
    // Twice 600 s, five minutes, and a minute of grace.
    expect(shape.time).toBe(1560);
    expect(shape.rankMemory).toBe(90 * GIB);
  });

  it('is as many nodes as bring a long one below an hour, up to what the site has', async () => {
    expect(await shapeOf({}, { maxNodes: 64 }, node, work(20_000, GIB), whole)).toMatchObject({ nodes: 8 });
    expect(await shapeOf({}, { maxNodes: 6 }, node, work(200_000, GIB), whole)).toMatchObject({ nodes: 6 });
    expect(await shapeOf({ nodes: 3 }, { maxNodes: 6 }, node, work(200_000, GIB), whole)).toMatchObject({
      nodes: 3,
    });
    // Nodes that do not help are not taken.
    const stubborn: Predict = async () => Promise.resolve({ seconds: 7200, memoryBytes: GIB });
    expect(await shapeOf({}, { maxNodes: 64 }, node, stubborn, whole)).toMatchObject({ nodes: 1 });
  });

  it('has a rank for each GPU, and fewer where these lack memory', async () => {
    const asked: Ranks[] = [];
    const site = { gpusPerNode: 4 };
    expect(await shapeOf({}, site, node, work(10, GIB, asked), whole)).toMatchObject({
      tasksPerNode: 4,
      cpusPerTask: 16,
    });
    expect(asked).toEqual([{ ranks: 4, ranksPerNode: 4, threads: 16, memory: (90 * GIB) / 4 }]);
    expect(await shapeOf({}, site, node, work(10, 40 * GIB), whole)).toMatchObject({
      tasksPerNode: 2,
      cpusPerTask: 32,
    });
    await expect(shapeOf({ tasksPerNode: 4 }, site, node, work(10, 40 * GIB), whole)).rejects.toThrow(
      /fewer ranks/,
    );
    await expect(shapeOf({}, site, node, work(10, 95 * GIB), whole)).rejects.toMatchObject({
      code: 'memory',
    });
  });

  it('is given where it is given, and then nothing is predicted', async () => {
    const given = { time: 120, mem: 2 * GIB, nodes: 2, tasksPerNode: 3, cpusPerTask: 4 };
    expect(await shapeOf(given, {}, node, never, whole)).toMatchObject({
      nodes: 2,
      tasksPerNode: 3,
      cpusPerTask: 4,
      memory: 2 * GIB,
      time: 120,
      predicted: undefined,
    });
  });

  it('is refused where it would end as it begins, or has no memory to speak of', async () => {
    const shaped = shapeOf({ time: 300, grace: 600 }, {}, node, unknown, whole);
    await expect(shaped).rejects.toThrow(
      /limit of 5 min 0 s has to be longer than the 10 min 0 s of --grace/,
    );
    await expect(shapeOf({ time: 300, mem: 100 }, {}, node, unknown, whole)).rejects.toThrow(
      /--mem is 100 B, and 64.0 MiB or more are needed/,
    );
  });

  it('needs a time where nothing is predicted', async () => {
    await expect(shapeOf({}, {}, node, unknown, whole)).rejects.toThrow(/not predicted; say with --time/);
    expect(await shapeOf({ time: 120 }, {}, node, unknown, whole)).toMatchObject({
      memory: undefined,
      rankMemory: undefined,
    });
    expect(await shapeOf({ time: 120 }, { exclusive: true }, node, unknown, whole)).toMatchObject({
      memory: 'all',
    });
  });

  it('is not more than a node has, and no longer than the site lets jobs run', async () => {
    await expect(shapeOf({ tasksPerNode: 65 }, {}, node, work(1, 1), whole)).rejects.toThrow(
      /65 ranks .* has 64/,
    );
    expect((await shapeOf({}, { maxTime: 7200 }, node, work(1e6, GIB), whole)).time).toBe(7200);
    const threads = { alone: false, threads: 8 };
    expect(await shapeOf({}, {}, node, work(1, 1), threads)).toMatchObject({ cpusPerTask: 8 });
  });
});

it('times are read and written as sbatch does', () => {
  const texts = {
    '90': 5400,
    '1:30': 90,
    '2:00:00': 7200,
    '2-12': 216_000,
    '1-0:30': 88_200,
    '1-00:00:01': 86_401,
  };
  for (const [text, seconds] of Object.entries(texts)) {
    expect(parseDuration(text)).toBe(seconds);
    expect(parseDuration(formatDuration(seconds))).toBe(seconds);
  }
  for (const text of ['', '0', 'x', '1:2:3:4', '-1', '1.5', '1-', '2h'])
    expect(parseDuration(text)).toBeUndefined();
  expect(formatDuration(90_061)).toBe('1-01:01:01');
});

it('nodes have what the least of them has, in the default partition where none is named', () => {
  const listed = 'gpu 64 250000+\ncpu* 128+ 500000\ncpu* 96 600000\nodd\n';
  expect(leastOf(listed, undefined)).toEqual({ cpus: 96, memory: 500_000 * 2 ** 20 });
  expect(leastOf('gpu 64 250000+\n', 'gpu')).toEqual({ cpus: 64, memory: 250_000 * 2 ** 20 });
  expect(leastOf('\n', undefined)).toBeUndefined();
});

/** Exit code of a job in this state; undefined where it goes on. */
const ended = (state: string, exit: string): number | undefined => {
  const status = parseStatus(
    `JobId=7 JobName=x JobState=${state} Reason=NonZeroExitCode ExitCode=${exit} Restarts=0`,
  );
  return status !== undefined && hasEnded(status) ? exitCodeOf(status) : undefined;
};

it('a job ends as Slurm says', () => {
  expect(ended('RUNNING', '0:0')).toBeUndefined();
  expect(ended('PENDING', '138:0')).toBeUndefined();
  expect(ended('COMPLETED', '0:0')).toBe(0);
  expect(ended('FAILED', '3:0')).toBe(3);
  expect(ended('FAILED', '0:9')).toBe(137);
  expect(ended('CANCELLED', '0:0')).toBe(143);
  expect(ended('TIMEOUT', '0:0')).toBe(143);
  expect(ended('OUT_OF_MEMORY', '0:0')).toBe(4);
  expect(ended('NODE_FAIL', '0:0')).toBe(5);
  expect(parseStatus('')).toBeUndefined();
});

describe('a site file', () => {
  it('is read', () => {
    expect(parseSite({ memoryPerNode: '2GiB', maxTime: '2:00:00', mpi: null }, 'site.json')).toEqual({
      memoryPerNode: 2 * GIB,
      maxTime: 7200,
      mpi: null,
    });
  });

  it.each([
    [{ memory: 1 }, /site\.json: .*"memory".*; the keys are partition, /],
    [{ cpusPerNode: 0 }, /site\.json: cpusPerNode has to be more than 0$/],
    [{ memoryPerNode: 'much' }, /site\.json: memoryPerNode has to be a number of bytes/],
    [{ maxTime: 'long' }, /site\.json: maxTime has to be a time as Slurm/],
    [{ environment: { 'A B': 'x' } }, /site\.json: environment.A B has to be the name of a variable$/],
    [{ launcher: 'aprun' }, /site\.json: launcher has to be "srun" or "mpirun" or "none"$/],
    [[], /site\.json: it has to be an object$/],
  ])('is refused by name: %j', (data, message) => {
    expect(() => parseSite(data, 'site.json')).toThrow(message);
  });
});
