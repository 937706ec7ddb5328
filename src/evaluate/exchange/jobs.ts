/** Experiments in jobs: each within what a device takes at once, in the order in which they are run. */
import { KroncutError } from '../../error.js';
import { optionName } from '../../options/optionName.js';

export interface JobLimits {
  /** Circuits of a job. */
  readonly circuits: number;
  /** Shots of all its circuits. */
  readonly executions: number;
}

/** Throws `usage` for an experiment with more shots than a job may have. */
export function splitJobs<T extends { readonly id: string; readonly shots: number }>(
  experiments: readonly T[],
  { circuits, executions }: JobLimits,
): T[][] {
  const jobs: T[][] = [];
  let last: T[] = [];
  let sum = 0;
  for (const experiment of experiments) {
    const { id, shots } = experiment;
    if (shots > executions) {
      throw new KroncutError(
        'usage',
        `subexperiment ${id} has ${shots} shots, and a job takes ${executions}; ` +
          `export several rounds with fewer shots each, or raise ${optionName('jobExecutions')} where the device takes more`,
      );
    }
    if (jobs.length === 0 || last.length >= circuits || sum + shots > executions) {
      jobs.push((last = []));
      sum = 0;
    }
    last.push(experiment);
    sum += shots;
  }
  return jobs;
}
