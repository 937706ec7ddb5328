/** The device of a rank, and with how many other ranks it shares it. */
export interface DeviceShare {
  /** Index among the visible devices. */
  readonly device: number;
  /** This rank's number among, and the number of, the ranks that use the device. */
  readonly worker: number;
  readonly workers: number;
}

/**
 * Deals a node's ranks out to its devices in turn. What counts is the number of devices this process can see: a
 * launcher that binds each rank to one device shows it that one only, as number 0.
 *
 * @param visible number of devices the process sees; undefined is returned for 0.
 */
export function deviceShare(
  place: { readonly nodeRank: number; readonly nodeSize: number },
  visible: number,
): DeviceShare | undefined {
  if (visible < 1) return undefined;
  const device = place.nodeRank % visible;
  return {
    device,
    worker: Math.floor(place.nodeRank / visible),
    workers: Math.floor((place.nodeSize - 1 - device) / visible) + 1,
  };
}
