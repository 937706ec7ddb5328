/** What the nodes of a cluster have. */
import { availableParallelism, totalmem } from 'node:os';
import { askSlurm } from '../cluster/timeLimit.js';
import type { NodeFacts } from './shape.js';
import type { Site } from './site.js';

const MEBIBYTE = 2 ** 20;

/** By the site file; else the least that a node of the partition has, by Slurm; else this machine. */
export async function nodeFacts(site: Site, partition: string | undefined): Promise<NodeFacts> {
  const { cpusPerNode, memoryPerNode } = site;
  if (cpusPerNode !== undefined && memoryPerNode !== undefined) {
    return { cpus: cpusPerNode, memory: memoryPerNode };
  }
  const which = partition === undefined ? [] : [`--partition=${partition}`];
  const listed = await askSlurm('sinfo', '--noheader', '--format=%P %c %m', ...which);
  const asked = listed === undefined ? undefined : leastOf(listed, partition);
  return {
    cpus: cpusPerNode ?? asked?.cpus ?? availableParallelism(),
    memory: memoryPerNode ?? asked?.memory ?? totalmem(),
  };
}

/**
 * Of lines with a partition, CPUs and MiB, the least of each; of the default partition, which a star marks, where none is named.
 * A plus sign says that some nodes have more.
 */
export function leastOf(listed: string, partition: string | undefined): NodeFacts | undefined {
  const rows = listed.split('\n').flatMap((line) => {
    const found = /^(\S+?)(\*?)\s+(\d+)\+?\s+(\d+)\+?\s*$/.exec(line.trim());
    if (found === null) return [];
    const [, , star, cpus, memory] = found;
    return [{ isDefault: star === '*', cpus: Number(cpus), memory: Number(memory) * MEBIBYTE }];
  });
  const own =
    partition === undefined && rows.some(({ isDefault }) => isDefault)
      ? rows.filter(({ isDefault }) => isDefault)
      : rows;
  if (own.length === 0) return undefined;
  return {
    cpus: Math.min(...own.map(({ cpus }) => cpus)),
    memory: Math.min(...own.map(({ memory }) => memory)),
  };
}
