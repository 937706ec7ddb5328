/** Questions about a run that the root answers by itself. */
import type { Wire } from '../cluster/wire.js';
import { withContext } from './context.js';
import { withRun, type OpenRun, type RunSource } from './input/openRun.js';
import type { CommonOptions } from './options/common.js';

/** Collective: what the root finds in a run, which it does not change. */
export function askRun<T extends Wire<T>>(
  options: CommonOptions,
  source: RunSource,
  body: (run: OpenRun) => T | Promise<T>,
): Promise<T> {
  return withContext(options, (context) =>
    withRun(context, source, (run) => context.cluster.onRoot(() => body(run)), 'answer'),
  );
}
