/**
 * Which of many tries, spread over the ranks, have succeeded, as one number that ranks add to: groups of neighbouring
 * tries have a digit each, wide enough for all of a group. So whoever tries one that a success of an earlier group has
 * made needless learns of it.
 */

/** Bits that a sum of doubles keeps exactly, one less for safety. */
const BITS = 52;

export class FirstSuccess {
  private readonly width: number;
  private readonly perGroup: number;

  /** @param tries their number; each adds its amount once at most */
  constructor(tries: number) {
    let width = 1;
    while (Math.floor(BITS / width) * (2 ** width - 1) < tries) width += 1;
    this.width = width;
    this.perGroup = 2 ** width - 1;
  }

  /** What a try adds when it has succeeded. */
  amount(index: number): number {
    return 2 ** (this.width * this.groupOf(index));
  }

  /** Whether the sum says that a try of a group before this one's has succeeded. */
  isNeedless(index: number, sum: number): boolean {
    return sum % 2 ** (this.width * this.groupOf(index)) !== 0;
  }

  private groupOf(index: number): number {
    return Math.floor(index / this.perGroup);
  }
}
