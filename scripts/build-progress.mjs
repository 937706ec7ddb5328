// Says how far a native build is, by its log: files done of all.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './sources.mjs';

const SECONDS_BETWEEN_LINES = 10;

/** How many files make is going to compile, by the Makefile that node-gyp has written. */
export function filesToCompile() {
  const make = spawnSync('make', ['BUILDTYPE=Release', '-C', path.join(root, 'build'), '-n'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return make.stdout?.match(/ CXX\(target\) /g)?.length ?? 0;
}

/**
 * What a log says of its build, or undefined where it says nothing yet.
 * @param {string} log text of node-gyp with make, or of cmake-js @param {number} total files that make compiles
 */
export function buildStage(log, total) {
  const percent = [...log.matchAll(/^\[ *(\d+)%\]/gm)].at(-1)?.[1];
  if (percent !== undefined) return `${percent} % compiled`;
  // make says so when it begins a file.
  const begun = log.match(/^ +CXX\(target\) /gm)?.length ?? 0;
  return begun === 0 ? undefined : `compiling file ${Math.min(begun, total)} of ${total}`;
}

/**
 * Shows the stage of a build until it ends: on a terminal in one line, elsewhere in a line each ten seconds.
 * @template T @param {string} variant @param {string} log file @param {number} total @param {Promise<T>} build @returns {Promise<T>}
 */
export async function showBuild(variant, log, total, build) {
  const started = Date.now();
  const { isTTY } = process.stderr;
  let shown = '';
  const show = () => {
    const stage = buildStage(readFileSync(log, 'utf8'), total);
    if (stage === undefined || stage === shown) return;
    shown = stage;
    const line = `  ${variant}: ${stage}, ${((Date.now() - started) / 1000).toFixed(0)} s`;
    process.stderr.write(isTTY ? `\r${line}\u001B[K` : `${line}\n`);
  };
  const timer = setInterval(show, isTTY ? 250 : SECONDS_BETWEEN_LINES * 1000);
  try {
    return await build;
  } finally {
    clearInterval(timer);
    if (isTTY && shown !== '') process.stderr.write('\r\u001B[K');
  }
}
