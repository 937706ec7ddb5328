/**
 * What an option is called in messages. Code below the command line knows options by their properties and cannot know
 * who listens: a caller of the library reads `maxWidth`, a user of the program `--max-width`.
 */
import { KroncutError } from '../error.js';

let spoken = (key: string): string => key;

/** The name of the option of this property, for a message. */
export function optionName(key: string): string {
  return spoken(key);
}

/** For the program, before it does anything: how options are called from now on, by property. */
export function callOptions(nameOf: (key: string) => string): void {
  spoken = nameOf;
}

/** `usage`, about one option: its name, then `text`, which says what would be right. `details.option` is the property. */
export function optionError(key: string, text: string): KroncutError {
  return new KroncutError('usage', `${optionName(key)}${text}`, { details: { option: key } });
}
