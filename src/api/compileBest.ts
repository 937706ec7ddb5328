/** What a compilation has by the time somebody ends it: the best circuit so far is kept, too. */
import type { Circuit } from '../circuit/circuit.js';
import { circuitDepth, countTwoQubitGates } from '../circuit/circuitFacts.js';
import type { CompiledCircuit } from '../compile/compileCircuit.js';
import type { CircuitOptions } from '../compile/compileRound.js';
import { isBetter } from '../compile/gates/figures.js';
import { objectiveOf } from '../compile/gates/objective.js';
import { toU3Cx } from '../compile/gates/rewrite.js';
import { KroncutError } from '../error.js';
import { outputPlace } from '../run/files/output.js';

/** What circuits are compared by: less of the first figure is better, then of the next one. */
export function figuresOf(
  options: Pick<CircuitOptions, 'objective' | 'gateSet'>,
  qubits: number,
  { gates, angle }: Pick<CompiledCircuit, 'gates' | 'angle'>,
): number[] {
  const { figures } = objectiveOf(options);
  return [...figures(qubits, gates, angle), circuitDepth({ qubits, gates }), gates.length];
}

export class BestSoFar {
  private readonly begun: (() => CompiledCircuit)[] = [];

  /** `output`: where circuits go; only into a file of its own goes one that is not finished. */
  constructor(
    private readonly output: string | undefined,
    private readonly options: Pick<CircuitOptions, 'objective' | 'gateSet'>,
  ) {}

  /** Notes what tells the shortest circuit of one compilation. */
  add(best: () => CompiledCircuit): void {
    this.begun.push(best);
  }

  /**
   * For use on the root: where `error` is that of an interruption, writes the shortest circuit so far, and gives the error
   * that says so; else gives `error`.
   */
  async keep(
    error: unknown,
    { qubits, gates }: Pick<Circuit, 'qubits' | 'gates'>,
    write: (compiled: CompiledCircuit) => Promise<unknown>,
  ): Promise<unknown> {
    const { output } = this;
    if (!(error instanceof KroncutError) || error.code !== 'cancelled' || output === undefined) return error;
    const [first, ...others] = this.begun.map((best) => best());
    if (first === undefined || (await outputPlace(output)).direct) return error;
    const figures = (compiled: CompiledCircuit): number[] => figuresOf(this.options, qubits, compiled);
    const best = others.reduce((a, b) => (isBetter(figures(b), figures(a)) ? b : a), first);
    try {
      await write(best);
    } catch {
      // What ended the work is what there is to say.
      return error;
    }
    const [before, after] = [toU3Cx(gates), best.gates].map(countTwoQubitGates);
    const kept = `${output} has the shortest circuit so far, of ${after} gates on two qubits where ${before} cx were; the same command goes on`;
    return new KroncutError('cancelled', `${error.message}; ${kept}`, {
      cause: error,
      details: { ...error.details, kept },
    });
  }
}
