/** Registers of one experiment, shot by shot, in the two forms that results of SamplerV2 have. */
import { valueAt } from '../../error.js';
import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import { readNpyLayout } from '../../run/files/readNpy.js';
import { hexadecimal, type Refuse } from './outcomeNumbers.js';

/** The values of a register, one for each shot. */
export interface RegisterShots {
  readonly bits: number;
  readonly values: ArrayLike<number>;
}

const sampled = z.looseObject({
  samples: z.array(z.string()),
  num_bits: z.number().int().nonnegative(),
});

const bitArray = z.looseObject({
  array: z.unknown(),
  num_bits: z.number().int().nonnegative(),
});

const wrapped = z.looseObject({ __type__: z.string(), __value__: z.unknown() });

/** An object without the name of its class, with which Qiskit's encoder of results wraps it. */
export function unwrapped(data: unknown): unknown {
  const parsed = wrapped.safeParse(data);
  return parsed.success ? parsed.data['__value__'] : data;
}

/** Hexadecimal samples, or a BitArray. Undefined for what is neither. Throws what `refuse` makes of a fault in one. */
export function readRegister(data: unknown, refuse: Refuse): RegisterShots | undefined {
  const plain = sampled.safeParse(data);
  if (plain.success) {
    const { samples, num_bits: bits } = plain.data;
    return { bits, values: samples.map((sample) => hexadecimal(sample, bits, refuse)) };
  }
  const packed = bitArray.safeParse(unwrapped(data));
  if (!packed.success) return undefined;
  const { array, num_bits: bits } = packed.data;
  const text = unwrapped(array);
  return typeof text === 'string' ? { bits, values: unpacked(text, bits, refuse) } : undefined;
}

/** More than any device gives of one circuit. */
const MOST_BYTES = 2 ** 30;

/** The rows of an array of bytes, each a number of so many bits, its highest byte first. */
function unpacked(text: string, bits: number, refuse: Refuse): Float64Array {
  const bytes = inflated(text, refuse);
  const { type, fortran, shape, begin } = readNpyLayout(bytes, (what) => refuse(`the array ${what}`));
  const [shots = 0, width = 0] = shape;
  if (shape.length !== 2 || fortran || type !== '|u1' || width !== Math.ceil(bits / 8)) {
    throw refuse(
      `the array has type ${type} and shape (${shape.join(', ')}), where a BitArray of ${bits} bits has ` +
        `type |u1 and shape (shots, ${Math.ceil(bits / 8)})`,
    );
  }
  if (bytes.length - begin !== shots * width) {
    throw refuse(`the array has ${bytes.length - begin} bytes, where ${shots} shots take ${shots * width}`);
  }
  return Float64Array.from({ length: shots }, (_, shot) => {
    let value = 0;
    for (let at = 0; at < width; at += 1) value = 256 * value + valueAt(bytes, begin + shot * width + at);
    if (value < 2 ** bits) return value;
    throw refuse(`shot ${shot} of the array is ${value}, which has more than ${bits} bits`);
  });
}

function inflated(text: string, refuse: Refuse): Buffer {
  try {
    return inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: MOST_BYTES });
  } catch {
    throw refuse('the array is no packed .npy file in base64, as the encoder of Qiskit writes one');
  }
}
