import { readFileSync } from 'node:fs';

let known: string | undefined;

/** Version of this package. */
export function version(): string {
  return (known ??= versionIn());
}

function versionIn(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const content: unknown = JSON.parse(text);
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown';
}
