import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { shortenBlock } from '../../../../src/compile/block/shortenBlock.js';
import type { BlockContext } from '../../../../src/compile/block/block.js';
import {
  deleteGates,
  type DeletionOptions,
  type Instantiator,
} from '../../../../src/compile/block/deletion.js';
import { templateOf, withoutGate, withParameters } from '../../../../src/compile/block/template.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import type { InstantiateResult, SynthesisTarget, Template } from '../../../../src/native/addon.js';
import { loadAddon } from '../../../../src/native/load.js';

const OPTIONS: DeletionOptions = { threshold: 1e-8, multistarts: 4, scan: 'weight', pairs: false };

/** Gates `u3` and `cx`, at most one `u3` between two `cx` on a wire. */
function block(seed: number, qubits: number, cx: number): Gate[] {
  const random = new Random(seed, 'deletion');
  const gates: Gate[] = [];
  for (let i = 0; i < cx; i += 1) {
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (_, q) => q));
    gates.push(gateOf('u', [a], random.angle(), random.angle(), random.angle()), gateOf('cx', [a, b]));
  }
  return toU3Cx(gates);
}

function result(template: Template, success: boolean, distance = success ? 0 : 0.5): InstantiateResult {
  return {
    success,
    distance,
    parameters: template.parameters ?? new Float64Array(),
    method: 'lm',
    iterations: 1,
    totalIterations: 1,
    start: 0,
    distances: Float64Array.of(distance),
  };
}

/** An optimiser that finds what `works` says, and keeps count of what it was asked. */
function pretend(works: (template: Template) => boolean, distance?: number) {
  const asked: { readonly templates: readonly Template[]; readonly multistarts: number }[] = [];
  const instantiator: Instantiator = {
    tryInOrder: async (_target, templates, { multistarts }) => {
      asked.push({ templates, multistarts });
      const first = templates.findIndex(works);
      return templates.map((template, i) =>
        first >= 0 && i > first ? null : result(template, i === first, i === first ? distance : undefined),
      );
    },
    polish: async (_target, template) => result(template, true),
  };
  return { asked, instantiator };
}

const target = (qubits: number, gates: readonly Gate[]): SynthesisTarget => ({
  qubits,
  kind: 'unitary',
  values: denseUnitary(qubits, gates),
});
const cxOf = (gates: readonly { readonly name?: string; readonly kind?: string }[]): number =>
  gates.filter(({ name, kind }) => (name ?? kind) === 'cx').length;

const keepsSixCx = ({ gates }: Template): boolean => cxOf(gates) >= 6;

const acrossFirst = ({ gates }: Template): number =>
  gates.filter(({ kind, qubits }) => kind === 'cx' && qubits.includes(0)).length;

describe('taking a gate out', () => {
  it('leaves the order of the others, and merges u3 that meet', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, pick) => {
        const gates = block(seed, 3, 8);
        const index = pick % gates.length;
        const { gates: rest, place } = withoutGate(gates, index);
        expect(rest.every((gate) => gates.includes(gate))).toBe(true);
        expect(cxOf(rest)).toBe(cxOf(gates) - (gates[index]?.name === 'cx' ? 1 : 0));
        expect(rest.slice(0, place)).toEqual(gates.slice(0, index).filter((gate) => rest.includes(gate)));
        expect(rest.slice(place)).toEqual(gates.slice(index + 1));
        const last: (string | undefined)[] = [];
        for (const { name, qubits } of rest) {
          for (const q of qubits) {
            expect(name === 'u3' && last[q] === 'u3').toBe(false);
            last[q] = name;
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a template and its gates are the same thing', () => {
    const gates = block(3, 4, 6);
    const template = templateOf(4, gates);
    const again = withParameters(gates, template.parameters ?? new Float64Array());
    expect(unitaryDistance(denseUnitary(4, again), denseUnitary(4, gates))).toBeLessThan(1e-28);
    expect(() => templateOf(2, [gateOf('cz', [0, 1])])).toThrow(/no gate of a template/);
    // Read from the list of gates or from the pairs of numbers, it is the same.
    const { pairs: _pairs, ...listed } = template;
    const { addon } = loadAddon();
    expect(addon.compositeUnitary(template)).toEqual(addon.compositeUnitary(listed));
    expect(() => addon.compositeUnitary({ ...template, pairs: Int32Array.of(0, 4, 0) })).toThrow(/pairs/);
    expect(() => addon.compositeUnitary({ ...template, pairs: Int32Array.of(0, 4) })).toThrow(/qubit 4/);
  });
});

describe('deletion', () => {
  it('keeps every gate that is needed and drops every one that is not', async () => {
    const gates = block(1, 3, 9);
    const none = pretend(() => false);
    expect(await deleteGates(target(3, gates), gates, OPTIONS, none.instantiator)).toEqual(gates);
    const some = pretend((template) => cxOf(template.gates) >= 5);
    const left = await deleteGates(target(3, gates), gates, OPTIONS, some.instantiator);
    expect(cxOf(left)).toBe(5);
    // Where anything goes, one u3 stays: a template without one cannot be adjusted.
    expect(left.filter(({ name }) => name === 'u3')).toHaveLength(1);
  });

  it('tries cx first, from several starts, and u3 from the angles in hand', async () => {
    const gates = block(2, 3, 6);
    const { asked, instantiator } = pretend(() => false);
    await deleteGates(target(3, gates), gates, OPTIONS, instantiator);
    const kinds = asked.map(({ templates, multistarts }) => {
      expect(new Set(templates.map((template) => cxOf(template.gates))).size).toBe(1);
      return [cxOf(templates[0]?.gates ?? []) < cxOf(gates) ? 'cx' : 'u3', multistarts] as const;
    });
    const boundary = kinds.findIndex(([kind]) => kind === 'u3');
    expect(kinds.slice(0, boundary).every(([kind, starts]) => kind === 'cx' && starts === 4)).toBe(true);
    expect(kinds.slice(boundary).every(([kind, starts]) => kind === 'u3' && starts === 1)).toBe(true);
    expect(asked.flatMap(({ templates }) => templates)).toHaveLength(gates.length);
  });

  it.each(['left', 'right'] as const)('%s: tries every gate once, in order', async (scan) => {
    const gates = block(4, 3, 6);
    const { asked, instantiator } = pretend(() => false);
    await deleteGates(target(3, gates), gates, { ...OPTIONS, scan }, instantiator);
    const tried = asked.flatMap(({ templates }) => templates).map((template) => template.gates.length);
    const wanted = gates.map((_, index) => withoutGate(gates, index).gates.length);
    expect(tried).toEqual(scan === 'left' ? wanted : wanted.toReversed());
  });

  it('tries as many cx in one call as the optimiser takes, with the same answer', async () => {
    const gates = block(9, 3, 9);
    const [few, many] = [pretend(keepsSixCx), pretend(keepsSixCx)];
    const kept = await deleteGates(target(3, gates), gates, OPTIONS, few.instantiator);
    const same = await deleteGates(target(3, gates), gates, OPTIONS, {
      ...many.instantiator,
      sideBySide: { cx: 100, other: 4 },
    });
    expect(same).toEqual(kept);
    const largest = ({ asked }: typeof few): number =>
      Math.max(...asked.map(({ templates }) => templates.length));
    expect(largest(few)).toBe(4);
    expect(largest(many)).toBe(9);
  });

  it('tree: tries groups of neighbours, the largest first', async () => {
    const gates = block(4, 3, 6);
    const { asked, instantiator } = pretend(() => false);
    await deleteGates(target(3, gates), gates, { ...OPTIONS, scan: 'tree' }, instantiator);
    const gone = asked.map(({ templates }) =>
      templates.map((template) => cxOf(gates) - cxOf(template.gates)),
    );
    expect(gone.slice(0, 2)).toEqual([
      [3, 2, 2, 2, 1, 1, 1],
      [3, 2, 2, 2, 1, 1, 1],
    ]);
    expect(gone.slice(2).flat()).toEqual(
      gone
        .slice(2)
        .flat()
        .map(() => 0),
    );
    const works = pretend(keepsSixCx);
    const many = block(9, 3, 12);
    const left = await deleteGates(target(3, many), many, { ...OPTIONS, scan: 'tree' }, works.instantiator);
    expect(cxOf(left)).toBe(6);
    // Six went in two steps, three at a time.
    expect(works.asked.slice(0, 2).map(({ templates }) => cxOf(templates[0]?.gates ?? []))).toEqual([9, 6]);
  });

  it('says how far it has come, and what is gone', async () => {
    const gates = block(9, 3, 9);
    const seen: { share: number; removed: number }[] = [];
    const { instantiator } = pretend(keepsSixCx);
    await deleteGates(target(3, gates), gates, OPTIONS, {
      ...instantiator,
      onStep: (step) => seen.push(step),
    });
    const shares = seen.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBeLessThan(1);
    expect(seen.at(-1)?.removed).toBeGreaterThanOrEqual(3);
  });

  it('tries nothing that has too few cx across a cut, and no cx where only u3 are wanted', async () => {
    const gates = block(2, 3, 6);
    const least = acrossFirst(templateOf(3, gates));
    const { asked, instantiator } = pretend(() => false);
    const needs = [{ group: 1, least }];
    await deleteGates(target(3, gates), gates, { ...OPTIONS, needs }, instantiator);
    const tried = asked.flatMap(({ templates }) => templates);
    expect(tried.length).toBe(gates.length - least);
    expect(tried.every((template) => acrossFirst(template) >= least)).toBe(true);
    const only = pretend(() => false);
    await deleteGates(target(3, gates), gates, { ...OPTIONS, only: 'u3' }, only.instantiator);
    const untouched = only.asked.flatMap(({ templates }) => templates);
    expect(untouched).toHaveLength(gates.length - cxOf(gates));
    expect(untouched.every((template) => cxOf(template.gates) === cxOf(gates))).toBe(true);
  });

  it('does not believe a success that is beyond the threshold, or NaN', async () => {
    const gates = block(5, 2, 3);
    for (const distance of [1e-7, Number.NaN]) {
      const { instantiator } = pretend(() => true, distance);
      expect(await deleteGates(target(2, gates), gates, OPTIONS, instantiator)).toEqual(gates);
    }
  });
});

describe('a block', () => {
  const options = {
    ...OPTIONS,
    pairs: true,
    stage: 'shorten',
    synthesis: 'off',
    method: 'auto',
    seed: 0,
  } as const;
  const { addon } = loadAddon();
  const context = (native: BlockContext['native']): BlockContext => ({
    native,
    call: (body) => body({ threads: 1, control: addon.createControl() }),
  });

  it('comes out as it was where the optimiser is wrong', async () => {
    const gates = block(6, 3, 5);
    const lying = context({
      instantiateMany: async (_target, templates) => templates.map((template) => result(template, true)),
      instantiate: async (_target, template) => result(template, true),
      instantiationMemory: (template, asked) => addon.instantiationMemory(template, asked),
      compositeUnitary: (template) => addon.compositeUnitary(template),
    });
    const compiled = await shortenBlock(lying, { qubits: 3, gates }, options, 1);
    expect(cxOf(compiled.gates)).toBeGreaterThan(0);
    expect(unitaryDistance(denseUnitary(3, compiled.gates), denseUnitary(3, gates))).toBeLessThan(1e-25);
  });

  it('that is tidied keeps its cx, and loses the u3 that nothing needs', async () => {
    // A turn about Z goes through a control, one about X through a target.
    const gates = [
      ...block(11, 2, 1),
      gateOf('u3', [0], 0, 0, 0.4),
      gateOf('cx', [0, 1]),
      gateOf('u3', [0], 0, 0, 0.7),
      gateOf('u3', [1], 0.2, -Math.PI / 2, Math.PI / 2),
      gateOf('cx', [0, 1]),
      ...block(12, 2, 1),
    ];
    const tidied = await shortenBlock(
      context(addon),
      { qubits: 2, gates },
      { ...options, stage: 'tidy', pairs: false },
      1,
    );
    expect(cxOf(tidied.gates)).toBe(2);
    expect(tidied.gates.filter(({ name }) => name === 'u3').length).toBeLessThanOrEqual(7);
    expect(tidied.distance).toBeLessThan(1e-8);
  });

  it.each(['weight', 'left', 'right', 'tree'] as const)(
    '%s: loses a wasted part and stays what it was',
    async (scan) => {
      const [front, waste] = [block(7, 3, 4), block(8, 3, 3)];
      const undone = waste.toReversed().map((gate) => {
        const [theta = 0, phi = 0, lambda = 0] = gate.params;
        return gate.name === 'cx' ? gate : gateOf('u3', gate.qubits, -theta, -lambda, -phi);
      });
      // A turn in the middle that does nothing keeps the cx from cancelling by themselves.
      const gates = [...front, ...waste, gateOf('rz', [0], 1e-9), gateOf('rx', [1], 1e-9), ...undone];
      const compiled = await shortenBlock(context(addon), { qubits: 3, gates }, { ...options, scan }, 1);
      expect(cxOf(compiled.gates)).toBeLessThanOrEqual(4);
      expect(compiled.distance).toBeLessThan(1e-8);
      expect(unitaryDistance(denseUnitary(3, compiled.gates), denseUnitary(3, gates))).toBe(
        compiled.distance,
      );
    },
  );
});
