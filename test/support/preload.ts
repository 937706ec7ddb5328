/** Calls of the system that answer as other systems do, by a library that the loader puts before libc. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './requirements.js';

/** Why this machine cannot do so, or undefined if it can. */
export function missingPreload(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is of Linux';
  return findProgram('cc') === undefined ? 'cc is not installed' : undefined;
}

/** Compiles definitions in C into `folder`; gives the variables of a process that they are for. */
export function preload(folder: string, name: string, definitions: string): Record<string, string> {
  const source = path.join(folder, `${name}.c`);
  const library = path.join(folder, `${name}.so`);
  writeFileSync(
    source,
    `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
${definitions}
`,
  );
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  return { LD_PRELOAD: library };
}
