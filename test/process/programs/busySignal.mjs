// Is signalled (by itself, so that nothing is left to chance) and never comes to hear it, or hears it and goes on.
import { constants } from 'node:os';
import { loadAddon } from '../../../dist/native/load.js';

const { addon } = loadAddon();
const hears = process.argv[2] === 'hears';
process.on('SIGTERM', () => addon.signalHeard());
addon.watchSignals([constants.signals.SIGTERM], 200);
process.kill(process.pid, 'SIGTERM');
if (hears) setTimeout(() => console.log('went on'), 600);
else for (;;);
