/** Gates of a compiled circuit. `zsx-cx` is rz, sx, x and cx. */
export const GATE_SETS = ['u3-cx', 'zsx-cx', 'u3-cz'] as const;
export type GateSet = (typeof GATE_SETS)[number];
