/**
 * What an option is called in messages. Code below the command line knows options by their properties and cannot know
 * who listens: a caller of the library reads `maxWidth`, a user of the program `--max-width`.
 */
import { KroncutError } from '../error.js';

let spoken: ReadonlyMap<string, string> = new Map();

/** The name of the option of this property, for a message. */
export function optionName(key: string): string {
  return spoken.get(key) ?? key;
}

/** For the program, before it does anything: options are called by these names, by property. */
export function callOptions(names: ReadonlyMap<string, string>): void {
  spoken = names;
}

/** `usage`, about one option: its name, then `text`, which says what would be right. `details.option` is the property. */
export function optionError(key: string, text: string): KroncutError {
  return new KroncutError('usage', `${optionName(key)}${text}`, { details: { option: key } });
}
