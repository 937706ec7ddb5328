/** What a file of rates holds; a file of its own, so that a program without one does not load the library for it. */
import { z } from 'zod';
import { DEFAULT_RATES } from './rates.js';

const positive = z.number().positive();
export const calibrationSchema = z.object({
  threads: positive,
  rates: z.object({
    multiplyAdd: positive,
    value: positive,
    entropy: positive.default(DEFAULT_RATES.entropy),
    memory: positive,
    disk: positive,
    call: positive,
    amplitude: positive,
    addition: positive,
    task: positive,
    latency: positive,
    link: positive,
  }),
});
