/** An addon with two CUDA devices that are not there: what is asked of them the processor does, but one of them fails. */
import { writeFileSync } from 'node:fs';

/** Writes the addon, for KRONCUT_ADDON, around the real one. The device of identity `failing` fails at its first call. */
export function writePretendDevices(file: string, real: string, failing: string): void {
  writeFileSync(
    file,
    `const real = require(${JSON.stringify(real)});
const cuda = ['GPU-a', 'GPU-b'].map((identity, i) => ({ name: 'cuda:' + i, identity, description: 'pretended', totalBytes: 2e9, freeBytes: 1e9 }));
const failing = cuda.find(({ identity }) => identity === ${JSON.stringify(failing)}).name;
function onProcessor(value) {
  if (typeof value !== 'object' || value === null || typeof value.device !== 'string') return value;
  if (value.device === failing)
    throw Object.assign(new Error(failing + ': an illegal memory access was encountered'), { code: 'device' });
  return { ...value, device: 'cpu' };
}
const wrapped = Object.entries(real).map(([name, it]) =>
  [name, typeof it === 'function' ? (...given) => it(...given.map(onProcessor)) : it]);
module.exports = { ...Object.fromEntries(wrapped), devices: () => [...real.devices(), ...cuda], cudaUnavailableReason: () => '' };
`,
  );
}
