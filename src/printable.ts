/** Text that came from elsewhere, such as a name of a file or a message of another process, for a terminal. */

// Control characters steer terminals; the others here change the direction of what stands around them.
const STEERING = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Without what could steer a terminal; line breaks stay. */
export function printable(text: string): string {
  return text.replace(STEERING, '?');
}

/** The same in one line of at most `longest` characters. */
export function printableLine(text: string, longest: number): string {
  return printable(text.slice(0, longest)).replaceAll('\n', ' ');
}
