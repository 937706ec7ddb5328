/** What the registrations of a run's tensors tell, without a look at their values. */
import { z } from 'zod';
import type { TensorFact } from '../../report/run/facts.js';
import type { Run } from '../../run/directory/run.js';
import { registrationFile } from '../../run/tensors/fileTensors.js';

const schema = z.object({
  seconds: z.number(),
  rank: z.number().optional(),
  began: z.string().optional(),
  counts: z.object({ shots: z.array(z.number()) }).optional(),
});

const TENSOR = /^tensors\/((\d+)(?:\.[^/]*)?)\.npy$/;

/** For use on the root: in the order of subcircuits. */
export async function tensorFacts(run: Run): Promise<TensorFact[]> {
  const facts: TensorFact[] = [];
  for (const [file, { size }] of Object.entries(run.stage('evaluate')?.files ?? {})) {
    const [, name, subcircuit] = TENSOR.exec(file) ?? [];
    if (name === undefined) continue;
    const told = await registration(run, name);
    const began = told?.began === undefined ? NaN : Date.parse(told.began);
    facts.push({
      name,
      subcircuit: Number(subcircuit),
      bytes: size,
      seconds: told?.seconds ?? 0,
      rank: told?.rank,
      began: Number.isNaN(began) ? undefined : began,
      shots: told?.counts?.shots.reduce((sum, each) => sum + each, 0),
    });
  }
  return facts.toSorted((a, b) => a.subcircuit - b.subcircuit || (a.name < b.name ? -1 : 1));
}

async function registration(run: Run, name: string): Promise<z.infer<typeof schema> | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await run.read(registrationFile(name))));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
