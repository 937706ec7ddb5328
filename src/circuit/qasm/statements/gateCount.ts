/** How many gates calls stand for, without making them. */
import type { Gate } from '../../circuit.js';
import { controlGates, decomposeGate } from '../../decompose.js';
import { findGate } from '../../gates.js';
import { controlsOf, type Callee, type Modifier } from './callee.js';

/** Angles without symmetry: other ones give as many gates, or fewer. */
const SAMPLE = [0.7, -1.3, 2.1, 0.4];

/** Up to this many controls gates are made to be counted, once each. */
const MOST_MADE = 16;
/** Beyond, a gate under k controls has about 112 k^2 of them. */
const MANY_CONTROLS = 112;

/** Powers above this of gates on one or two qubits are made from their matrix. */
const LARGE_POWER = 64;

/** Number of gates by name. */
type Counts = ReadonlyMap<string, number>;

function add(sum: Map<string, number>, counts: Counts, factor: number): void {
  for (const [name, count] of counts) {
    sum.set(name, (sum.get(name) ?? 0) + count * factor);
  }
}

function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Counts the gates on one and two qubits, and phases, that calls stand for. */
export class GateCounter {
  private readonly ofTable = new Map<string, Counts>();
  private readonly ofCallees = new Map<Callee, Counts>();

  /** Gates that one call gives, to a few percent; powers count where they are written as numbers. */
  call(callee: Callee, modifiers: readonly Modifier[]): number {
    return total(this.callCounts(callee, modifiers));
  }

  /** Gates that these ones give under controls. */
  controlled(gates: readonly Gate[], controls: number): number {
    const counts = new Map<string, number>();
    for (const { name } of gates) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return total(this.underControls(counts, controls));
  }

  private callCounts(callee: Callee, modifiers: readonly Modifier[]): Counts {
    const inner =
      callee.spec === undefined ? this.definitionCounts(callee) : new Map([[callee.spec.name, 1]]);
    const powered = new Map<string, number>();
    add(powered, inner, powerFactor(callee, modifiers));
    return this.underControls(powered, controlsOf(modifiers).length);
  }

  private definitionCounts(callee: Callee): Counts {
    const known = this.ofCallees.get(callee);
    if (known !== undefined) {
      return known;
    }
    const counts = new Map<string, number>();
    for (const call of callee.definition?.body ?? []) {
      add(counts, this.callCounts(call.callee, call.modifiers), 1);
    }
    this.ofCallees.set(callee, counts);
    return counts;
  }

  private underControls(gates: Counts, controls: number): Counts {
    const counts = new Map<string, number>();
    for (const [name, count] of gates) {
      add(counts, this.tableCounts(name, controls), count);
    }
    return counts;
  }

  /** What a gate of the table becomes under controls. */
  private tableCounts(name: string, controls: number): Counts {
    const spec = findGate(name);
    if (spec === undefined || (controls === 0 && spec.qubits <= 2)) {
      return new Map([[name, 1]]);
    }
    if (controls > MOST_MADE) {
      return new Map([['cu', MANY_CONTROLS * controls ** 2]]);
    }
    const key = `${name} ${controls}`;
    let counts = this.ofTable.get(key);
    if (counts === undefined) {
      const qubits = Array.from({ length: controls + spec.qubits }, (_, q) => q);
      const gate = { name, qubits: qubits.slice(controls), params: SAMPLE.slice(0, spec.params) };
      const made = controlGates([gate], qubits.slice(0, controls)).flatMap(decomposeGate);
      const found = new Map<string, number>();
      for (const { name: part } of made) {
        found.set(part, (found.get(part) ?? 0) + 1);
      }
      counts = found;
      this.ofTable.set(key, counts);
    }
    return counts;
  }
}

function powerFactor({ spec, qubits }: Callee, modifiers: readonly Modifier[]): number {
  if (spec !== undefined) {
    return 1;
  }
  return modifiers.reduce((factor, modifier) => {
    const written = modifier.kind === 'power' ? modifier.exponent : undefined;
    const power = written?.kind === 'number' && Number.isInteger(written.value) ? Math.abs(written.value) : 1;
    return factor * (qubits <= 2 ? Math.min(power, LARGE_POWER) : power);
  }, 1);
}
