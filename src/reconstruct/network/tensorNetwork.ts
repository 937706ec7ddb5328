/** The subcircuit tensors of a cut circuit as a network: bonds join them, outcome bits are left open. */
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import type { BitAction, NativeAddon, Precision, TensorHandle } from '../../native/addon.js';
import { cutEndsOf } from '../../subexperiments/subexperiments.js';
import type { ErrorMethod } from '../errors/estimate.js';
import type { Repair } from './repair.js';
import { SampledMember } from '../errors/sampledMember.js';
import type { DataKind, TensorStore, Uncertainty } from '../../run/tensors/tensorStore.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';

export interface NetworkMember {
  readonly name: string;
  /** Labels of the legs in the order of the tensor's axes; one that occurs twice is a leg to the tensor itself. */
  readonly bonds: readonly number[];
  /** Outcome bits, lowest first. */
  readonly bits: readonly number[];
  /** Bytes of memory that it takes when it was opened and not yet reduced; 0 for a file that stays mapped. */
  readonly openBytes: number;
  /** What storage has rounded off the values, as a share of each; default: what double precision does. */
  readonly rounding?: number;
  /** Of the values, beside rounding; left out where they are exact. */
  readonly uncertainty?: Uncertainty | undefined;
  /** Not collective: what the values were made of, where they are estimates. */
  readonly sampled?: (() => Promise<SampledMember>) | undefined;
  /** Names what the values are made from; members with one origin have the same values, bonds and bits. */
  readonly origin?: string;
  open(): Promise<TensorHandle>;
}

export interface TensorNetwork {
  readonly members: readonly NetworkMember[];
  readonly extent: (bond: number) => number;
}

/**
 * A query: one action per outcome bit (`sum` where nothing is said), and the order of the kept bits in the
 * answer's index.
 */
export interface Query {
  readonly actions: ReadonlyMap<number, BitAction>;
  /** Bit i of the answer's index is outcome bit `order[i]`; exactly the bits that are kept. */
  readonly order: readonly number[];
  /** How far bonds shrink; default: as far as rounding goes. 0: not at all. */
  readonly bondTolerance?: number | undefined;
}

/** Keeps `order`, sums the rest away. */
export function keepQuery(order: readonly number[], bondTolerance?: number): Query {
  return { actions: new Map(order.map((bit) => [bit, 'keep'])), order, bondTolerance };
}

/** A bond has four Pauli components. */
const BOND_EXTENT = 4;

/** Half the distance between neighbours in single precision. */
const SINGLE_ROUNDING = 2 ** -24;

/** Tensors of zero bits hold at most this many, so that they stay tiny. */
const ZERO_BITS = 10;

/** Tensors of a store, by their names. */
export type TensorSource = Pick<TensorStore, 'open' | 'counts'>;

/** What is known of the errors of tensors that are not exact, by their names. */
export type Uncertainties = Readonly<Record<string, Uncertainty>>;

/**
 * The network of the tensors that a cut circuit's subcircuits have in a store, each named by its number; `valuesOf` names those
 * whose values are read in their place.
 */
export function tensorNetwork(
  cut: CutCircuit,
  store: TensorSource,
  precision: Precision,
  uncertainties: Uncertainties = {},
  valuesOf?: (name: string) => string,
): TensorNetwork {
  const members = cut.subcircuits.map((subcircuit) => {
    const name = String(subcircuit.index);
    const uncertainty = uncertainties[name];
    return tensorMember(cut, subcircuit, store, name, precision, { uncertainty, values: valuesOf?.(name) });
  });
  return { members, extent: () => BOND_EXTENT };
}

/** `values`: the name of the tensor that is opened, where it is another than the one whose counts tell of errors. */
interface MemberFacts extends Pick<NetworkMember, 'origin' | 'uncertainty'> {
  readonly values?: string | undefined;
}

/** The tensor of one subcircuit, or of a variant of it with other outcomes, by its name in a store. */
export function tensorMember(
  cut: CutCircuit,
  subcircuit: Subcircuit,
  store: TensorSource,
  name: string,
  precision: Precision,
  { origin, uncertainty, values = name }: MemberFacts = {},
): NetworkMember {
  const { index, inputs, outputs, gateEnds, outcomes } = subcircuit;
  const ends = [
    ...inputs,
    ...gateEnds.filter(({ end }) => end === 1),
    ...outputs,
    ...gateEnds.filter(({ end }) => end === 0),
  ];
  const bonds = ends.flatMap(({ cut: number }) => cut.cuts[number]?.bonds ?? []);
  const bits = outcomes.map(({ bit }) => bit);
  return {
    name: `subcircuit ${index}`,
    bonds,
    bits,
    openBytes: openBytes(BOND_EXTENT ** bonds.length * 2 ** bits.length, precision),
    ...(precision === 'single' ? { rounding: SINGLE_ROUNDING } : {}),
    ...(uncertainty === undefined ? {} : { uncertainty }),
    ...(origin === undefined ? {} : { origin: `${origin} ${bonds.join(',')}` }),
    open: () => store.open(values, bonds, bits),
    ...(isExact(uncertainty) ? {} : { sampled: sampledMember(cut, subcircuit, store, name, bonds) }),
  };
}

function isExact(uncertainty: Uncertainty | undefined): boolean {
  return uncertainty === undefined || uncertainty.data === 'exact';
}

/** Opens the counts of a tensor once. */
function sampledMember(
  cut: CutCircuit,
  subcircuit: Subcircuit,
  store: TensorSource,
  name: string,
  bonds: readonly number[],
): () => Promise<SampledMember> {
  let opened: Promise<SampledMember> | undefined;
  const open = async (): Promise<SampledMember> => {
    const counts = await store.counts(name);
    return new SampledMember(cutEndsOf(cut, subcircuit), bonds, subcircuit.outcomes.length, counts);
  };
  return () => (opened ??= open());
}

/** What an answer says of the tensors that it comes from. */
export interface AnswerData {
  readonly data: DataKind;
  /** What was done about values that no circuit has, where that was asked for. */
  readonly repair?: Repair | undefined;
}

/** What an answer that is a number says of its error, which follows from those of the tensors that it comes from. */
export interface AnswerError extends AnswerData {
  /** 0 where all tensors are exact; null where no number of shots is known. */
  readonly standardError: number | null;
  /** Of 95%, and how it was found; for estimates. */
  readonly interval?: readonly [number, number] | null;
  readonly errorMethod?: ErrorMethod | null;
}

/** The least that tensors are: an answer from several of them is no better. */
export function dataOf(members: readonly NetworkMember[]): DataKind {
  const kinds = new Set(members.map(({ uncertainty }) => uncertainty?.data ?? 'exact'));
  return kinds.has('imported') ? 'imported' : kinds.has('sampled') ? 'sampled' : 'exact';
}

/** What opening a file of `size` values takes: those in single precision are converted. */
export function openBytes(size: number, precision: Precision): number {
  return precision === 'single' ? VALUE_BYTES * size : 0;
}

/** Adds outcome bits that are always 0. */
export function withZeroBits(
  native: NativeAddon,
  network: TensorNetwork,
  zeroBits: readonly number[],
): TensorNetwork {
  const members = [...network.members];
  for (let begin = 0; begin < zeroBits.length; begin += ZERO_BITS) {
    const bits = zeroBits.slice(begin, begin + ZERO_BITS);
    const values = new Float64Array(2 ** bits.length);
    values[0] = 1;
    members.push({
      name: `zero bits ${bits.join(' ')}`,
      bonds: [],
      bits,
      openBytes: 0,
      open: async () => native.createTensor([], bits, values),
    });
  }
  return { ...network, members };
}

/** A network of one tensor without bonds, such as a distribution in a file. */
export function singleTensorNetwork(
  name: string,
  bits: readonly number[],
  bytes: number,
  open: () => Promise<TensorHandle>,
): TensorNetwork {
  return {
    members: [{ name, bonds: [], bits, openBytes: bytes, open }],
    extent: () => BOND_EXTENT,
  };
}
