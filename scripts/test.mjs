// All tests, quick ones first: set-up, lint, types, format, the native library with and without sanitizers, vitest.
//
//   node scripts/test.mjs [FILTER...]       (npm test, npm test -- test/unit/cut)
//
// With filters only the vitest files whose path contains one of them run, after the set-up. A step that fails ends the
// run. What this machine lacks is skipped with a reason, or fails where KRONCUT_REQUIRE lists it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lint, printOutcome } from './lint.mjs';
import { findMpich } from './mpi.mjs';
import { required } from './requirements.mjs';
import { setUp } from './setup.mjs';
import { compileJobs, main, run, ScriptError, which } from './shell.mjs';
import { root } from './sources.mjs';

const folder = path.join(root, 'build', 'test');
const jobs = compileJobs();
/** @type {import('./test-summary.mjs').TestSummary} */
const totals = { passed: 0, failed: 0, skipped: [] };

/** Ends the run after a failed step; what failed was printed already. */
class Stop extends Error {}

/** The environment without what a launcher around this process has set: the tests start launchers themselves. */
function cleanEnvironment() {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(OMPI_|PMIX_|PMI_|PMI2_|SLURM_)/.test(name),
  );
  return Object.fromEntries(entries);
}

/** @param {string} requirement @param {string} name @param {string} reason */
function skipOrFail(requirement, name, reason) {
  if (required().has(requirement)) {
    console.log(`FAILED  ${name}: KRONCUT_REQUIRE lists ${requirement}, but ${reason}`);
    totals.failed += 1;
    throw new Stop();
  }
  console.log(`skipped ${name}: ${reason}`);
  totals.skipped.push({ name, reason });
}

/** The last lines of a log that say what went wrong. @param {string} log */
function tail(log) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const errors = lines.filter((line) => /error|FAIL|failed|Sanitizer|\.(cpp|cu):\d+:/i.test(line));
  return (errors.length > 0 ? errors.slice(0, 40) : lines.slice(-40)).join('\n');
}

/**
 * Builds and tests the native library in one build folder, which is configured first where definitions are given.
 * @param {string} name @param {string} out @param {readonly string[]} [definitions]
 */
async function testNative(name, out, definitions) {
  const log = `${out}-test.log`;
  rmSync(log, { force: true });
  const env = cleanEnvironment();
  const started = Date.now();
  const steps = [
    ...(definitions === undefined ? [] : [['cmake', '-S', root, '-B', out, ...definitions]]),
    ['cmake', '--build', out, '--parallel', jobs, '--target', 'kroncut_tests'],
    ['ctest', '--test-dir', out, '--output-on-failure', '--no-tests=error', '--parallel', jobs],
  ];
  let status = 0;
  for (const [command = '', ...args] of steps) {
    status = await run(command, args, { cwd: root, env, log });
    if (status !== 0) break;
  }
  const counts = /(\d+) tests? failed out of (\d+)/.exec(readFileSync(log, 'utf8'));
  const failed = Number(counts?.[1] ?? 0);
  const all = Number(counts?.[2] ?? 0);
  totals.passed += all - failed;
  totals.failed += failed;
  if (status === 0) {
    console.log(`ok      ${name}: ${all} programs (${((Date.now() - started) / 1000).toFixed(0)} s)`);
    return;
  }
  if (counts === null) totals.failed += 1;
  console.log(`FAILED  ${name}\n${tail(log)}\nThe whole log is in ${path.relative(root, log)}.`);
  throw new Stop();
}

/** Whether the compiler links programs with sanitizers. */
async function hasSanitizers() {
  const source = path.join(folder, 'sanitizer.cpp');
  writeFileSync(source, 'int main() { return 0; }\n');
  const args = ['-fsanitize=address,undefined', source, '-o', path.join(folder, 'sanitizer-check')];
  const log = path.join(folder, 'sanitizer-check.log');
  return (await run(process.env['CXX'] ?? 'c++', args, { log })) === 0;
}

/** @param {readonly string[]} filters */
async function runVitest(filters) {
  const summaryFile = path.join(folder, 'vitest.json');
  rmSync(summaryFile, { force: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'test-summary.mjs')}`];
  const env = { ...cleanEnvironment(), KRONCUT_TEST_SUMMARY: summaryFile };
  const status = await run(process.execPath, [vitest, 'run', ...reporters, ...filters], { cwd: root, env });
  if (!existsSync(summaryFile)) {
    totals.failed += 1;
    return;
  }
  /** @type {import('./test-summary.mjs').TestSummary} */
  const summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
  totals.passed += summary.passed;
  totals.failed += summary.failed === 0 && status !== 0 ? 1 : summary.failed;
  totals.skipped.push(...summary.skipped);
}

async function runAll(/** @type {readonly string[]} */ filters) {
  const notes = await setUp({ variants: findMpich() === undefined ? [] : ['mpich'] });
  for (const note of notes) console.log(note);
  mkdirSync(folder, { recursive: true });
  if (filters.length > 0) {
    await runVitest(filters);
    return;
  }

  for (const outcome of lint()) {
    printOutcome(outcome);
    if (outcome.status === 'skipped') totals.skipped.push({ name: outcome.name, reason: outcome.output });
    else totals[outcome.status] += 1;
  }
  if (totals.failed > 0) throw new Stop();

  const noCmake = which('cmake') === undefined ? 'cmake is not installed' : undefined;
  if (noCmake !== undefined) skipOrFail('cmake', 'native library (cmake)', noCmake);
  else {
    // The folder of a CUDA variant has the library with all its parts compiled already.
    const built = ['mpi-cuda', 'cuda']
      .map((variant) => path.join(root, 'build', variant))
      .find((build) => existsSync(path.join(build, 'kroncut.node')) && existsSync(path.join(build, 'cmake')));
    if (built !== undefined) await testNative('native library (cmake)', path.join(built, 'cmake'));
    else await testNative('native library (cmake)', path.join(folder, 'cmake'), []);
  }

  const noSanitizer =
    noCmake ??
    ((await hasSanitizers()) ? undefined : 'the C++ compiler has no sanitizer libraries (libasan, libubsan)');
  if (noSanitizer !== undefined) skipOrFail('sanitizer', 'native library (sanitizers)', noSanitizer);
  else {
    // Also the proof that the library needs neither MPI nor CUDA.
    const definitions = ['KRONCUT_MPI=OFF', 'KRONCUT_CUDA=OFF', 'KRONCUT_SANITIZE=address,undefined'];
    // Little optimisation, since compiling takes most of the time.
    const buildType = ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1'];
    await testNative('native library (sanitizers)', path.join(folder, 'sanitizer'), [
      ...buildType,
      ...definitions.map((d) => `-D${d}`),
    ]);
  }

  await runVitest([]);
}

function printSummary() {
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const { name, reason } of totals.skipped)
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  for (const [reason, names] of byReason) {
    console.log(`skipped ${names.length === 1 ? names[0] : `${names.length} tests`}: ${reason}`);
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped`);
}

await main(async () => {
  try {
    await runAll(process.argv.slice(2));
  } catch (error) {
    if (error instanceof ScriptError) {
      console.log(`FAILED  set-up: ${error.message}`);
      totals.failed += 1;
    } else if (!(error instanceof Stop)) throw error;
  }
  printSummary();
  return totals.failed > 0 ? 1 : 0;
});
