/** Rates of this machine, for predictions that fit it: `npm run bench -- --rates FILE` keeps them. */
import { writeOutput } from '../run/files/output.js';
import type { Calibration } from '../run/calibration.js';
import { measureRates } from '../run/resources/rates.js';
import { withContext } from './context.js';
import { type CommonOptions, FILE, COMMON_OPTIONS } from './options/common.js';
import { checkArgument } from '../options/option.js';
import { checkCall } from './input/source.js';

/**
 * Collective: measures rates and writes them to a file, which predictions and `--objective cost` go by where the
 * environment variable KRONCUT_RATES names it. What is not measured (disk, network, the fixed cost of a subcircuit)
 * keeps the value of a common machine. Rates are seconds for a piece of work, or bytes a second.
 *
 * @throws KroncutError `usage` for what is no file name, `input` where it cannot be written.
 */
export async function writeRates(file: string, options: CommonOptions = {}): Promise<Calibration> {
  await checkCall(COMMON_OPTIONS, options, () => checkArgument('file', FILE, file));
  return withContext(options, async (context) => {
    const calibration = { threads: context.threads, rates: await measureRates(context) };
    await context.cluster.onRoot(() => writeOutput(file, `${JSON.stringify(calibration, null, 2)}\n`));
    return calibration;
  });
}
