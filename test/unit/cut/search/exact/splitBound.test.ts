import { describe, expect, it } from 'vitest';
import { makeCircuit, type Gate } from '../../../../../src/circuit/circuit.js';
import { splitBound } from '../../../../../src/cut/search/exact/splitBound.js';
import { windowBound } from '../../../../../src/cut/search/exact/windowBound.js';
import { findCuts } from '../../../../../src/cut/search/findCuts.js';
import { edgeColumns, type Edge } from '../../../../../src/cut/search/problem/cutProblem.js';
import { Pace } from '../../../../../src/run/resources/pace.js';
import { checkSplit } from '../../../../../src/cut/solution/splitChecker.js';
import { randomNumbers } from '../../../../../src/run/resources/pace.js';
import { partitions } from '../../bruteForce.js';

interface Small {
  readonly nodes: number;
  readonly sources: Int32Array;
  readonly unit: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly enters: Uint8Array;
  readonly weight: Int32Array;
}

/** A few wires of one to three nodes each, and gates between them. */
function small(seed: number): Small {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const unit = seed % 2 === 0 ? 1 : 4096;
  const sources: number[] = [];
  const edges: Edge[] = [];
  const edge = (from: number, to: number, enters: number, weight: number): void => {
    edges.push({ from, to, enters, weight, bonds: 1, load: 0, logGamma: 1 });
  };
  while (sources.length < 7) {
    const length = 1 + below(Math.min(3, 8 - sources.length));
    for (let i = 0; i < length; i += 1) {
      if (i > 0) edge(sources.length - 1, sources.length, 1, unit);
      sources.push(i === 0 ? 1 : 0);
    }
  }
  const nodes = sources.length;
  for (let i = 0; i < 2 * nodes; i += 1) {
    const [a, b] = [below(nodes), below(nodes)];
    if (a !== b) edge(a, b, 0, unit === 1 ? 1 + below(2) : 500 + below(4000));
  }
  return { nodes, sources: Int32Array.from(sources), unit, ...edgeColumns(nodes, edges) };
}

/** Weight of the cuts, and the widest part, from the definition. */
function measured({ nodes, sources, from, to, enters, weight }: Small, part: readonly number[]) {
  const widths = new Map<number, number>();
  for (let v = 0; v < nodes; v += 1) {
    const own = part[v] ?? 0;
    widths.set(own, (widths.get(own) ?? 0) + (sources[v] ?? 0));
  }
  let cuts = 0;
  from.forEach((tail, edge) => {
    const [a = 0, b = 0] = [part[tail], part[to[edge] ?? 0]];
    if (a === b) return;
    cuts += weight[edge] ?? 0;
    if (enters[edge] === 1) widths.set(b, (widths.get(b) ?? 0) + 1);
  });
  return { cuts, width: Math.max(...widths.values()) };
}

const PACE = new Pace(Infinity);

describe('bounds by windows', () => {
  it('are below the cuts of every partition that keeps to the width, on 200 small problems', async () => {
    let worth = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const problem = small(seed);
      const maxWidth = 2 + (seed % 2);
      const all = [...partitions(problem.nodes)].map((part) => ({ part, ...measured(problem, part) }));
      const fitting = all.filter(({ width }) => width <= maxWidth).sort((a, b) => a.cuts - b.cuts);
      const least = fitting[0]?.cuts ?? Infinity;
      // Windows of the best partition, and of some other.
      for (const chosen of [fitting[0], fitting[seed % fitting.length]]) {
        const found = await splitBound(problem, Int32Array.from(chosen?.part ?? []), maxWidth, {
          left: 1e6,
          pace: PACE,
        });
        if (found === undefined) continue;
        expect(found.lower).toBeLessThanOrEqual(least);
        checkSplit(problem, found.certificate, found.lower);
        if (found.lower === least) worth += 1;
      }
      const whole = await windowBound(problem, maxWidth, 1e9, { left: 1e6, pace: PACE });
      expect(whole).toBeLessThanOrEqual(least);
    }
    expect(worth).toBeGreaterThan(50);
  });

  it('say nothing where the work is not enough', async () => {
    const problem = small(3);
    expect(await windowBound(problem, 2, 1e9, { left: 3, pace: PACE })).toBeUndefined();
  });

  it('prove that clusters fall apart at their links, wires or not', async () => {
    const size = 6;
    const gates: Gate[] = [];
    for (let layer = 0; layer < 3; layer += 1) {
      for (let first = 0; first < 4 * size; first += size) {
        for (let a = 0; a < size; a += 1) {
          for (let b = a + 1; b < size; b += 1)
            gates.push({ name: 'cx', qubits: [first + a, first + b], params: [] });
        }
      }
      if (layer === 2) continue;
      for (let first = size; first < 4 * size; first += size)
        gates.push({ name: 'cx', qubits: [first - 1, first], params: [] });
    }
    const circuit = makeCircuit(4 * size, gates);
    const found = await findCuts(circuit, { maxWidth: size, objective: 'sampling' });
    expect(found.cutCircuit.cuts.map(({ kind }) => kind)).toEqual(Array(6).fill('gate'));
    expect(found.proven).toBe(true);
    expect(found.value).toBeCloseTo(9 ** 6, 3);
  });

  it('are refused where an edge counts more than once', async () => {
    const problem = small(5);
    const part = Int32Array.from({ length: problem.nodes }, (_, node) => node);
    const found = await splitBound(problem, part, 1, { left: 1e6, pace: PACE });
    if (found === undefined) throw new Error('no two nodes are too wide together');
    const { certificate, lower } = found;
    const [first] = certificate.windows;
    const twice = {
      ...certificate,
      windows: [...certificate.windows, ...(first === undefined ? [] : [first])],
    };
    expect(() => checkSplit(problem, twice, lower)).toThrow(/counts more than it weighs/);
    expect(() => checkSplit(problem, certificate, lower + 2)).toThrow(/add up to less/);
  });
});
