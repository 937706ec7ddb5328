/** What a client of a pool calls itself: clients take turns. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The terminal, or the batch job, that this process was started in: its session. All that runs there is one client. */
export function sessionName(): string {
  return named(String(sessionOfProcess() ?? process.ppid));
}

/** One connection of this process. */
export function connectionName(): string {
  return named(`${process.pid}.${randomBytes(4).toString('hex')}`);
}

function named(part: string): string {
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 64);
  return `${host}:${part}`;
}

function sessionOfProcess(): number | undefined {
  try {
    // After the name of the program, which may hold anything, stand state, parent, group and session.
    const session = Number(/\) \S+ \S+ \S+ (\d+) [^)]*$/.exec(readFileSync('/proc/self/stat', 'utf8'))?.[1]);
    return session > 0 ? session : undefined;
  } catch {
    return undefined;
  }
}
