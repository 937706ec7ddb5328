/** `compile --dry-run`: what compiling would take. */
import { largestTask, leastMemory, rankCapacity, shareOf, workersFor } from '../compile/ranks/blockMemory.js';
import { blockTasks, countTogether } from '../compile/ranks/blockTasks.js';
import { roundParts, type Round } from '../compile/rounds.js';
import { intoSections, sideOf } from '../compile/sections.js';
import { predictCompile, type RoundPrediction } from '../predict/predictCompile.js';
import { circuitOptions, sizeOf, versionOf, type CircuitSize } from './compile.js';
import { comparisonSeconds } from './verification/checkCompiled.js';
import { type CompileOptions, COMPILE_OPTIONS } from './options/compile.js';
import { withContext } from './context.js';
import { gateSetOf } from './input/gateSet.js';
import { readCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { asProcess, type Prediction } from '../predict/predictStages.js';
import { version } from '../installation.js';

/** What compiling a circuit would take: blocks, rounds, seconds, bytes on each rank. */
export interface CompileDryRun {
  readonly dryRun: true;
  readonly before: CircuitSize;
  readonly blocks: number;
  /** How a rank works on the block that needs most memory, and others like it; null where there is no block. */
  readonly workers: CompileWorkers | null;
  /** Every round, as if none ended early. */
  readonly rounds: readonly RoundPrediction[];
  /** Share of the work that was done, within two seconds, to time the rest by; 0: by experience alone. */
  readonly compiledShare: number;
  readonly stages: Readonly<Record<string, Prediction>>;
  readonly total: Prediction;
}

/** How many work on blocks at a time, and with what. */
export interface CompileWorkers {
  readonly qubits: number;
  /** What the block takes with one thread, and what a rank has; where that is less, `compile` refuses. */
  readonly leastMemoryBytes: number;
  readonly availableBytes: number;
  readonly blocksSideBySide: number;
  /** Threads of each. */
  readonly threads: number;
  /** Blocks that all ranks work on together. */
  readonly together: number;
}

/** Seconds of keeping a block: one thread opens, writes and renames its file. */
const KEEP_SECONDS = 5e-4;

/** Text of a gate in a file. */
const BYTES_PER_GATE = 90;

/**
 * Collective: what `compile` would take, in seconds and bytes; nothing is compiled or written.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted.
 */
export async function dryRunCompile(
  source: CircuitSource,
  options: CompileOptions = {},
): Promise<CompileDryRun> {
  await checkCall(COMPILE_OPTIONS, options, () => checkSource(source));
  return withContext(options, async (context) => {
    const asked = await context.cluster.onRoot(async () =>
      circuitOptions(options, await gateSetOf(context, options)),
    );
    return context.cluster.onRoot(async () => {
      const keeping = { version: versionOf(options), always: false };
      const { circuit, fences } = await readCircuit(context, source, { ...options, keeping });
      const round: Round = { blockSize: asked.blockSize, stage: 'shorten', number: 0 };
      const { sections } = intoSections({ gates: circuit.gates, fences }, circuit.qubits, sideOf(0));
      const blocks = sections.flatMap((gates) => roundParts({ ...circuit, gates }, round));
      const cores = blocks.map(({ block }) => block).filter(({ gates: inside }) => inside.length > 0);
      // Blocks that are alike are compiled, and kept, once.
      const { tasks } = blockTasks(cores, context, { ...asked, pairs: true, stage: 'shorten' }, version());
      const gates = tasks.reduce((sum, { block }) => sum + block.gates.length, 0);
      const largest = largestTask(tasks);
      let [workers, memoryBytes]: [CompileWorkers | null, number] = [null, 0];
      if (largest !== undefined) {
        const together = countTogether(tasks, context.cluster.size);
        const { lanes, threads } = workersFor(largest.need, rankCapacity(context, tasks.length));
        memoryBytes = lanes * shareOf(largest.need, { lanes, threads }).memory;
        workers = {
          qubits: largest.block.qubits,
          leastMemoryBytes: leastMemory(largest.need),
          availableBytes: context.memory,
          blocksSideBySide: lanes,
          threads,
          together,
        };
      }
      const { seconds, rounds, compiledShare } = await predictCompile(
        context,
        circuit,
        asked,
        version(),
        fences,
      );
      const kept = rounds.reduce((sum, round) => sum + round.blocks, 0);
      // Larger blocks take what is left of a budget.
      const compiling = Math.max(seconds, options.budget ?? 0);
      const total = asProcess({
        seconds: compiling + KEEP_SECONDS * kept + comparisonSeconds(context, circuit),
        memoryBytes,
        diskBytes: 2 * BYTES_PER_GATE * gates,
      });
      return {
        dryRun: true,
        before: sizeOf(circuit, fences),
        blocks: blocks.length,
        workers,
        rounds,
        compiledShare,
        stages: { compile: total },
        total,
      };
    });
  });
}
