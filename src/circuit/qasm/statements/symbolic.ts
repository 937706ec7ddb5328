/** Calls with angles that depend on inputs without a value. */
import type { Gate } from '../../circuit.js';
import type { SymbolicGate, Term } from '../../fence.js';
import type { Scope } from '../syntax/evaluate.js';
import type { Scanner } from '../syntax/scanner.js';
import { termOfExpression } from '../syntax/term.js';
import type { Callee, Modifier } from './callee.js';
import type { Expander } from './calls.js';

export interface SymbolicCall {
  readonly callee: Callee;
  readonly params: readonly Term[];
  readonly qubits: readonly number[];
  readonly modifiers: readonly Modifier[];
  readonly at: number;
}

export function areValues(params: readonly Term[]): params is readonly number[] {
  return params.every((param) => typeof param === 'number');
}

function valueOf(term: Term | undefined): number | undefined {
  return typeof term === 'number' ? term : undefined;
}

/**
 * Gates of the table for a call, down through definitions; `needed` makes the error where a value is needed. Parts whose
 * angles all have values are expanded as ever.
 */
export function expandSymbolic(
  call: SymbolicCall,
  scope: Scope,
  {
    expander,
    scanner,
    needed,
  }: { expander: Expander; scanner: Scanner; needed: (what: string, at: number) => Error },
): (Gate | SymbolicGate)[] {
  const { callee, params, qubits, modifiers, at } = call;
  const { name, spec, definition } = callee;
  if (areValues(params)) {
    const gates = expander.expand(callee, params, qubits, modifiers, scope, at);
    return gates.filter((gate) => gate.name !== 'gphase');
  }
  if (modifiers.length > 0) throw needed(`'${name}' under a modifier`, at);
  if (spec !== undefined) {
    if (spec.qubits > 2) throw needed(`'${name}', a gate on ${spec.qubits} qubits,`, at);
    return spec.qubits === 0 ? [] : [{ kind: 'symbolic', name, params, qubits, position: 0 }];
  }
  if (definition === undefined) throw needed(`the opaque gate '${name}'`, at);
  const terms = new Map(definition.params.map((param, i) => [param, params[i]]));
  const inner: Scope = {
    lookUp: (word) => (terms.has(word) ? valueOf(terms.get(word)) : scope.lookUp(word)),
    isWhole: (word) => !terms.has(word) && scope.isWhole(word),
    division: scope.division,
  };
  const termOf = (word: string): Term | undefined => {
    const term = terms.get(word);
    return typeof term === 'number' ? undefined : term;
  };
  return definition.body.flatMap((part) =>
    expandSymbolic(
      {
        ...part,
        params: part.params.map((expression) => termOfExpression(expression, termOf, inner, scanner)),
        qubits: part.qubits.map((position) => qubits[position] ?? 0),
      },
      inner,
      { expander, scanner, needed },
    ),
  );
}
