/** How large a job is asked for: nodes, ranks, CPUs, memory and time, from what its command is predicted to take. */
import { TIME_MARGIN, type Predicted } from '../api/predicted.js';
import { KroncutError } from '../error.js';
import { formatBytes, formatSeconds } from '../run/resources/units.js';
import { DEFAULT_GRACE, type SlurmOptions } from './options.js';
import type { Site } from './site.js';

export interface Ranks {
  readonly ranks: number;
  readonly ranksPerNode: number;
  /** Of each rank. */
  readonly threads: number;
  readonly memory: number;
}
/** What a command would take on some ranks; undefined: nobody can say before it runs. Rejects with `memory` where it does not fit. */
export type Predict = (place: Ranks) => Promise<Predicted | undefined>;

/** What a node has. */
export interface NodeFacts {
  readonly cpus: number;
  readonly memory: number;
}

export interface Shape {
  readonly nodes: number;
  readonly tasksPerNode: number;
  readonly cpusPerTask: number;
  readonly gpusPerNode: number;
  /** Bytes of each node; `all` it has; undefined: what Slurm gives. */
  readonly memory: number | 'all' | undefined;
  /** Bytes that each rank plans with. */
  readonly rankMemory: number | undefined;
  /** Seconds. */
  readonly time: number;
  readonly predicted: Predicted | undefined;
}

/** What is asked for beyond a prediction of memory, and what every job takes to start. */
export const START_SECONDS = 300;
export const MEMORY_MARGIN = 1.5;
const START_BYTES = 512 * 2 ** 20;
const GIBIBYTE = 2 ** 30;
const LEAST_MEMORY = 64 * 2 ** 20;
/** Share of a node's memory that ranks may plan with. */
const USABLE = 0.9;
/** More nodes are taken where a job is predicted to take longer than this, and as long as they help so much. */
const LONG_SECONDS = 3600;
const WORTH = 0.9;

/** Ranks on nodes, before their number and memory are known. */
interface Frame {
  readonly tasksPerNode: number;
  readonly cpusPerTask: number;
  /** Bytes that a rank may plan with. */
  readonly memory: number;
}

/**
 * The size of a job. Throws `usage` where nothing is predicted and no time is given, or where a node has less than is asked
 * for; `memory` where nothing that the site has is enough.
 */
export async function shapeOf(
  options: SlurmOptions,
  site: Site,
  node: NodeFacts,
  predict: Predict,
  fixed: { readonly threads?: number | undefined; readonly alone: boolean },
): Promise<Shape> {
  checkMemory(options);
  const gpusPerNode = options.gpusPerNode ?? site.gpusPerNode ?? 0;
  const frames = framesOf(options, site, node, gpusPerNode, fixed);
  const unasked = options.time !== undefined && options.mem !== undefined;
  const found = unasked ? undefined : await firstFit(frames, options, site, predict);
  const [frame = frames[0], nodes = options.nodes ?? 1, predicted] = found ?? [];
  if (frame === undefined) throw new KroncutError('internal', 'a job without ranks');
  const { tasksPerNode, cpusPerTask } = frame;
  const time = timeOf(options, site, predicted);
  checkTime(options, time);
  const memory = memoryOf(options, site, node, tasksPerNode, predicted);
  // Ranks plan with what the prediction went by, so that they choose as it did.
  const rankMemory =
    predicted !== undefined || options.mem !== undefined ? Math.floor(frame.memory) : undefined;
  return { nodes, tasksPerNode, cpusPerTask, gpusPerNode, memory, rankMemory, time, predicted };
}

/** Ways to divide a node among ranks, the one with most ranks first; ranks with more memory follow where that is open. */
function framesOf(
  { tasksPerNode, cpusPerTask, mem }: SlurmOptions,
  site: Site,
  node: NodeFacts,
  gpusPerNode: number,
  { threads, alone }: { readonly threads?: number | undefined; readonly alone: boolean },
): Frame[] {
  const given = alone ? 1 : (tasksPerNode ?? site.tasksPerNode);
  const most = given ?? Math.max(1, gpusPerNode);
  const counts = given === undefined ? halves(most) : [given];
  const usable = (mem ?? node.memory) * USABLE;
  return counts.map((tasks) => {
    const cpus = cpusPerTask ?? threads ?? Math.max(1, Math.floor(node.cpus / tasks));
    if (tasks * cpus > node.cpus) {
      throw new KroncutError(
        'usage',
        `${tasks} ranks on a node with ${cpus} CPUs each need ${tasks * cpus} CPUs, but a node has ${node.cpus}; ` +
          '--tasks-per-node or --cpus-per-task says less, and --site what a node has',
      );
    }
    return { tasksPerNode: tasks, cpusPerTask: cpus, memory: usable / tasks };
  });
}

/** A number, half of it, and so on to 1. */
function halves(most: number): number[] {
  return most === 1 ? [1] : [most, ...halves(Math.ceil(most / 2))];
}

/** The first way that has memory enough, on as many nodes as are worth it. */
async function firstFit(
  frames: readonly Frame[],
  { nodes: given }: SlurmOptions,
  { maxNodes = 1 }: Site,
  predict: Predict,
): Promise<[Frame, number, Predicted | undefined]> {
  let unfit: unknown;
  for (const frame of frames) {
    try {
      let nodes = given ?? 1;
      let best = await fitting(frame, nodes, predict);
      const most = given ?? maxNodes;
      while (best !== undefined && best.seconds > LONG_SECONDS && nodes < most) {
        const more = Math.min(2 * nodes, most);
        const next = await fitting(frame, more, predict);
        if (next === undefined || next.seconds > WORTH * best.seconds) break;
        [nodes, best] = [more, next];
      }
      return [frame, nodes, best];
    } catch (error) {
      if (!(error instanceof KroncutError) || error.code !== 'memory') throw error;
      unfit = error;
    }
  }
  throw unfit;
}

async function fitting(frame: Frame, nodes: number, predict: Predict): Promise<Predicted | undefined> {
  const { tasksPerNode, cpusPerTask: threads, memory } = frame;
  const predicted = await predict({
    ranks: nodes * tasksPerNode,
    ranksPerNode: tasksPerNode,
    threads,
    memory,
  });
  if (predicted === undefined || predicted.memoryBytes <= memory) return predicted;
  const who = tasksPerNode === 1 ? 'the rank on a node' : `each of ${tasksPerNode} ranks on a node`;
  const cure =
    tasksPerNode === 1
      ? '--mem asks for more'
      : 'fewer ranks (--tasks-per-node) have more each, and --mem asks for more';
  throw new KroncutError(
    'memory',
    `${who} is predicted to need ${formatBytes(predicted.memoryBytes)} of memory, but ${formatBytes(memory)} are its share ` +
      `of a node; ${cure}`,
  );
}

/** Throws `usage` for a job that would end as it begins. */
function checkTime({ grace = DEFAULT_GRACE }: SlurmOptions, time: number): void {
  if (time > grace) return;
  throw new KroncutError(
    'usage',
    `the job would save and end as it begins: its time limit of ${formatSeconds(time)} has to be longer than ` +
      `the ${formatSeconds(grace)} of --grace`,
  );
}

/** Throws `usage` for what no process can do with, as where a number was meant in the unit of sbatch. */
function checkMemory({ mem }: SlurmOptions): void {
  if (mem !== undefined && mem < LEAST_MEMORY) {
    throw new KroncutError(
      'usage',
      `--mem is ${formatBytes(mem)}, and ${formatBytes(LEAST_MEMORY)} or more are needed; a unit belongs to the number, as in 100MiB`,
    );
  }
}

function timeOf(
  { time, grace = DEFAULT_GRACE }: SlurmOptions,
  { maxTime }: Site,
  predicted: Predicted | undefined,
): number {
  if (time !== undefined) return time;
  if (predicted === undefined) {
    throw new KroncutError(
      'usage',
      'what this command takes is not predicted; say with --time how long the job may run',
    );
  }
  const asked = 60 * Math.ceil((predicted.seconds * TIME_MARGIN + START_SECONDS + grace) / 60);
  // A job that takes longer goes on when its time is over.
  return Math.min(asked, maxTime ?? Infinity);
}

function memoryOf(
  { mem }: SlurmOptions,
  { exclusive }: Site,
  node: NodeFacts,
  tasksPerNode: number,
  predicted: Predicted | undefined,
): number | 'all' | undefined {
  if (mem !== undefined) return mem;
  if (exclusive === true) return 'all';
  if (predicted === undefined) return undefined;
  const each = predicted.memoryBytes * MEMORY_MARGIN + START_BYTES;
  return Math.min(GIBIBYTE * Math.ceil((tasksPerNode * each) / GIBIBYTE), node.memory);
}
