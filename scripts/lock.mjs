// A lock between two set-ups of one checkout: a folder that holds the owner's process id.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param {string} folder */
function ownerIsAlive(folder) {
  try {
    const owner = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    process.kill(owner, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Waits until the lock is free and takes it. @param {string} folder @returns {Promise<() => void>} gives it back */
export async function acquireLock(folder) {
  mkdirSync(path.dirname(folder), { recursive: true });
  for (let attempt = 0; ; attempt += 1) {
    try {
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'pid'), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    // A new owner has a moment to write its process id.
    if (attempt > 2 && !ownerIsAlive(folder)) rmSync(folder, { recursive: true, force: true });
    else await sleep(200);
  }
}
