import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../support/requirements.js';

const oxlint = path.join(repositoryRoot, 'node_modules', 'oxlint', 'bin', 'oxlint');

/** Imports of one module that the project's lint rules refuse, as `from -> to`. */
function refused(imports: readonly (readonly [from: string, statement: string])[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-layers-'));
  try {
    copyFileSync(path.join(repositoryRoot, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
    for (const [index, [from, statement]] of imports.entries()) {
      const file = path.join(folder, 'src', from, `file${index}.ts`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `${statement}\nexport const used = thing;\n`);
    }
    const result = spawnSync(process.execPath, [oxlint, '--format=json', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const report: unknown = JSON.parse(result.stdout);
    if (typeof report !== 'object' || report === null || !('diagnostics' in report))
      throw new Error(result.stdout);
    if (!Array.isArray(report.diagnostics)) throw new Error(result.stdout);
    return report.diagnostics
      .filter((entry) => String(entry.code).includes('no-restricted-imports'))
      .map((entry) => Number(/file(\d+)\.ts$/.exec(String(entry.filename))?.[1]))
      .toSorted((left, right) => left - right)
      .map((index) => imports[index]?.join(': ') ?? 'unknown');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const thing = (module: string): string => `import { thing } from '${module}';`;
const typeOnly = (module: string): string => `import type { thing } from '${module}';`;

test('the lint rules refuse every import that goes upward or from stage to stage', () => {
  const violations = [
    ['native', thing('../circuit/circuit.js')],
    ['native', thing('../cut/cutCircuit.js')],
    ['circuit', thing('../cut/cutGraph.js')],
    ['circuit/qasm', thing('../../cut/cutGraph.js')],
    ['circuit', thing('../cli/program.js')],
    ['run', thing('../evaluate/evaluate.js')],
    ['cluster', thing('../reconstruct/queries.js')],
    ['cut', thing('../evaluate/evaluate.js')],
    ['cut', thing('../cli/program.js')],
    ['cut', thing('../index.js')],
    ['evaluate', thing('../reconstruct/queries.js')],
    ['evaluate', typeOnly('../reconstruct/queries.js')],
    ['evaluate', thing('../cut/cutFinder.js')],
    ['reconstruct', thing('../evaluate/evaluate.js')],
    ['reconstruct', thing('../cut/cutFinder.js')],
    ['reconstruct', thing('../main.js')],
    ['compile', thing('../cut/cutFinder.js')],
    ['cli', thing('../main.js')],
    ['api', thing('../cli/program.js')],
    ['api', thing('../index.js')],
    ['cut', thing('../api/cut.js')],
    ['run', thing('../api/cut.js')],
  ] as const;
  expect(refused(violations)).toEqual(violations.map((violation) => violation.join(': ')));
});

test('and leave those alone that go downward', () => {
  expect(
    refused([
      ['cli', thing('../cut/cutFinder.js')],
      ['cli', thing('../api/cut.js')],
      ['api', thing('../cut/cutFinder.js')],
      ['cli', thing('../reconstruct/queries.js')],
      ['cut', thing('../circuit/circuit.js')],
      ['cut', thing('./cutGraph.js')],
      ['evaluate', typeOnly('../cut/cutCircuit.js')],
      ['evaluate', thing('../native/load.js')],
      ['reconstruct', thing('../cluster/cluster.js')],
      ['reconstruct', thing('../run/manifest.js')],
      ['run', thing('../circuit/circuit.js')],
      ['run', typeOnly('../cut/cutCircuit.js')],
      ['circuit', thing('../error.js')],
      ['compile', thing('../circuit/circuit.js')],
    ]),
  ).toEqual([]);
});

test('the native folders include downward only', () => {
  const below: Readonly<Record<string, readonly string[]>> = {
    core: [],
    simulate: ['core'],
    contract: ['core'],
    synthesize: ['core'],
    comm: ['core'],
    device: ['core', 'simulate', 'contract', 'synthesize'],
    bench: ['core', 'simulate', 'contract', 'synthesize'],
    addon: ['core', 'simulate', 'contract', 'synthesize', 'comm', 'device', 'bench'],
  };
  const native = path.join(repositoryRoot, 'native');
  const folders = readdirSync(native, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const upward: string[] = [];
  let includes = 0;
  for (const { name: folder } of folders) {
    const allowed = below[folder];
    if (allowed === undefined) throw new Error(`native/${folder} has no place among the layers`);
    for (const name of readdirSync(path.join(native, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:cpp|hpp|cu|cuh)$/.test(name)) continue;
      const text = readFileSync(path.join(native, folder, name), 'utf8');
      for (const [, header, target] of text.matchAll(/^#include [<"](([a-z_]+)[^>"]*)[>"]/gm)) {
        includes += 1;
        const isOurs = target !== undefined && target !== folder && target in below;
        const isNode = header === 'napi.h' && folder !== 'addon';
        if (isNode || (isOurs && !allowed.includes(target))) upward.push(`${folder}/${name}: ${header}`);
      }
    }
  }
  expect(includes).toBeGreaterThan(100);
  expect(upward).toEqual([]);
});
