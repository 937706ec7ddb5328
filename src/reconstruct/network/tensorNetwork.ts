/** The subcircuit tensors of a cut circuit as a network: bonds join them, outcome bits are left open. */
import { join } from 'node:path';
import { VALUE_BYTES } from '../../circuit/simulationMemory.js';
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import type { BitAction, NativeAddon, Precision, TensorHandle } from '../../native/addon.js';
import { invoke } from '../../native/invoke.js';

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

/** The network of a run's tensor files. */
export function tensorNetwork(
  native: NativeAddon,
  cut: CutCircuit,
  fileOf: (subcircuit: number) => string,
  directory: string,
  precision: Precision,
): TensorNetwork {
  const members = cut.subcircuits.map((subcircuit) =>
    tensorMember(native, cut, subcircuit, join(directory, fileOf(subcircuit.index)), precision),
  );
  return { members, extent: () => BOND_EXTENT };
}

/** The tensor file of one subcircuit, or of a variant of it with other outcomes. */
export function tensorMember(
  native: NativeAddon,
  cut: CutCircuit,
  { index, inputs, outputs, gateEnds, outcomes }: Subcircuit,
  file: string,
  precision: Precision,
  origin?: string,
): NetworkMember {
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
    ...(origin === undefined ? {} : { origin: `${origin} ${bonds.join(',')}` }),
    open: () => invoke(native, () => native.openTensor(file, bonds, bits)),
  };
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
