/** Whether a text would become data of a modest size, before it does: brackets take a byte to send, and many in memory. */

const DEEPEST = 100;
const MOST_CONTAINERS = 1_000_000;
const MOST_VALUES = 4_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const ARRAY = [0x5b, 0x5d] as const;
const OBJECT = [0x7b, 0x7d] as const;

/** Looks at JSON; of what is none, the answer means nothing. */
export function isModest(json: Uint8Array): boolean {
  let depth = 0;
  let containers = 0;
  let values = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA) values += 1;
    else if (byte === ARRAY[1] || byte === OBJECT[1]) depth -= 1;
    else if (byte === ARRAY[0] || byte === OBJECT[0]) {
      depth += 1;
      containers += 1;
    }
    if (depth > DEEPEST || containers > MOST_CONTAINERS || values > MOST_VALUES) return false;
  }
  return true;
}

/** The place of the quotation mark that ends the string which begins at a place. */
function endOfString(json: Uint8Array, begin: number): number {
  let at = json.indexOf(QUOTE, begin + 1);
  while (at >= 0 && isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at < 0 ? json.length : at;
}

function isEscaped(json: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (json[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
