/** A server from its start to its end. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describeLauncher, type Environment } from '../../cluster/launcher.js';
import { cancelledBy, KroncutError } from '../../error.js';
import { loadAddon } from '../../native/load.js';
import { acquireLock } from '../../run/directory/lock.js';
import { thisProcess } from '../../run/directory/lockOwner.js';
import { availableMemory } from '../../run/resources/space.js';
import { checkOptions, type OptionTable } from '../../options/option.js';
import { aFunction, aSignal } from '../../options/readers.js';
import { SERVE_OPTIONS, type ServeOptions } from '../options/serve.js';
import { defaultPool } from '../protocol/address.js';
import { parseListen } from '../protocol/listen.js';
import { localServer, remoteServer } from './http.js';
import { launcherFor, requireRoom, type Machine } from '../launch/launch.js';
import { Log } from './log.js';
import {
  makeSocketPath,
  poolKey,
  preparePool,
  refuseLoginNode,
  removeAccess,
  removeEarlierSocket,
  removeSocket,
  writeAccess,
} from './place.js';
import { Mps } from '../launch/mps.js';
import { Pool } from '../dispatch/pool.js';
import { TimeLeft } from '../dispatch/timeLeft.js';
import { gpusOfNode, workersPerGpu } from '../launch/workers.js';

/** How a server is ended, and who hears that it is ready. */
export interface ServeContext {
  /** Ends the server; jobs that run go back into the queue. */
  readonly signal: AbortSignal;
  /** Called once clients can connect. */
  readonly onReady: (ready: Ready) => void;
}

const CONTEXT = {
  signal: { reader: aSignal, required: true },
  onReady: { reader: aFunction(), required: true },
} satisfies OptionTable<ServeContext>;

/** What a server says when it is ready. */
export interface Ready {
  readonly address: string;
  readonly pool: string;
  /** Of `listen`. */
  readonly remote?: string;
}

const MAX_CRASHES = 3;
/** Seconds without a job or a client after which a pool in an allocation, which costs, ends. */
const IDLE_IN_ALLOCATION = 600;
const LOOK_MS = 250;

/**
 * Serves the pool in a folder until the signal comes (then it throws `cancelled`) or nothing was to be done for `idleTimeout`.
 * Throws `usage` where another server has the folder, where this is a login node, or under a launcher of several ranks.
 */
export async function serve(options: ServeOptions, context: ServeContext): Promise<void> {
  checkOptions(SERVE_OPTIONS, options);
  checkOptions(CONTEXT, context);
  const { signal, onReady } = context;
  const env = process.env;
  if (describeLauncher(env).size !== 1) {
    throw new KroncutError(
      'usage',
      'serve is one process, which starts the ranks of its teams itself; start it without a launcher',
    );
  }
  if (options.force !== true) refuseLoginNode(env);
  const machine = machineFor(options, env);
  const folder = resolve(options.pool ?? defaultPool());
  await preparePool(folder);
  const lock = await acquireLock(folder, { signal });
  const log = new Log(join(folder, 'log'));
  const broken = new AbortController();
  const ended = new AbortController();
  const onFailure = (error: unknown): void => broken.abort(error);
  let mps: Mps | undefined;
  try {
    const { maxCrashes = MAX_CRASHES } = options;
    if (options.mps === true) mps = await Mps.start(machine, { onFailure, onRemark: log.say });
    const time = await TimeLeft.watch(env, AbortSignal.any([signal, ended.signal]));
    time.onEnd = (job): void =>
      onFailure(
        new KroncutError('rank', `Slurm's job ${job} has ended, and the pool with it; its jobs are kept`),
      );
    const pool = await Pool.open({
      folder,
      lock,
      machine: { ...machine, mps: mps?.base },
      maxCrashes,
      time,
      mps,
      log: log.say,
      onFailure,
    });
    try {
      await withDoors(pool, options, log.say, async (ready) => {
        log.say(`serves ${ready.address}`);
        onReady(ready);
        await untilEnd(pool, signal, broken.signal, idleSeconds(options, env));
      });
    } finally {
      await pool.close(signal.aborted ? 'the server was told to end' : 'the server ended').catch(onFailure);
    }
  } catch (error) {
    if (error instanceof Error) log.say(error.message);
    throw error;
  } finally {
    ended.abort();
    await mps?.close();
    await log.close();
    lock.release();
  }
}

function idleSeconds({ idleTimeout }: ServeOptions, env: Environment): number {
  return idleTimeout ?? (env['SLURM_JOB_ID'] === undefined ? Infinity : IDLE_IN_ALLOCATION);
}

/** Opens the ways in, works, and shuts them. */
async function withDoors(
  pool: Pool,
  { listen }: ServeOptions,
  log: (line: string) => void,
  work: (ready: Ready) => Promise<void>,
): Promise<void> {
  const { boot } = thisProcess();
  await removeEarlierSocket(pool.folder, boot);
  const path = await makeSocketPath();
  const local = localServer(pool, log);
  const servers: Server[] = [local];
  try {
    await listening(local, { path });
    const address = `unix:${path}`;
    let remote: string | undefined;
    let key: string | undefined;
    const place = listen === undefined ? undefined : parseListen(listen);
    if (place !== undefined) {
      key = await poolKey(pool.folder);
      const secure = remoteServer(pool, key, log);
      servers.push(secure);
      remote = remoteAddress(await listening(secure, place), place.host);
    }
    await writeAccess(pool.folder, {
      host: hostname(),
      boot,
      address,
      ...(remote === undefined
        ? {}
        : {
            remote,
            key,
          }),
    });
    await work({ address, pool: pool.folder, ...(remote === undefined ? {} : { remote }) });
  } finally {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await removeAccess(pool.folder);
    removeSocket(path);
  }
}

/** A pool that listens on all addresses is reached by the name of its machine. */
function remoteAddress(port: number, host: string): string {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `tls://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

async function listening(
  server: Server,
  place: { path: string } | { host: string; port: number },
): Promise<number> {
  server.listen(place);
  try {
    await once(server, 'listening');
  } catch (error) {
    const where = 'path' in place ? place.path : `${place.host}:${place.port}`;
    const why = error instanceof Error ? error.message : String(error);
    throw new KroncutError('usage', `${where} cannot be listened on: ${why}`, { cause: error });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilEnd(pool: Pool, signal: AbortSignal, broken: AbortSignal, idleS: number): Promise<void> {
  const either = AbortSignal.any([signal, broken]);
  while (pool.idleMs < idleS * 1000) {
    if (signal.aborted) throw cancelledBy(signal, 'interrupted; jobs that ran are in the queue again');
    broken.throwIfAborted();
    await setTimeout(LOOK_MS, undefined, { signal: either }).catch(() => {});
  }
}

function machineFor(options: ServeOptions, env: Environment): Machine {
  const { teams, threads, device } = options;
  const { addon } = loadAddon();
  const nodes = numberIn(env, 'SLURM_JOB_NUM_NODES') ?? 1;
  const tasks = numberIn(env, 'SLURM_NTASKS');
  const ofTeam =
    options.ranks ??
    ranksOnGpus(options, nodes, env) ??
    (tasks === undefined ? 1 : Math.max(1, Math.floor(tasks / (teams ?? nodes))));
  const machine = {
    launcher: launcherFor(ofTeam, env),
    nodes,
    teams: teams ?? nodes,
    ranks: ofTeam,
    cpus: numberIn(env, 'SLURM_CPUS_ON_NODE') ?? Math.max(addon.availableThreads(), availableParallelism()),
    memory: availableMemory(addon, 1),
    threads,
    device,
  };
  requireRoom(machine);
  return machine;
}

/** Ranks of each team where so many share each GPU. */
function ranksOnGpus(
  { workersPerGpu: asked, blockSize, teams }: ServeOptions,
  nodes: number,
  env: Environment,
): number | undefined {
  if (asked === undefined) return undefined;
  const gpus = gpusOfNode(env);
  const all = nodes * gpus.count * workersPerGpu(asked, blockSize, gpus);
  return Math.max(1, Math.floor(all / (teams ?? nodes)));
}

function numberIn(env: Environment, name: string): number | undefined {
  const value = Number(env[name] ?? '');
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
