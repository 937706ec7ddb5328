import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTwoQubitGates, twoQubitDepth } from '../../../src/circuit/circuitFacts.js';
import type { Gate } from '../../../src/circuit/circuit.js';
import { gateOf } from '../../../src/circuit/gates.js';
import { chooseVersions, type Version } from '../../../src/compile/chooseVersions.js';
import { objectiveOf } from '../../../src/compile/gates/objective.js';

const DEPTH = objectiveOf({ objective: 'depth' });
const QUBITS = 4;

const cx = (...pairs: readonly (readonly number[])[]): Version => ({
  gates: pairs.map((pair) => gateOf('cx', pair)),
  angle: 0,
});
const depthOf = (gates: readonly Gate[]): number => twoQubitDepth({ qubits: QUBITS, gates });
const gatesOf = (versions: readonly Version[]): Gate[] => versions.flatMap(({ gates }) => gates);

const pair = fc.uniqueArray(fc.integer({ min: 0, max: QUBITS - 1 }), { minLength: 2, maxLength: 2 });
const version = fc.array(pair, { maxLength: 5 }).map((pairs) => cx(...pairs));
const parts = fc.array(fc.tuple(version, version, version), { maxLength: 8 });

describe('the versions that are taken', () => {
  it('for depth never make the circuit deeper than its last ones', () => {
    fc.assert(
      fc.property(parts, (all) => {
        const before = gatesOf(all.map(([, , last]) => last));
        const chosen = chooseVersions(DEPTH, QUBITS, all);
        expect(depthOf(gatesOf(chosen))).toBeLessThanOrEqual(depthOf(before));
        for (const [i, each] of chosen.entries()) expect(all[i]).toContain(each);
      }),
    );
  });

  it('have fewer gates where nothing waits for them, and fewer layers where something does', () => {
    const shortButDeep = cx([0, 1], [1, 2], [2, 3]);
    const wide = cx([0, 1], [2, 3], [0, 1], [2, 3]);
    const long = cx([2, 3], [2, 3]);
    expect(chooseVersions(DEPTH, QUBITS, [[shortButDeep, wide], [long]])).toEqual([wide, long]);
    const early = cx([0, 1], [0, 1], [0, 1], [0, 1], [0, 1]);
    const inTime = [[long], [cx([2, 3], [2, 3]), cx([2, 3])], [early]] as const;
    expect(countTwoQubitGates(gatesOf(chooseVersions(DEPTH, QUBITS, inTime)))).toBe(8);
  });

  it('for few gates are those with fewest, the first among equals', () => {
    const [one, two, other] = [cx([0, 1]), cx([0, 1], [1, 2]), cx([1, 0])];
    expect(chooseVersions(objectiveOf({}), QUBITS, [[two, one, other]])).toEqual([one]);
  });
});
