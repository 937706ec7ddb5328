// The stages in memory and in a directory, on every rank: writes to FOLDER/RANK.json whether their answers are the same.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { cut, evaluate, generate, openSession, readQasm, reconstruct } from '../../../dist/index.js';

const [folder = '.'] = process.argv.slice(2);
const { qasm } = generate('supremacy', { qubits: 12, seed: 2 });
const asked = { full: true, top: 4, samples: 5, marginal: [0, 7], expect: 'Z0 Z1 + X11', bins: 3 };
const labels = 'AAAABBBBCCCC';

const session = await openSession({ device: 'cpu', threads: 1 });
const { rank } = session.cluster;
const directory = path.join(folder, 'run');
await cut({ text: qasm }, { session, directory, labels });
await evaluate(directory, { session });
const kept = await reconstruct(directory, { session, ...asked });

const tensors = await evaluate(await cut(readQasm(qasm), { session, labels }), { session });
const { evaluated } = tensors;
const { full, samples, ...rest } = await reconstruct(tensors, { session, ...asked });
const { full: keptFull, samples: keptSamples, ...keptRest } = kept;
const { values, ...facts } = full;
const lines = readFileSync(path.join(directory, keptSamples.file), 'utf8').trimEnd().split('\n');
const bytes = readFileSync(path.join(directory, keptFull.file)).subarray(128);
const held =
  values === undefined ? undefined : Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const same = {
  rest: isDeepStrictEqual(rest, keptRest),
  facts: isDeepStrictEqual({ ...facts, file: keptFull.file }, keptFull),
  samples: isDeepStrictEqual(samples.values, lines),
  full: held === undefined ? rank !== 0 : held.equals(bytes),
};
await session.close();
writeFileSync(path.join(folder, `${rank}.json`), JSON.stringify({ same, evaluated }));
