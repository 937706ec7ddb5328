/**
 * Runs HiGHS (WebAssembly, single-threaded) in a worker thread, so that the event loop stays free and the search
 * can be ended at any moment with the best answer kept.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { KroncutError } from '../../../error.js';

/** A mixed-integer program: minimise cost . x subject to row bounds, column bounds and integrality. Rows are CSR. */
export interface MipModel {
  readonly cost: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 for an integer column. */
  readonly integer: Int32Array;
  /** A bound within this of the best solution proves it. */
  readonly gap: number;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

export interface MipResult {
  /** `optimal`: proven; `infeasible`: proven; `stopped`: the budget was used up, or the signal came. */
  readonly status: 'optimal' | 'infeasible' | 'stopped';
  readonly solution: Float64Array | undefined;
  /** No solution has a lower objective than this. */
  readonly bound: number;
}

/** How far to go: seconds, or nodes of the solver's tree, which are the same on every machine. */
export type MipBudget = { readonly seconds: number } | { readonly nodes: number };

/**
 * The worker's program. It is text, so that it runs alike from compiled JavaScript and from sources under a test
 * runner; all it knows is the protocol: `solution`, `bound` and `done` messages.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { highsPath, model, budget } = workerData;
require(highsPath)().then((highs) => {
  const finite = (list) => list.map((x) => (x >= 1e30 ? highs.infinity : x <= -1e30 ? -highs.infinity : x));
  const mip = highs.createModel({
    numCols: model.cost.length, numRows: model.rowLower.length,
    colCost: model.cost, colLower: finite(model.lower), colUpper: finite(model.upper),
    rowLower: finite(model.rowLower), rowUpper: finite(model.rowUpper),
    integrality: model.integer,
    matrix: { format: 'csr', numRows: model.rowLower.length, numCols: model.cost.length,
      starts: model.rowStart, indices: model.column, values: model.value },
  });
  mip.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: model.gap });
  mip.options.set('seconds' in budget ? { time_limit: budget.seconds } : { mip_max_nodes: budget.nodes });
  const type = highs.constants.callbackType;
  let bound = -Infinity;
  const result = mip.run({
    [type.mipImprovingSolution]({ data }) { parentPort.postMessage({ kind: 'solution', values: data.mip_solution }); },
    [type.mipInterrupt]({ data }) {
      if (data.mip_dual_bound > bound && Number.isFinite(data.mip_dual_bound)) {
        bound = data.mip_dual_bound;
        parentPort.postMessage({ kind: 'bound', bound });
      }
    },
  });
  const status = highs.constants.modelStatus;
  const end = result.modelStatus === status.optimal ? 'optimal'
    : result.modelStatus === status.infeasible ? 'infeasible' : 'stopped';
  if (end === 'optimal') {
    parentPort.postMessage({ kind: 'solution', values: mip.getSolution().colValue });
  }
  parentPort.postMessage({ kind: 'done', status: end });
}).catch((error) => parentPort.postMessage({ kind: 'failed', message: String(error && error.message || error) }));
`;

type Message =
  | { readonly kind: 'solution'; readonly values: Float64Array }
  | { readonly kind: 'bound'; readonly bound: number }
  | { readonly kind: 'done'; readonly status: MipResult['status'] }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Solves a program to within its gap. Ends when the budget is used up, or on `signal`.
 */
export async function solveMip(model: MipModel, budget: MipBudget, signal?: AbortSignal): Promise<MipResult> {
  const highsPath = createRequire(import.meta.url).resolve('highs');
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { highsPath, model, budget },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  let solution: Float64Array | undefined;
  let bound = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<MipResult>((resolve, reject) => {
      const finish = (status: MipResult['status']): void => resolve({ status, solution, bound });
      // The solver looks at its clock between steps only; one long step must not exceed the user's limit.
      if ('seconds' in budget) timer = setTimeout(() => finish('stopped'), 1000 * budget.seconds + 250);
      onAbort = () => finish('stopped');
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener('abort', onAbort);
      worker.on('message', (message: Message) => {
        if (message.kind === 'solution') solution = message.values;
        else if (message.kind === 'bound') bound = Math.max(bound, message.bound);
        else if (message.kind === 'done') finish(message.status);
        else reject(new KroncutError('internal', `the solver failed: ${message.message}`));
      });
      worker.on('error', (cause) =>
        reject(new KroncutError('internal', `the solver failed: ${String(cause)}`, { cause })),
      );
    });
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    // Not awaited: a thread that is still compiling may take its time to end, and nobody needs it any more.
    worker.unref();
    void worker.terminate();
  }
}
