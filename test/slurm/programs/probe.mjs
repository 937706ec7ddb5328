// One rank that says where it stands: one line of JSON per rank, printed by the root, in rank order.
import process from 'node:process';
import { connectCluster } from '../../../dist/cluster/connect.js';
import { deviceOfRank } from '../../../dist/cluster/deviceMap.js';
import { loadAddon } from '../../../dist/native/load.js';

const loaded = loadAddon();
const { CUDA_VISIBLE_DEVICES: visible, SLURM_PROCID, SLURMD_NODENAME } = process.env;
try {
  const cluster = await connectCluster({ addon: loaded.addon });
  const devices = visible === undefined || visible === '' ? 0 : visible.split(',').length;
  const task = await cluster.nextTask(await cluster.taskCounter());
  const device = deviceOfRank(cluster.nodeRank, devices);
  const sharing = await cluster.shareDevice(
    device === undefined ? 'cpu' : `gpu ${visible.split(',')[device]}`,
  );
  const lines = await cluster.gather({
    variant: loaded.variant,
    rank: cluster.rank,
    size: cluster.size,
    nodeRank: cluster.nodeRank,
    nodeSize: cluster.nodeSize,
    node: cluster.node,
    nodes: cluster.nodes,
    task,
    slurmRank: Number(SLURM_PROCID),
    slurmNode: SLURMD_NODENAME,
    visible: visible ?? null,
    device: device ?? null,
    sharing,
  });
  if (cluster.isRoot) for (const line of lines) console.log(JSON.stringify(line));
  await cluster.finalize();
} catch (error) {
  console.error(`${error.code}: ${error.message}`);
  process.exit(error.exitCode ?? 1);
}
