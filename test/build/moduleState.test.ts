import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../support/requirements.js';

/** Lines of a module that hold what may change: variables, and collections that are empty at first. */
function stateIn(text: string): string[] {
  return text
    .split('\n')
    .filter(
      (line) =>
        /^(?:export )?(?:let|var)\b/.test(line) ||
        (/^(?:export )?const \w+.* = (?:new (?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});$/.test(line) &&
          !/: (?:readonly|Readonly)/.test(line)),
    );
}

/**
 * What belongs to the process: its connection with the other ranks, its signals, and who listens to it, the addon that it
 * loaded; and values of a function without effects that are remembered, whoever asked.
 */
const OF_THE_PROCESS = [
  'installation.ts: let known',
  'circuit/gateCutBasis.ts: const known',
  'cluster/connect.ts: const launched',
  'native/load.ts: let ofProcess',
  'reconstruct/plan/findTree.ts: const known',
  'signals.ts: let ',
];

test('no module of the library keeps state, but for what belongs to the process', () => {
  const source = path.join(repositoryRoot, 'src');
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts' && !file.startsWith('cli'))
    .flatMap((file) =>
      stateIn(readFileSync(path.join(source, file), 'utf8')).map((line) => `${file}: ${line}`),
    );
  expect(found.filter((line) => !OF_THE_PROCESS.some((known) => line.startsWith(known)))).toEqual([]);
});

test('state is seen where it is', () => {
  const text = 'let a = 1;\nexport let b;\nconst c = new Map<string, number>();\nconst d: number[] = [];\n';
  expect(stateIn(text)).toHaveLength(4);
  expect(stateIn('const a: readonly number[] = [];\nconst b = new Map([[1, 2]]);\n  let c = 1;\n')).toEqual(
    [],
  );
});
