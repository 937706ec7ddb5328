/** What was counted of one experiment, in the forms that devices and simulators give it, as counts by number. */
import { outcomeNumber, quoted, type Refuse, type RegisterWidths } from './outcomeNumbers.js';
import { REGISTERS } from './deviceQasm.js';
import { readRegister, unwrapped } from './registers.js';

/** Counts by number: the bits of `outcome`, the first one the lowest, and those of `sign` above. */
export type Outcomes = Map<number, number>;

/** The registers of a result of SamplerV2, which belong together shot by shot. Throws `input` for what is none. */
export function readSamples(data: unknown, widths: RegisterWidths, refuse: Refuse): Outcomes {
  const there = registersOf(data);
  if (there === undefined) {
    throw refuse(
      'data holds no registers with samples and num_bits, and no BitArrays, as SamplerV2 gives them',
    );
  }
  const wanted = REGISTERS.filter((name) => widths[name] > 0);
  const [first, second] = wanted.map((name) => {
    const bits = widths[name];
    if (!there.has(name)) {
      const others = [...there.keys()].map(quoted);
      const found =
        others.length === 0
          ? 'there is none'
          : `there ${others.length === 1 ? 'is' : 'are'} ${others.join(', ')}`;
      throw refuse(`the register '${name}' is missing; ${found}`);
    }
    const register = readRegister(there.get(name), (what) => refuse(`the register '${name}': ${what}`));
    if (register === undefined) {
      throw refuse(
        `the register '${name}' has neither samples and num_bits nor a BitArray, as SamplerV2 gives them`,
      );
    }
    if (register.bits !== bits) {
      throw refuse(`the register '${name}' has ${register.bits} bits, where the subexperiment has ${bits}`);
    }
    return register;
  });
  const shots = first?.values.length ?? 0;
  if (second !== undefined && second.values.length !== shots) {
    throw refuse(
      `'outcome' has ${shots} samples and 'sign' ${second.values.length}; each shot has one of both`,
    );
  }
  if (shots === 0) throw refuse('there are no samples');
  const scale = 2 ** (first?.bits ?? 0);
  const counted: Outcomes = new Map();
  for (let shot = 0; shot < shots; shot += 1) {
    const number = (first?.values[shot] ?? 0) + scale * (second?.values[shot] ?? 0);
    counted.set(number, (counted.get(number) ?? 0) + 1);
  }
  return counted;
}

function registersOf(data: unknown): ReadonlyMap<string, unknown> | undefined {
  const bin = unwrapped(data);
  if (typeof bin !== 'object' || bin === null || Array.isArray(bin)) return undefined;
  const fields: unknown = 'fields' in bin ? bin.fields : bin;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  return new Map(Object.entries(fields));
}

/** Counts or quasi-probabilities by bit strings or hexadecimal numbers. Throws `input` for what are none. */
export function readCounts(data: unknown, widths: RegisterWidths, refuse: Refuse): Outcomes {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw refuse(`counts are needed, such as { "01": 512 }, not ${kindOf(data)}`);
  }
  const counted: Outcomes = new Map();
  for (const [key, count] of Object.entries(data)) {
    if (typeof count !== 'number' || !Number.isFinite(count)) {
      throw refuse(`the count of ${quoted(key)} is no number`);
    }
    const number = outcomeNumber(key, widths, refuse);
    if (counted.has(number))
      throw refuse(`${quoted(key)} is an outcome that is there under another key, too`);
    counted.set(number, count);
  }
  if (counted.size === 0) throw refuse('there are no counts');
  return counted;
}

/** What something in a file is instead, in a message. */
export function kindOf(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'string') return quoted(data);
  return typeof data === 'object' && data !== null ? 'an object' : String(data);
}

/** What of numbers that add up to 1 may be lost to rounding when they are written. */
const SUM_TOLERANCE = 0.01;

/** How often the experiment was run; 0 for quasi-probabilities. Throws `input` where the numbers are neither counts nor these. */
export function shotsOf(outcomes: Outcomes, quasi: boolean, refuse: Refuse): number {
  const sum = [...outcomes.values()].reduce((total, count) => total + count, 0);
  if (quasi) {
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) return 0;
    throw refuse(
      `the numbers add up to ${sum}: counts are whole numbers, and quasi-probabilities add up to 1`,
    );
  }
  if (sum === 0) throw refuse('the counts are all 0');
  if (!Number.isSafeInteger(sum))
    throw refuse(`the counts add up to ${sum}, more than can be counted one by one`);
  return sum;
}

/** True where the numbers are no counts of shots. */
export function isQuasi(all: readonly Outcomes[]): boolean {
  for (const outcomes of all) {
    for (const count of outcomes.values()) if (count < 0 || !Number.isInteger(count)) return true;
  }
  // One shot of each would look like this, too.
  return all.every((outcomes) => [...outcomes.values()].reduce((sum, count) => sum + count, 0) === 1);
}
