import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSubcircuitQasm, writeReusedQasm } from '../../../../src/circuit/qasm/subcircuitQasm.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import type { CutCircuit, Subcircuit } from '../../../../src/cut/model/cutCircuit.js';
import { findCuts } from '../../../../src/cut/search/findCuts.js';
import { planReuse, reuseBound, reusedWidth } from '../../../../src/cut/reuse/planReuse.js';
import { checkReuse } from '../../../../src/cut/reuse/reuseChecker.js';
import { totalGamma } from '../../../../src/cut/model/overhead.js';
import { withFullRun, largestDifference } from '../../../support/runs.js';
import { allCuts } from '../bruteForce.js';
import { cxCircuit, ghz, randomCircuit, reentrant3, twoQubitGates } from '../circuits.js';
import { writeQasm } from '../../../../src/circuit/qasm/writeQasm.js';
import { COUNTED } from '../../../support/budget.js';

/** Random circuits with random parts of all gate ends. */
function randomCuts(maxQubits: number, maxGates: number): fc.Arbitrary<CutCircuit> {
  return fc
    .tuple(randomCircuit(maxQubits, maxGates), fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }))
    .map(([circuit, names]) => {
      const parts = twoQubitGates(circuit).map((_, i): [number, number] => [
        names[(2 * i) % 40] ?? 0,
        names[(2 * i + 1) % 40] ?? 0,
      ]);
      return buildCutCircuit(circuit, parts);
    });
}

/** The fewest wires alive at once over all orders, by trying them. */
function fewestAlive({ width, gates, gateEnds }: Subcircuit): number {
  const operations: (readonly number[])[] = [];
  for (let position = 0; position <= gates.length; position += 1) {
    operations.push(...gateEnds.filter((end) => end.position === position).map(({ qubit }) => [qubit]));
    const gate = gates[position];
    if (gate !== undefined) operations.push(gate.qubits);
  }
  const first = Array.from({ length: width }, (_, qubit) =>
    operations.flatMap((acted, i) => (acted.includes(qubit) ? [i] : [])),
  );
  const seen = new Map<string, number>();
  const go = (done: ReadonlySet<number>): number => {
    if (done.size === operations.length) return 0;
    const key = [...done].sort((a, b) => a - b).join();
    const known = seen.get(key);
    if (known !== undefined) return known;
    let least = Infinity;
    operations.forEach((acted, i) => {
      if (done.has(i) || acted.some((q) => first[q]?.some((other) => other < i && !done.has(other)))) return;
      const after = new Set([...done, i]);
      const alive = first.filter(
        (list, q) =>
          acted.includes(q) || (list.some((at) => after.has(at)) && list.some((at) => !after.has(at))),
      ).length;
      least = Math.min(least, Math.max(alive, go(after)));
    });
    seen.set(key, least);
    return least;
  };
  return go(new Set());
}

/** Undoes the reuse of qubits: every reset begins another qubit. Measurements are taken out. */
function unrolled(text: string): { plain: string; measured: Map<number, number> } {
  const names = new Map<string, number>();
  const measured = new Map<number, number>();
  let count = 0;
  const lines = text.split('\n').flatMap((line) => {
    if (/^(creg|qreg)/.test(line)) return line.startsWith('qreg') ? ['qreg q[COUNT];'] : [];
    const reset = /^reset (q\[\d+\]);$/.exec(line);
    if (reset?.[1] !== undefined) {
      expect(names.has(reset[1])).toBe(true);
      names.set(reset[1], count++);
      return [];
    }
    const renamed = line.replaceAll(/q\[\d+\]/g, (name) => {
      if (!names.has(name)) names.set(name, count++);
      return `q[${names.get(name) ?? 0}]`;
    });
    const measure = /^measure q\[(\d+)\] -> c\[(\d+)\];$/.exec(renamed);
    if (measure === null) return [renamed];
    measured.set(Number(measure[2]), Number(measure[1]));
    return [];
  });
  return { plain: lines.join('\n').replace('COUNT', String(count)), measured };
}

function cutsAt(list: readonly { readonly cut: number; readonly qubit: number }[], qubit: number): string {
  return list.flatMap((end) => (end.qubit === qubit ? [end.cut] : [])).join();
}

/** What happens on every wire in order, whatever the numbers of qubits; gates name the steps of their other wire. */
function wiresOf({
  gates,
  gateEnds,
  inputs,
  outputs,
}: Pick<Subcircuit, 'gates' | 'inputs' | 'outputs'> & {
  readonly gateEnds: readonly { readonly cut: number; readonly qubit: number; readonly position: number }[];
}): (qubit: number) => string {
  const wires = new Map<number, string[]>();
  const push = (qubit: number, what: string): void => {
    wires.set(qubit, [...(wires.get(qubit) ?? []), what]);
  };
  for (let position = 0; position <= gates.length; position += 1) {
    for (const { cut, qubit } of gateEnds.filter((end) => end.position === position))
      push(qubit, `cut ${cut}`);
    const gate = gates[position];
    if (gate === undefined) continue;
    const before = gate.qubits.map((qubit) => (wires.get(qubit) ?? []).join());
    gate.qubits.forEach((qubit, slot) =>
      push(qubit, `${gate.name}(${gate.params.join()})${slot} with [${before[1 - slot] ?? ''}]`),
    );
  }
  return (qubit) =>
    `${cutsAt(inputs, qubit)} | ${wires.get(qubit)?.join() ?? ''} | ${cutsAt(outputs, qubit)}`;
}

describe('qubits that are used again', () => {
  test('plans pass the checker, and need no fewer qubits than the best order, no more than all', () => {
    fc.assert(
      fc.property(randomCuts(5, 7), (cut) => {
        for (const subcircuit of cut.subcircuits) {
          const plan = planReuse(subcircuit);
          checkReuse(subcircuit, plan, plan.width);
          const least = fewestAlive(subcircuit);
          expect(plan.width).toBeLessThanOrEqual(subcircuit.width);
          expect(plan.width).toBeGreaterThanOrEqual(least);
          expect(reuseBound(subcircuit)).toBeLessThanOrEqual(least);
          if (subcircuit.width < 4) expect(plan.width).toBe(least);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('chains and stars take two qubits of any number', () => {
    const star = cxCircuit(
      40,
      Array.from({ length: 39 }, (_, i) => [0, i + 1] as const),
    );
    for (const circuit of [ghz(40), star]) {
      expect(reusedWidth(buildCutCircuit(circuit, Array<number>(39).fill(0)))).toBe(2);
    }
  });

  test('the checker refuses wires that share a qubit while both are alive, steps out of order or missing', () => {
    const [subcircuit] = buildCutCircuit(ghz(4), [0, 0, 0]).subcircuits;
    if (subcircuit === undefined) throw new Error('no subcircuit');
    const plan = planReuse(subcircuit);
    expect(plan.width).toBe(2);
    expect(() => checkReuse(subcircuit, plan, 1)).toThrow(/takes 2 qubits, more than 1/);
    expect(() => checkReuse(subcircuit, { ...plan, device: [0, 0, 1, 0] })).toThrow(/carries .* at once/);
    expect(() => checkReuse(subcircuit, { ...plan, device: [0, 2, 1, 0] })).toThrow(/no qubit of the device/);
    expect(() => checkReuse(subcircuit, { ...plan, steps: plan.steps.slice(1) })).toThrow(/out of order/);
    expect(() => checkReuse(subcircuit, { ...plan, steps: plan.steps.slice(0, -1) })).toThrow(/missing/);
  });

  test('the text for a device is the subcircuit again, once every reset begins another qubit', () => {
    fc.assert(
      fc.property(randomCuts(6, 14), (cut) => {
        for (const subcircuit of cut.subcircuits) {
          const plan = planReuse(subcircuit);
          const outcomes = subcircuit.outcomes.map(({ qubit }) => qubit);
          const text = writeReusedQasm({ ...subcircuit, qubits: subcircuit.width, outcomes }, plan);
          expect(text).toContain(`qreg q[${plan.width}];`);
          const { plain, measured } = unrolled(text);
          const read = readSubcircuitQasm(plain, 'reused.qasm');
          expect(read.qubits).toBe(subcircuit.width);
          const [there, here] = [wiresOf(read), wiresOf(subcircuit)];
          const all = (wire: (qubit: number) => string): string[] =>
            Array.from({ length: subcircuit.width }, (_, qubit) => wire(qubit)).sort((a, b) =>
              a < b ? -1 : 1,
            );
          expect(all(there)).toEqual(all(here));
          expect(outcomes.map((_, bit) => there(measured.get(bit) ?? -1))).toEqual(outcomes.map(here));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('findCuts with reuseQubits', () => {
  test('cuts nothing that fits the device', async () => {
    const solution = await findCuts(ghz(30), { maxWidth: 2, reuseQubits: true });
    expect(solution.cutCircuit.cuts).toEqual([]);
    expect(solution).toMatchObject({ proven: true, lowerBound: solution.value });
  });

  test('random circuits: the device is wide enough, and no cuts are better than the bound', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(5, 7).filter((circuit) => twoQubitGates(circuit).length <= 3),
        fc.integer({ min: 1, max: 2 }),
        async (circuit, maxWidth) => {
          const sampling = { objective: 'sampling', timeLimit: 2, ...COUNTED } as const;
          const options = { maxWidth, reuseQubits: true, ...sampling };
          const solution = await findCuts(circuit, options);
          expect(reusedWidth(solution.cutCircuit)).toBeLessThanOrEqual(maxWidth);
          let least = Infinity;
          for (const cut of allCuts(circuit)) {
            if (cut.subcircuits.every((subcircuit) => fewestAlive(subcircuit) <= maxWidth)) {
              least = Math.min(least, totalGamma(cut.cuts) ** 2);
            }
          }
          expect(solution.lowerBound ?? Infinity).toBeLessThanOrEqual(least * (1 + 1e-9));
          expect(solution.value).toBeLessThanOrEqual(least * (1 + 1e-9));
        },
      ),
      { numRuns: 12, seed: 1 },
    );
  });

  test('wires that return: the distribution stays exact', async () => {
    const turned = reentrant3.gates.map((each) =>
      each.name.startsWith('r') ? { ...each, params: [0.7] } : each,
    );
    const text = writeQasm({ ...reentrant3, gates: turned }, 2);
    await withFullRun(text, { maxWidth: 3 }, async ({ distribution }) => {
      const options = { maxWidth: 2, reuseQubits: true, wireCutsOnly: true };
      await withFullRun(text, options, ({ distribution: cut, result }) => {
        expect(result.cut.width).toBe(2);
        expect(result.cut.wireCuts).toBeGreaterThan(0);
        expect(largestDifference(cut, distribution)).toBeLessThan(1e-12);
      });
    });
  });
});
