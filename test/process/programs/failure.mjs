// Connects all ranks; then rank VICTIM meets its end as HOW says, while the others wait for it in a barrier or, with
// `work`, do work of their own.   node failure.mjs HOW VICTIM [wait|work]
import { runRanks } from '../../../dist/cluster/runRanks.js';
import { connectCluster } from '../../../dist/cluster/connect.js';
import { describeLauncher } from '../../../dist/cluster/launcher.js';
import { KroncutError } from '../../../dist/error.js';
import { loadAddon } from '../../../dist/native/load.js';

const [how = '', victimText = '1', others = 'wait'] = process.argv.slice(2);
const victim = Number(victimText);

const never = () => new Promise((resolve) => setInterval(resolve, 1e6));
/** Also keeps the event loop alive, which the cluster alone does not. */
async function untilAborted(signal) {
  const timer = setInterval(() => {}, 1e6);
  await new Promise((resolve) => {
    signal?.addEventListener('abort', resolve);
  });
  clearInterval(timer);
}

async function interrupted(name, signal) {
  process.kill(process.pid, name);
  await untilAborted(signal);
  throw new KroncutError('cancelled', 'saved and stopped');
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const ends = {
  throw: () => {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    });
    return never();
  },
  reject: () => {
    void Promise.reject(new Error('rejected by nobody'));
    return never();
  },
  error: () => {
    throw new KroncutError('disk', 'the disk is full');
  },
  exit1: () => process.exit(1),
  // With the engine thread blocked in a barrier that never ends.
  exitBlocked: async (_, cluster) => {
    cluster.barrier().catch(() => {});
    await pause(100);
    process.exit(1);
  },
  exit0: () => process.exit(0),
  sigkill: () => process.kill(process.pid, 'SIGKILL'),
  sigsegv: () => process.kill(process.pid, 'SIGSEGV'),
  sigterm: (signal) => interrupted('SIGTERM', signal),
  sighup: (signal) => interrupted('SIGHUP', signal),
  sigusr1: (signal) => interrupted('SIGUSR1', signal),
  sigusr2: (signal) => interrupted('SIGUSR2', signal),
};

const { rank } = describeLauncher(process.env);
if (rank === victim && how.startsWith('early')) {
  // By then the others wait inside MPI_Init.
  await pause(2000);
  if (how === 'earlyKill') process.kill(process.pid, 'SIGKILL');
  process.exit(how === 'early0' ? 0 : 1);
}

async function body(cluster, signal) {
  await cluster.barrier();
  if (how === 'agreed')
    await cluster.agree(() => {
      if (cluster.rank === victim) throw new KroncutError('input', 'bell.qasm:3:1: no such gate');
    });
  await pause(100);
  if (cluster.rank === victim) {
    const end = ends[how];
    if (end !== undefined) return end(signal, cluster);
  }
  if (others === 'work') {
    await untilAborted(signal);
    throw new KroncutError('cancelled', 'saved and stopped');
  }
  await cluster.barrier();
  await pause(how === 'none' ? 0 : 1e6);
  return 0;
}

const { addon } = loadAddon();
if (others === 'library') {
  const cluster = await connectCluster({ addon });
  await body(cluster);
  await cluster.finalize();
} else {
  process.exitCode = await runRanks(
    {
      addon,
      report: (error, own) =>
        console.error(`kroncut: ${own === undefined ? '' : `rank ${own}: `}${error.message}`),
    },
    body,
  );
}
