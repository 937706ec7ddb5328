/** What `cut --json` prints of the circuit of eight qubits that tests of the program cut. */
import { z } from 'zod';

export const cutSummary = z.object({
  width: z.number(),
  qubits: z.literal(8),
  subcircuits: z.array(
    z.object({ index: z.number(), width: z.number(), outputQubits: z.number(), gates: z.number() }),
  ),
  wireCuts: z.number(),
  gateCuts: z.number(),
  samplingOverhead: z.number(),
  gamma: z.number(),
  gammaJoint: z.number(),
  lowerBound: z.number().nullable(),
  bonds: z.number(),
  proven: z.boolean(),
  seconds: z.number(),
});
