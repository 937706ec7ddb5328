import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../../support/requirements.js';
import { optionsPage, propertiesWithFlags } from './optionsPage.js';

it('docs/options.md says what the tables say', async () => {
  const file = join(repositoryRoot, 'docs', 'options.md');
  const style = await resolveConfig(file);
  const page = await format(optionsPage(), { ...style, parser: 'markdown' });
  await expect(page).toMatchFileSnapshot(file);
});

it('messages call options by properties that the command line knows', () => {
  const source = join(repositoryRoot, 'src');
  const named = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(join(source, name), 'utf8').matchAll(/\b(?:optionName|optionError)\(\s*'(\w+)'/g),
    ])
    .map(([, key]) => key ?? '');
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((key) => key !== 'stream' && !propertiesWithFlags().has(key))).toEqual([]);
});
