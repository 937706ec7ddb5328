/** The example for people with a processor: on Aer, without noise and with. */
import { beforeEach, describe, expect, it } from 'vitest';
import { python } from '../support/otherPrograms.js';
import { requireOrSkip } from '../support/requirements.js';

beforeEach((context) => requireOrSkip(context, 'python'));

interface Printed {
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly exact: number;
}

/** Runs the example, and reads what it prints. */
function example(...options: readonly string[]): Printed {
  const text = python('../../../examples/hardware.py', ...options);
  const [value, low, high] =
    /shots: (-?[\d.]+), between (-?[\d.]+) and (-?[\d.]+) with 95%/.exec(text)?.slice(1).map(Number) ?? [];
  const exact = Number(/exact: (-?[\d.]+);/.exec(text)?.[1]);
  return { value: value ?? NaN, interval: [low ?? NaN, high ?? NaN], exact };
}

describe('examples/hardware.py', { timeout: 300_000 }, () => {
  it('is right within its error bars without noise', () => {
    const { value, interval, exact } = example('--noise', '0', '--shots', '100000');
    const error = (interval[1] - interval[0]) / 4;
    expect(error).toBeGreaterThan(0);
    expect(Math.abs(value - exact)).toBeLessThan(5 * error);
  });

  it('shows what noise does, which error bars of shots do not hold', () => {
    const { value, interval, exact } = example('--noise', '8', '--shots', '100000');
    expect(interval[0]).toBeLessThan(value);
    expect(value).toBeLessThan(interval[1]);
    // Noise shrinks what it acts on.
    expect(Math.abs(value)).toBeLessThan(Math.abs(exact));
    expect(exact).not.toBeGreaterThan(interval[1] + 1);
    expect(Math.sign(exact) * exact).toBeGreaterThan(
      Math.max(...interval.map((each) => Math.sign(exact) * each)),
    );
  });
});
