/** The program of a pool's ranks, which the server starts. As in `main.ts`, signals are taken first. */
import { takeSignals } from './signals.js';

takeSignals();
const { runTeamProgram } = await import('./cli/runTeam.js');
takeSignals();
await runTeamProgram(process.argv[2] ?? '{}');
