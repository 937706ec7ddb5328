/**
 * Set-up of every test file: properties draw the same values in each run, so that a change is red for what it did and not
 * for what a draw found. `KRONCUT_TEST_SEED=N` draws others, `KRONCUT_TEST_SEED=random` those of no other run.
 */
import { configureGlobal } from 'fast-check';

const wanted = process.env['KRONCUT_TEST_SEED'] ?? '1';
const seed = Number(wanted);
if (wanted !== 'random' && !Number.isSafeInteger(seed))
  throw new Error(`KRONCUT_TEST_SEED=${wanted}: expected a whole number or random.`);
if (wanted !== 'random') configureGlobal({ seed });
