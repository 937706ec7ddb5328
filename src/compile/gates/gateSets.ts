/** Gates of a compiled circuit: on one qubit, and on two. `zsx` is rz, sx and x. */
export const GATE_SETS = ['u3-cx', 'zsx-cx', 'u3-cz', 'zsx-cz', 'zsx-ecr', 'u3-rzz', 'u3-iswap'] as const;
export type GateSet = (typeof GATE_SETS)[number];
