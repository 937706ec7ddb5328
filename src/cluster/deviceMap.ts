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
