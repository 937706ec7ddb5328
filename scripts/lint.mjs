// Checks style: oxlint with types, layers, TypeScript itself, prettier, clang-format. `--fix` mends what can be mended.
//
//   node scripts/lint.mjs [--fix]       (npm run lint, npm run format)
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { layerFaults } from './layers.mjs';
import { compileTypeScript } from './setup.mjs';
import { main, which } from './shell.mjs';
import { nativeFiles, root } from './sources.mjs';

/** @typedef {{ name: string, status: 'passed' | 'failed' | 'skipped', output: string }} Outcome */

// Other versions of clang-format lay out the same settings differently.
const CLANG_FORMAT_VERSION = '14';

/** @param {string} name @param {string} command @param {readonly string[]} args @returns {Outcome} */
function check(name, command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  return { name, status: result.status === 0 ? 'passed' : 'failed', output };
}

/** @param {string} name @param {string} program below node_modules @param {readonly string[]} args */
function checkWithPackage(name, program, args) {
  return check(name, process.execPath, [path.join(root, 'node_modules', program), ...args]);
}

/** @param {boolean} fix @returns {Outcome} */
function checkNativeFormat(fix) {
  const name = 'clang-format';
  const program = [`clang-format-${CLANG_FORMAT_VERSION}`, 'clang-format'].find((candidate) =>
    which(candidate),
  );
  if (program === undefined) return { name, status: 'skipped', output: 'clang-format is not installed' };
  const version = /version (\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  if (version !== CLANG_FORMAT_VERSION) {
    const output = `this is clang-format ${version}, and version ${CLANG_FORMAT_VERSION} sets the style`;
    return { name, status: 'skipped', output };
  }
  const files = nativeFiles().filter((file) => /\.(cpp|hpp|cu|cuh)$/.test(file));
  return check(name, program, [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...files]);
}

/** @returns {Outcome} */
function checkLayers() {
  const faults = layerFaults(path.join(root, 'src'));
  return { name: 'layers', status: faults.length === 0 ? 'passed' : 'failed', output: faults.join('\n') };
}

/** @param {{ fix?: boolean }} [options] @returns {Outcome[]} */
export function lint(options = {}) {
  const fix = options.fix ?? false;
  return [
    checkWithPackage('oxlint', 'oxlint/bin/oxlint', ['--type-aware', ...(fix ? ['--fix'] : [])]),
    checkLayers(),
    checkWithPackage('types', 'typescript7/bin/tsc', ['-p', 'tsconfig.check.json']),
    checkWithPackage('types of scripts', 'typescript7/bin/tsc', ['-p', 'scripts/tsconfig.json']),
    checkWithPackage('prettier', 'prettier/bin/prettier.cjs', [
      fix ? '--write' : '--check',
      '--log-level=warn',
      '.',
    ]),
    checkNativeFormat(fix),
  ];
}

/** @param {Outcome} outcome */
export function printOutcome(outcome) {
  const mark = { passed: 'ok     ', failed: 'FAILED ', skipped: 'skipped' }[outcome.status];
  console.log(`${mark} ${outcome.name}${outcome.status === 'skipped' ? `: ${outcome.output}` : ''}`);
  // A linter that passes may still have warnings.
  const isWorthReading =
    outcome.status === 'failed' || /\bwarning/i.test(outcome.output.replace(/\b0 warnings/, ''));
  if (isWorthReading && outcome.status !== 'skipped') console.log(outcome.output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    // Benchmarks and examples import the package by its name: their types are those of dist/.
    compileTypeScript();
    const outcomes = lint({ fix: process.argv.includes('--fix') });
    for (const outcome of outcomes) printOutcome(outcome);
    return outcomes.some((outcome) => outcome.status === 'failed') ? 1 : 0;
  });
}
