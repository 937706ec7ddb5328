/**
 * Order in which gates are tried: all `cx` first, then the `u3`; along the circuit, or against it; or as the first, but
 * some neighbours at a time, of which the largest group that can go goes.
 */
export const SCANS = ['weight', 'left', 'right', 'tree'] as const;
export type Scan = (typeof SCANS)[number];
