/** A thread that makes starts of one problem: see `startPool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CutProblem } from '../problem/cutProblem.js';
import { multilevel } from './multilevel.js';
import { Pace } from '../../../run/resources/pace.js';
import type { Start } from './startPool.js';

const { problem, qubitsOfNode }: { problem: CutProblem; qubitsOfNode: number[][] } = workerData;

parentPort?.on('message', ({ start, seconds }: { start: Start; seconds: number }) => {
  const { from, ...settings } = start;
  void multilevel(problem, { ...settings, qubitsOfNode }, new Pace(seconds), from).then((found) =>
    parentPort?.postMessage(found ?? null, []),
  );
});
