/**
 * What an option is called in messages. Code below the command line knows options by their properties and cannot know
 * who listens: a caller of the library reads `maxWidth`, a user of the program `--max-width`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { KroncutError } from '../error.js';

/** How a call, and all that it awaits, calls options; another call in the same process may do otherwise. */
const NAMES = new AsyncLocalStorage<(key: string) => string>();

/** The name of the option of this property, for a message. */
export function optionName(key: string): string {
  return NAMES.getStore()?.(key) ?? key;
}

/** Does what `body` says; meanwhile options are called as `nameOf` says, by property. */
export function callingOptions<T>(nameOf: (key: string) => string, body: () => T): T {
  return NAMES.run(nameOf, body);
}

/** What to do next, for a message: what is typed for who typed a command, a call for a program. */
export function nextStep(typed: string, call: string): string {
  return NAMES.getStore() === undefined ? call : typed;
}

type Plain = string | number | boolean | null;

/** How what is there differs in one option from what is asked for; null stands for an option that was left out. */
export function otherValue(option: string, before: Plain, now: Plain): string {
  if (before === null) return `without ${option}, and ${option} ${String(now)} is asked for`;
  return `with ${option} ${String(before)}, ${now === null ? 'and it is left out now' : `not ${String(now)}`}`;
}

/** `usage`, about one option: its name, then `text`, which says what would be right. `details.option` is the property. */
export function optionError(key: string, text: string): KroncutError {
  return new KroncutError('usage', `${optionName(key)}${text}`, { details: { option: key } });
}
