/** Where this package lies, and which commands people have there: a checkout has npm's scripts, an installed package has not. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// The same distance from src/ and from dist/.
export const packageFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const isCheckout = (): boolean => existsSync(path.join(packageFolder, 'src'));

let known: string | undefined;

/** Version of this package, as package.json says, such as `0.1.0`. */
export function version(): string {
  return (known ??= versionIn());
}

function versionIn(): string {
  const content: unknown = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
  return 'unknown';
}

/** The command that builds the native addon for this machine. */
export function setupCommand(): string {
  return isCheckout() ? 'npm run setup' : `node ${path.join(packageFolder, 'scripts', 'setup.mjs')}`;
}

/** The command that measures this machine's rates and keeps them in a file. */
export function ratesCommand(file: string): string {
  if (isCheckout()) return `npm run bench -- --rates ${file}`;
  const code = `import { writeRates } from 'kroncut'; await writeRates(${JSON.stringify(file)});`;
  return `node --input-type=module -e '${code.replaceAll("'", '"')}' where kroncut is installed`;
}
