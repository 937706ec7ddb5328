/**
 * The gates of a device, with how often each errs and how long it takes, as a user says it in a file. docs/compile.md has the
 * form and the formulas.
 */
import { z } from 'zod';
import type { Gate } from '../../circuit/circuit.js';
import { KroncutError } from '../../error.js';
import { parseJson } from '../../json.js';
import { schemaFault } from '../../run/files/schemaFault.js';

const ENTANGLERS = ['cx', 'cz', 'ecr', 'rzz', 'iswap'] as const;
const ONE_QUBIT = ['u3', 'rz', 'sx', 'x'] as const;
export type Entangler = (typeof ENTANGLERS)[number];
type OneQubit = (typeof ONE_QUBIT)[number];

const error = z.number().min(0).lt(1);
const time = z.number().min(0);
const constant = z.number().positive();

function gateOn(place: RegExp, what: string) {
  return z
    .strictObject({
      error,
      time: time.optional(),
      /** What differs on some qubits, or pairs of them. */
      on: z
        .record(
          z.string().regex(place, what),
          z.strictObject({ error: error.optional(), time: time.optional() }),
        )
        .optional(),
    })
    .optional();
}

const one = gateOn(/^\d+$/, 'the number of a qubit');
const two = gateOn(/^\d+-\d+$/, 'a pair of qubits, such as 0-1');

const schema = z.strictObject({
  version: z.literal(1),
  gates: z.strictObject({
    u3: one,
    rz: one,
    sx: one,
    x: one,
    cx: two,
    cz: two,
    ecr: two,
    rzz: two,
    iswap: two,
  }),
  relaxation: z.strictObject({ t1: constant, t2: constant }).optional(),
  /** What differs for some qubits. */
  qubits: z
    .record(
      z.string().regex(/^\d+$/, 'the number of a qubit'),
      z.strictObject({ t1: constant.optional(), t2: constant.optional() }),
    )
    .optional(),
});

export type DeviceGates = z.infer<typeof schema>;

const EXAMPLE = '{ "version": 1, "gates": { "u3": { "error": 0.0003 }, "cz": { "error": 0.004 } } }';

/** Reads a file of gates. Throws `input` with the file, the key and what would be right. */
export function readDeviceGates(text: string, file: string): DeviceGates {
  const data = parseJson(text, file, `a gate set is an object such as ${EXAMPLE}`);
  const parsed = schema.safeParse(data, { reportInput: true });
  const refuse = (fault: string): KroncutError => new KroncutError('input', `${file}: ${fault}`);
  if (!parsed.success) throw refuse(schemaFault(parsed.error, { whole: 'the gate set', quote: '"' }));
  const fault = faultOf(parsed.data);
  if (fault !== undefined) throw refuse(fault);
  return parsed.data;
}

function faultOf({ gates, relaxation, qubits = {} }: DeviceGates): string | undefined {
  const has = (name: OneQubit | Entangler): boolean => gates[name] !== undefined;
  if (!ENTANGLERS.some(has))
    return `"gates" has none on two qubits; name one or more of ${ENTANGLERS.join(', ')}`;
  if (has('u3') && ONE_QUBIT.slice(1).some(has))
    return '"gates" has u3 beside others on one qubit; leave one kind out';
  if (!has('u3') && !(has('rz') && has('sx')))
    return '"gates" cannot make every gate on one qubit; name u3, or rz and sx (and x, if there is one)';
  for (const name of ENTANGLERS) {
    for (const pair of Object.keys(gates[name]?.on ?? {})) {
      const [a, b] = pair.split('-').map(Number);
      if (a === b) return `"gates.${name}.on.${pair}" is one qubit twice, and no pair`;
      if (a !== b && gates[name]?.on?.[`${b}-${a}`] !== undefined)
        return `"gates.${name}.on" has ${pair} and ${b}-${a}, which are one pair`;
    }
  }
  const [first] = Object.entries(qubits);
  if (relaxation === undefined)
    return first === undefined
      ? undefined
      : `"qubits.${first[0]}" has a t1 or t2, but there is no "relaxation" that says those of the others`;
  for (const [place, t1, t2] of [
    ['relaxation', relaxation.t1, relaxation.t2] as const,
    ...Object.entries(qubits).map(
      ([q, own]) => [`qubits.${q}`, own.t1 ?? relaxation.t1, own.t2 ?? relaxation.t2] as const,
    ),
  ])
    if (t2 > 2 * t1) return `"${place}.t2" ${t2} is more than twice t1 ${t1}, which nothing can be`;
  return undefined;
}

/** Names of the gates on two qubits. */
export function entanglersOf({ gates }: DeviceGates): Entangler[] {
  return ENTANGLERS.filter((name) => gates[name] !== undefined);
}

/** How gates on one qubit are written. */
export function oneQubitKind({ gates }: DeviceGates): 'u3' | 'zsx' | 'zs' {
  if (gates.u3 !== undefined) return 'u3';
  return gates.x === undefined ? 'zs' : 'zsx';
}

/** The same gates, the same everywhere. */
export function withoutPlaces({ gates, ...rest }: DeviceGates): DeviceGates {
  const same = Object.entries(gates).map(([name, own]) => [name, { ...own, on: {} }]);
  return { ...rest, gates: Object.fromEntries(same) };
}

export interface Rates {
  readonly error: number;
  readonly time: number;
}

/** How often a gate of the set errs where it is, and what time it takes. */
export function ratesOf({ gates }: DeviceGates, { name, qubits }: Gate): Rates {
  const own = Object.entries(gates).find(([key]) => key === name)?.[1];
  if (own === undefined) throw new KroncutError('internal', `'${name}' is no gate of the set`);
  const there = own.on?.[qubits.join('-')] ?? own.on?.[qubits.toReversed().join('-')];
  return { error: there?.error ?? own.error, time: there?.time ?? own.time ?? 0 };
}

/** T1 and T2 of a qubit; undefined where nothing ages. */
export function constantsOf(
  { relaxation, qubits }: DeviceGates,
  qubit: number,
): { readonly t1: number; readonly t2: number } | undefined {
  if (relaxation === undefined) return undefined;
  const own = qubits?.[String(qubit)];
  return { t1: own?.t1 ?? relaxation.t1, t2: own?.t2 ?? relaxation.t2 };
}
