/** NVIDIA's Multi-Process Service of a pool: where it is on each node, and what the server says to those who keep it there. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The program that starts and rules the service on a node. */
export const MPS_CONTROL = 'nvidia-cuda-mps-control';
/** Names, for the ranks of teams, what the folders of the service begin with on all nodes. */
export const MPS_VARIABLE = 'KRONCUT_POOL_MPS';

/** The folder of the service on this node. Nodes may share a file system. */
export function mpsFolder(base: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const node = env['SLURMD_NODENAME'] ?? hostname();
  return `${base}-${node.replaceAll(/[^\w.-]/g, '_').slice(0, 20)}`;
}

/** What CUDA, and the control program, find the service of a folder by. */
export function mpsEnvironment(folder: string): Record<string, string> {
  return { CUDA_MPS_PIPE_DIRECTORY: join(folder, 'pipe'), CUDA_MPS_LOG_DIRECTORY: join(folder, 'log') };
}

const clientSchema = z.object({ pid: z.number().int().positive(), host: z.string() });
export type MpsClient = z.infer<typeof clientSchema>;

/** To the keeper on every node, on its standard input, whose end is the end of the service. */
export const mpsOrderSchema = z.object({
  ticket: z.number().int(),
  /** Processes of any node. */
  terminate: z.array(clientSchema),
});

/** From a keeper, a line of JSON each. */
export const mpsReportSchema = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ready') }),
  z.object({ say: z.literal('terminated'), ticket: z.number().int() }),
]);
