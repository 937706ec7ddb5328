/** What a run directory looks like. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Json } from './record.js';
import { shapeOf } from './shape.js';

/** The names of all files, and the shapes of those that are JSON. */
export function runFolderShape(directory: string): Json {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
  const shapes = files
    .filter((file) => file.endsWith('.json'))
    .map((file): [string, Json] => [
      file,
      shapeOf(JSON.parse(readFileSync(path.join(directory, file), 'utf8'))),
    ]);
  return { files, shapes: Object.fromEntries(shapes) };
}
