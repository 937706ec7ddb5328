// Small helpers that the scripts share: finding programs, running them with their output in a log file.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { availableParallelism, constants as system, freemem } from 'node:os';
import path from 'node:path';

/** A failure that is told in one sentence; scripts print its message and exit with 1. */
export class ScriptError extends Error {}

/** A compiler takes up to so much memory for one file. */
const BYTES_PER_JOB = 2 ** 29;

/** Files to compile at a time: KRONCUT_JOBS, or as many as there are processors and memory for. */
export function compileJobs() {
  const free = Math.floor(freemem() / BYTES_PER_JOB);
  return process.env['KRONCUT_JOBS'] ?? String(Math.max(1, Math.min(availableParallelism(), free)));
}

/** Full path of a program on PATH, or undefined. @param {string} name */
export function which(name) {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
  for (const folder of folders) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * Runs a program and waits. With `log` its output goes to that file, else to the terminal. An `isInteractive` program
 * reads standard input, and signals are left to it. Never throws for a failing program.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log?: string, isInteractive?: boolean }} [options]
 * @returns {Promise<number>} exit status; 127 if the program cannot be started, 128 + n if signal n ended it
 */
export function run(command, args, options = {}) {
  let output = /** @type {number | 'inherit'} */ ('inherit');
  if (options.log !== undefined) {
    mkdirSync(path.dirname(options.log), { recursive: true });
    output = openSync(options.log, 'a');
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.isInteractive ? 'inherit' : 'ignore', output, output],
    });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    if (options.isInteractive) {
      // The terminal sends SIGINT to the program itself.
      process.on('SIGINT', () => {});
      // Taken in any case: SIGUSR1 would start Node's debugger.
      for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(name, forward);
    }
    const finish = (/** @type {number} */ status) => {
      if (typeof output === 'number') closeSync(output);
      resolve(status);
    };
    child.once('error', () => finish(127));
    child.once('exit', (status, signal) => finish(status ?? 128 + system.signals[signal ?? 'SIGTERM']));
  });
}

/** Runs the body of a script; a ScriptError becomes one line on stderr and exit status 1. @param {() => Promise<number | void>} body */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
