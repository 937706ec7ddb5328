// Makes a checkout ready: packages, native addon, TypeScript. What is up to date is left alone. In an installed package,
// which has the rest, it builds the addon for this machine.
//
//   node scripts/setup.mjs [--variant NAME[,NAME...]]      (npm run setup)
//
// Plain Node without packages, since it is what installs them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { acquireLock } from './lock.mjs';
import { main, run, ScriptError } from './shell.mjs';
import { root } from './sources.mjs';

const MINIMUM_NODE = [20, 19];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new ScriptError(
      `Kroncut needs Node.js ${MINIMUM_NODE.join('.')} or newer, and this is ${process.version}; get it from https://nodejs.org.`,
    );
  }
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** True if node_modules holds the versions of the lock file. */
function packagesAreCurrent() {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = lockedPackages(installedFile);
  return Object.entries(lockedPackages(path.join(root, 'package-lock.json'))).every(
    ([name, wanted]) =>
      name === '' ||
      installed[name]?.version === wanted.version ||
      (installed[name] === undefined && wanted.optional === true),
  );
}

/** A package that npm installed has neither a lock file nor sources of dist/. */
const isCheckout = existsSync(path.join(root, 'package-lock.json'));

async function installPackages() {
  if (packagesAreCurrent()) return;
  console.error('Installing packages (npm ci) ...');
  const log = path.join(root, 'build', 'npm-ci.log');
  rmSync(log, { force: true });
  // The addon is built below, where its messages can be seen.
  const env = { ...process.env, KRONCUT_SKIP_BUILD: '1' };
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const status = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...args], { cwd: root, env, log })
    : await run('npm', args, { cwd: root, env, log });
  if (status === 0) return;
  const reason =
    /npm (?:ERR!|error) (?!code )(.*)/.exec(readFileSync(log, 'utf8'))?.[1] ?? `npm ended with ${status}`;
  throw new ScriptError(
    `The packages could not be installed: ${reason}. Is there a connection to the npm registry? The whole log is in ${path.relative(root, log)}.`,
  );
}

/** All files below a folder, relative to it, in a fixed order. @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

const isTypeScript = (/** @type {string} */ file) => /\.[cm]?ts$/.test(file);

/** Compiles src/ into dist/ and copies what is not TypeScript; nothing else stays in dist/. */
export function compileTypeScript() {
  const source = path.join(root, 'src');
  const output = path.join(root, 'dist');
  const stampFile = path.join(output, '.stamp');
  const files = filesBelow(source);
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package-lock.json', ...files.map((name) => path.join('src', name))]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  const stamp = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  console.error('Compiling TypeScript ...');
  rmSync(stampFile, { force: true });
  const compiler = path.join(root, 'node_modules', 'typescript7', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new ScriptError(`TypeScript does not compile:\n${result.stdout}${result.stderr}`.trimEnd());
  }
  const assets = files.filter((file) => !isTypeScript(file));
  for (const file of assets) cpSync(path.join(source, file), path.join(output, file));
  const expected = new Set(assets);
  for (const file of files.filter((name) => isTypeScript(name) && !name.endsWith('.d.ts'))) {
    const stem = file.replace(/\.([cm]?)ts$/, '');
    const letter = /\.([cm]?)ts$/.exec(file)?.[1] ?? '';
    for (const suffix of ['js', 'js.map', 'ts']) {
      expected.add(suffix === 'ts' ? `${stem}.d.${letter}ts` : `${stem}.${letter}${suffix}`);
    }
  }
  for (const file of filesBelow(output)) {
    if (!expected.has(file)) rmSync(path.join(output, file));
  }
  mkdirSync(output, { recursive: true });
  writeFileSync(stampFile, stamp);
}

/**
 * Packages, addon and TypeScript, each only if it is not up to date.
 * @param {{ variants?: readonly string[] }} [options] further variants of the addon to build
 * @returns {Promise<string[]>} sentences about variants that this machine could not build
 */
export async function setUp(options = {}) {
  checkNode();
  const release = await acquireLock(path.join(root, 'build', 'setup.lock'));
  try {
    if (isCheckout) await installPackages();
    // Needs packages only when it builds.
    const { buildDefaults } = await import('./build-native.mjs');
    const notes = await buildDefaults({ withCuda: true, variants: options.variants ?? [] });
    if (isCheckout) compileTypeScript();
    return notes;
  } finally {
    release();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const { values } = parseArgs({ options: { variant: { type: 'string', multiple: true } } });
    const variants = (values.variant ?? []).flatMap((list) => list.split(','));
    for (const note of await setUp({ variants })) console.error(note);
  });
}
