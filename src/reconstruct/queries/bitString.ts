/** Outcomes as text: a character for each bit, bit 0 last. */

/** `isOne` says which bits are 1. */
export function bitString(bits: number, isOne: (bit: number) => boolean): string {
  return textOfBits(bits, (bit) => (isOne(bit) ? '1' : '0'));
}

/** Any character for each bit. */
export function textOfBits(bits: number, characterOf: (bit: number) => string): string {
  return Array.from({ length: bits }, (_, i) => characterOf(bits - 1 - i)).join('');
}

/** True where a bit of a bit string is 1. */
export function isSet(text: string, bit: number): boolean {
  return text[text.length - 1 - bit] === '1';
}
