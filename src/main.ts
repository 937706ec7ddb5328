#!/usr/bin/env node
/** Takes the signals, and only then loads the program: an import statement would load it first. */
import { takeSignals } from './signals.js';

takeSignals();
const { runProgram } = await import('./cli/runProgram.js');
// A SIGUSR1 just before the first line opens Node's debugger a moment after it.
takeSignals();
await runProgram(process.argv.slice(2));
