// With `node --import`: a SIGUSR1 comes before the program has a handler for it.
import inspector from 'node:inspector';
import { setTimeout } from 'node:timers/promises';

process.kill(process.pid, 'SIGUSR1');
while (inspector.url() === undefined) await setTimeout(1);
