// Adds numbers to a journal, and prints each once it is on disk, while the journal is written anew again and again.
import process from 'node:process';
import { Journal } from '../../../dist/pool/journal/journal.js';

const [file = ''] = process.argv.slice(2);
const PAD = 'x'.repeat(3000);
const { journal, entries } = await Journal.open(file);
/** @type {Map<number, { number: number, pad: string }>} */
const known = new Map(entries.map((entry) => [entry.number, entry]));
let next = Math.max(0, ...known.keys());

async function add() {
  for (;;) {
    next += 1;
    const entry = { number: next, pad: PAD };
    known.set(entry.number, entry);
    await journal.append(entry);
    process.stdout.write(`${entry.number}\n`);
  }
}
async function writeAnew() {
  for (;;) await journal.rewrite([...known.values()]);
}
await Promise.all([add(), add(), add(), writeAnew()]);
