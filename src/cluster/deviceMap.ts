/** Which device a rank has, and which ones are used no more. */
import { hostname } from 'node:os';
import type { Environment } from './launcher.js';

/**
 * The device of a rank: a node's ranks are dealt out to its devices in turn. What counts is the number of devices
 * this process can see: a launcher that binds each rank to one device shows it that one only, as number 0.
 *
 * @param nodeRank rank among those of the node
 * @param visible number of devices the process sees; undefined is returned for 0
 */
export function deviceOfRank(nodeRank: number, visible: number): number | undefined {
  return visible < 1 ? undefined : nodeRank % visible;
}

/** Devices that have failed: `HOST/IDENTITY` of each, with commas between. */
export const LEFT_OUT_VARIABLE = 'KRONCUT_LEFT_OUT';

/** The name of a device of this node in that list. */
export function leftOutName(identity: string): string {
  return `${hostname()}/${identity}`.replaceAll(/[,\s]/g, '_');
}

export function isLeftOut(identity: string, env: Environment): boolean {
  return (env[LEFT_OUT_VARIABLE] ?? '').split(',').includes(leftOutName(identity));
}
