/** Budgets for searches whose end a test waits for: what they find must not depend on how busy the machine is. */
import type { Clock } from '../../src/run/resources/pace.js';

/** Seconds that no search takes that ends by itself. */
export const AMPLE = 600;

/** Milliseconds that a look at the clock counts: about what a search does in between on a quiet machine. */
const LOOK = 1 / 16;

function countedClock(): Clock {
  let time = 0;
  return {
    now: () => {
      time += LOOK;
      return time;
    },
    spend: (milliseconds) => {
      time += Math.ceil(milliseconds);
    },
  };
}

/** Options of searches that count their work: shares of the time, and what is tried in them, are always the same. */
export const COUNTED = { clock: countedClock() } as const;
