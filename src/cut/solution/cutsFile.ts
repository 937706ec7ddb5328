/** `cuts.json` of a run directory: parts, subcircuits and the quality of the solution, written and read back. */
import { z } from 'zod';
import { schemaFault } from '../../run/files/schemaFault.js';
import { KroncutError } from '../../error.js';
import type { CutCircuit } from '../model/cutCircuit.js';
import type { GatePart } from '../model/cutGraph.js';
import { cutsFault } from './cutsFault.js';
import type { SolutionQuality } from './summary.js';
import { nextStep } from '../../options/optionName.js';

/** Version of the layout of `cuts.json`. */
export const CUTS_FILE_VERSION = 2;

export interface CutsFile {
  /** One entry per two-qubit gate in circuit order, as in a manual cuts file. */
  readonly parts: readonly GatePart[];
  readonly quality: SolutionQuality;
  readonly cutCircuit: CutCircuit;
}

const index = z.number().int().nonnegative();
const ends = z.array(z.object({ cut: index, qubit: index }));
const TAKEN = ['cut', 'statevector', 'contract'] as const;
// JSON has no Infinity: what does not fit is written as null.
const finite = z.number().nullable();
const cost = z
  .object({ seconds: finite, memoryBytes: finite, fits: z.boolean() })
  .transform(({ seconds, memoryBytes, fits }) => ({
    seconds: seconds ?? Infinity,
    memoryBytes: memoryBytes ?? Infinity,
    fits,
  }));
const schema = z.object({
  version: z.literal(CUTS_FILE_VERSION),
  parts: z.array(z.union([index, z.tuple([index, index])])),
  quality: z.object({
    objective: z.enum(['cost', 'sampling']),
    // JSON has no Infinity: an overhead beyond the range of a double is written as null.
    value: z.number().nullable(),
    lowerBound: z.number().nullable(),
    proven: z.boolean(),
    seconds: z.number(),
    reuseQubits: z.boolean().optional(),
    classicalCommunication: z.boolean().optional(),
    method: z
      .object({
        asked: z.enum(['auto', 'statevector', 'contract']),
        taken: z.enum(TAKEN),
        predicted: z.partialRecord(z.enum(TAKEN), cost),
      })
      .optional(),
  }),
  cutCircuit: z.object({
    qubits: index,
    outcomeBits: index,
    zeroBits: z.array(index),
    subcircuits: z.array(
      z.object({
        index,
        width: index,
        gates: z.array(z.object({ name: z.string(), qubits: z.array(index), params: z.array(z.number()) })),
        inputs: ends,
        outputs: ends,
        gateEnds: z.array(
          z.object({
            cut: index,
            qubit: index,
            end: z.union([z.literal(0), z.literal(1)]),
            position: index,
            others: z.array(index).optional(),
          }),
        ),
        outcomes: z.array(z.object({ bit: index, qubit: index })),
        wires: z.array(index),
      }),
    ),
    cuts: z.array(
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('wire'),
          index,
          qubit: index,
          from: index,
          to: index,
          bonds: z.array(index),
        }),
        z.object({
          kind: z.literal('gate'),
          index,
          qubits: z.tuple([index, index]),
          sides: z.tuple([z.array(index).min(1), z.array(index).min(1)]).optional(),
          from: index,
          to: index,
          gates: z.array(index),
          unitary: z.array(z.number()).length(32),
          bonds: z.array(index),
          shared: z
            .object({
              leader: index,
              control: z.union([z.literal(0), z.literal(1)]),
              basis: z.array(z.number()).length(8),
            })
            .optional(),
        }),
      ]),
    ),
  }),
});

/** The text of `cuts.json`. It can be given to `--cuts` for another run of the same circuit. */
export function cutsFile(content: CutsFile): string {
  return `${JSON.stringify({ version: CUTS_FILE_VERSION, ...content })}\n`;
}

/** Reads `cuts.json` back. Throws `input` with the file and the place in it that is wrong. */
export function readCutsFile(text: string, file: string): CutsFile {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new KroncutError(
      'input',
      `${file}: not JSON; ${nextStep("run 'kroncut cut' again", 'cut again')} to write it`,
      { cause },
    );
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const wrong = schemaFault(parsed.error);
    throw new KroncutError(
      'input',
      `${file}: ${wrong}; ${nextStep("run 'kroncut cut' again", 'cut again')} to write it`,
    );
  }
  const { parts, quality, cutCircuit } = parsed.data;
  const fault = cutsFault(cutCircuit);
  if (fault !== undefined) {
    throw new KroncutError(
      'input',
      `${file}: ${fault}; ${nextStep("run 'kroncut cut' again", 'cut again')} to write it`,
    );
  }
  return { parts, quality: { ...quality, value: quality.value ?? Infinity }, cutCircuit };
}
