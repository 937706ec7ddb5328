import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit } from '../../../../src/circuit/circuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { circuitLayout, type CircuitLayout } from '../../../../src/cut/drawing/circuitLayout.js';
import { circuitSvg, escapeXml } from '../../../../src/cut/drawing/circuitSvg.js';
import type { GatePart } from '../../../../src/cut/model/cutGraph.js';
import { drawCircuit, type Paint } from '../../../../src/cut/drawing/drawCircuit.js';
import { gate, ghz, randomCircuit, reentrant3, twoQubitGates } from '../circuits.js';

function layoutOf(circuit: Circuit, parts: readonly GatePart[]): CircuitLayout {
  return circuitLayout(circuit, parts, buildCutCircuit(circuit, parts));
}

function drawing(circuit: Circuit, parts: readonly GatePart[], paint?: Paint): readonly string[] {
  const drawn = drawCircuit(layoutOf(circuit, parts), { columns: 200, lines: 100 }, paint);
  if (!('lines' in drawn)) throw new Error(drawn.reason);
  return drawn.lines;
}

/** A circuit with parts for the ends of its two-qubit gates. */
const cutAnyhow = randomCircuit(6, 14).chain((circuit) =>
  fc
    .array(fc.tuple(fc.nat(2), fc.nat(2)), {
      minLength: twoQubitGates(circuit).length,
      maxLength: twoQubitGates(circuit).length,
    })
    .map((pairs) => ({
      circuit,
      parts: pairs.map(([a, b]): GatePart => (a === b ? a : [a, b])),
    })),
);

/** The elements of an XML text, in order; fails where a tag, an attribute or an entity is not well formed. */
function elements(xml: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  const token =
    /<\/([a-z]+)>|<([a-z]+)((?: [A-Za-z]+="[^"<&]*")*)(\/?)>|((?:[^<&]|&(?:amp|lt|gt|quot|apos);)+)/gy;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(xml);
    if (match === null) throw new Error(`not well formed: ${xml.slice(at, at + 60)}`);
    const [, closed, opened, , empty] = match;
    if (closed !== undefined && open.pop() !== closed) throw new Error(`</${closed}> closes nothing`);
    if (opened === undefined) continue;
    found.push(opened);
    if (empty === '') open.push(opened);
  }
  expect(open).toEqual([]);
  return found;
}

describe('drawCircuit', () => {
  test('draws a wire cut', () => {
    expect(drawing(ghz(3), [0, 1])).toEqual([
      'q0 (0) ─h─●─────── (0)',
      '          │',
      'q1 (0) ───⊕─╱0╱─●─ (1)',
      '                │',
      'q2 (1) ─────────⊕─ (1)',
    ]);
  });

  test('draws cut gates, and gates across wires', () => {
    const circuit = makeCircuit(4, [
      gate('cx', 0, 1),
      gate('cx', 0, 2),
      gate('cz', 2, 3),
      gate('iswap', 1, 3),
      gate('swap', 1, 0),
    ]);
    expect(drawing(circuit, [0, [0, 1], 1, [0, 1], 0])).toEqual([
      'q0 (0) ─●──●──────────×─ (0)',
      '        │  ╎0         │',
      'q1 (0) ─⊕──╎────iswap─×─ (0)',
      '           ╎      ╎1',
      'q2 (1) ────⊕──●───╎───── (1)',
      '              │   ╎',
      'q3 (1) ───────●─iswap─── (1)',
    ]);
  });

  test('leaves idle wires out, and paints by subcircuits', () => {
    const circuit = makeCircuit(3, [gate('h', 0), gate('x', 2)]);
    const painted = drawing(circuit, [], (text, subcircuit) => `<${subcircuit}:${text}>`);
    expect(painted).toEqual(['<0:q0 (0)> <0:─h─ (0)>', '', '<1:q2 (1)> <1:─x─ (1)>']);
  });

  test('says why it does not fit', () => {
    const layout = layoutOf(ghz(3), [0, 1]);
    expect(drawCircuit(layout, { columns: 21, lines: 9 })).toEqual({
      reason: 'it is 22 characters wide, and 21 are allowed',
    });
    expect(drawCircuit(layout, { columns: 22, lines: 4 })).toEqual({
      reason: 'it needs 5 lines, and 4 are allowed',
    });
    expect(drawCircuit(layoutOf(makeCircuit(2, []), []))).toEqual({ reason: 'it has no gates' });
  });
});

describe('circuitLayout', () => {
  test('shows every gate and cut once, each where nothing else is', () => {
    fc.assert(
      fc.property(cutAnyhow, ({ circuit, parts }) => {
        const cut = buildCutCircuit(circuit, parts);
        const { items, columns, wires } = circuitLayout(circuit, parts, cut);
        const gates = items.filter((item) => item.kind === 'gate');
        expect(gates.map((item) => item.gate)).toEqual(circuit.gates);
        const shown = items.map((item) => item.cut).filter((number) => number !== undefined);
        expect([...new Set(shown)].toSorted((a, b) => a - b)).toEqual(cut.cuts.map(({ index }) => index));
        const taken = new Set<string>();
        for (const item of items) {
          const qubits = item.kind === 'gate' ? item.gate.qubits : [item.qubit];
          for (let qubit = Math.min(...qubits); qubit <= Math.max(...qubits); qubit += 1) {
            expect(taken.has(`${qubit} ${item.column}`)).toBe(false);
            taken.add(`${qubit} ${item.column}`);
          }
          expect(item.column).toBeLessThan(columns);
        }
        // The ends of a gate are in the subcircuits that its wires are in at its column.
        for (const { gate: placed, column, subcircuits } of gates) {
          const there = placed.qubits.map(
            (qubit) => wires[qubit]?.findLast(({ start }) => start <= column)?.subcircuit,
          );
          expect(subcircuits).toEqual(there);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('circuitSvg', () => {
  test('is well-formed and holds every gate and cut', () => {
    fc.assert(
      fc.property(cutAnyhow, fc.string(), ({ circuit, parts }, title) => {
        const layout = layoutOf(circuit, parts);
        const groups = elements(circuitSvg(layout, title)).filter((name) => name === 'g');
        expect(groups).toHaveLength(layout.items.length);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps cuts where there is too much, and says what is left out', () => {
    const layout = layoutOf(reentrant3, [0, 0, 1, 0]);
    const svg = circuitSvg(layout, 'x', { maxItems: 5 });
    expect(elements(svg).filter((name) => name === 'g')).toHaveLength(5);
    expect(svg.match(/wire cut \d/g)).toHaveLength(4);
    expect(svg).toContain(`${layout.items.length - 5} gates and cuts are left out`);
  });

  test('refers to no other file, and escapes text', () => {
    expect(circuitSvg(layoutOf(ghz(2), [[0, 1]]), '</title>')).not.toMatch(/href|url\(|<\/title><\/title>/);
    expect(escapeXml(`a<b>&"c'\u0007`)).toBe('a&lt;b&gt;&amp;&quot;c&apos; ');
  });
});
