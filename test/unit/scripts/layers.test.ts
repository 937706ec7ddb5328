import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultOf, importsBelow, layerFaults, roomOf, ROWS } from '../../../scripts/layers.mjs';
import { repositoryRoot } from '../../support/requirements.js';

const source = join(repositoryRoot, 'src');

describe('layers of src/', () => {
  it('are kept by every import', () => {
    expect(importsBelow(source).length).toBeGreaterThan(500);
    expect(layerFaults(source)).toEqual([]);
  });

  it('have a room for every file, and a folder or file for every room', () => {
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1));
    for (const file of files) expect(roomOf(file), file).toBeDefined();
    const rooms = new Set(files.map(roomOf));
    for (const room of ROWS.flat()) expect(rooms.has(room), room).toBe(true);
  });

  it.each([
    ['run/files/files.ts', 'api/cut.ts', false, /api is not below run\/files/],
    ['cut/model/limits.ts', 'cut/search/findCuts.ts', true, /is not below cut\/model/],
    ['reconstruct/network/bondRanks.ts', 'reconstruct/engine/checkpoints.ts', true, /engine is not below/],
    ['evaluate/tasks.ts', 'cut/model/cutCircuit.ts', false, /a stage takes nothing from another but types/],
    ['compile/gates/merge.ts', 'reconstruct/plan/findTree.ts', true, /a stage takes nothing from another/],
    ['circuit/circuit.ts', 'run/files/files.ts', false, /run\/files is not below circuit/],
    ['circuit/circuit.ts', 'circuit/qasm/readQasm.ts', false, /qasm is not below circuit/],
    ['api/input/source.ts', 'api/cut.ts', true, /api is not below api\/input/],
    ['reconstruct/queries/bins.ts', 'reconstruct/queries/answers/binsAnswer.ts', true, /is not below/],
    ['elsewhere/file.ts', 'run/files/files.ts', false, /lies in no room/],
  ])('refuse that %s imports %s', (file, target, typeOnly, fault) => {
    expect(faultOf({ file, target, typeOnly })).toMatch(fault);
  });

  it('allow what goes down, and the types of cut circuits to every stage', () => {
    for (const [file, target, typeOnly] of [
      ['cli/commands/options.ts', 'run/resources/units.ts', false],
      ['evaluate/tasks.ts', 'cut/model/cutCircuit.ts', true],
      ['cut/search/modes/jointSearch.ts', 'cut/search/findCuts.ts', false],
      ['run/context.ts', 'cluster/cluster.ts', false],
    ] as const) {
      expect(faultOf({ file, target, typeOnly }), file).toBeUndefined();
    }
  });

  it('allow that a query loads its answer when it is asked', () => {
    const file = 'reconstruct/queries/bins.ts';
    const target = 'reconstruct/queries/answers/binsAnswer.ts';
    expect(faultOf({ file, target, typeOnly: false, isCall: true })).toBeUndefined();
    expect(faultOf({ file, target: 'api/cut.ts', typeOnly: false, isCall: true })).toBeDefined();
  });
});
