/**
 * A small seeded generator of random numbers, the same on every platform: xoshiro128** (Blackman and Vigna 2021),
 * its state filled by splitmix32 from the seed and the name of a stream.
 */
export class Random {
  private readonly state = new Uint32Array(4);

  /** `stream` names the use: one seed serves several, and each draws numbers of its own. */
  constructor(seed: number, stream = '') {
    let hash = 0x811c9dc5;
    const absorb = (value: number): void => {
      hash = Math.imul(hash ^ value, 0x01000193) >>> 0;
    };
    for (const word of new Uint32Array(Float64Array.of(seed === 0 ? 0 : seed).buffer)) {
      for (let shift = 0; shift < 32; shift += 8) {
        absorb((word >>> shift) & 255);
      }
    }
    for (let i = 0; i < stream.length; i++) {
      absorb(stream.charCodeAt(i));
    }
    for (let i = 0; i < 4; i++) {
      hash = (hash + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.state[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** The next 32 random bits. */
  private bits(): number {
    const { state } = this;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    state[0] = a ^ fourth;
    state[1] = b ^ third;
    state[2] = third ^ (b << 9);
    state[3] = (fourth << 11) | (fourth >>> 21);
    return result;
  }

  /** A number from 0 (included) to 1 (excluded) with 53 random bits. */
  next(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number from 0 to `bound` - 1, each equally likely; `bound` up to 2^32. */
  below(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const value = this.bits();
      if (value < limit) {
        return value % bound;
      }
    }
  }

  /** An angle from 0 to 2 pi. */
  angle(): number {
    return 2 * Math.PI * this.next();
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const [a, b] = [result[i], result[j]];
      if (a !== undefined && b !== undefined) {
        result[i] = b;
        result[j] = a;
      }
    }
    return result;
  }
}
