import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import { blockMemory, leastMemory } from '../../../../src/compile/ranks/blockMemory.js';
import { shortenBlock } from '../../../../src/compile/block/shortenBlock.js';
import { loadAddon } from '../../../../src/native/load.js';

const { addon } = loadAddon();
const OPTIONS = {
  method: 'auto',
  multistarts: 1,
  threshold: 1e-8,
  scan: 'weight',
  pairs: true,
  stage: 'shorten',
  synthesis: 'off',
  seed: 0,
} as const;

/** Few gates on many qubits: two `cx` that undo one another but for a turn that does nothing, and one that is needed. */
function fewGates(qubits: number) {
  const last = qubits - 1;
  return [
    gateOf('u', [0], 0.3, 0.4, 0.5),
    gateOf('cx', [0, last]),
    gateOf('u', [last], 0.7, 0.1, 0.2),
    gateOf('cx', [5, 3]),
    gateOf('rz', [3], 1e-9),
    gateOf('cx', [5, 3]),
  ];
}

describe('large blocks', () => {
  it.for([11, 12])(
    'of %d qubits lose what they do not need',
    { timeout: 120_000 },
    async (qubits, { skip }) => {
      const block = { qubits, gates: fewGates(qubits) };
      const need = leastMemory(blockMemory(addon, 'cpu', block, OPTIONS));
      const context = {
        native: addon,
        call: <T>(
          body: (options: { threads: number; control: ReturnType<typeof addon.createControl> }) => T,
        ) => body({ threads: 1, control: addon.createControl() }),
      };
      skip(need > addon.availableMemory(), `${need} bytes of memory are needed`);
      const compiled = await shortenBlock(context, block, OPTIONS, 1);
      expect(compiled.gates.map(({ name }) => name)).toEqual(['u3', 'cx', 'u3']);
      expect(compiled.distance).toBeLessThan(1e-12);
    },
  );
});
