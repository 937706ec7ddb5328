import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RegisterWidths } from '../../../../src/evaluate/exchange/outcomeNumbers.js';
import { readCounts, readSamples } from '../../../../src/evaluate/exchange/readOutcomes.js';
import { KroncutError } from '../../../../src/error.js';
import { bitArray, dataBin, encoded } from '../../../support/encodedResults.js';

const refuse = (what: string): KroncutError => new KroncutError('input', what);
const widths: RegisterWidths = { outcome: 3, sign: 1 };

function counts(data: unknown, of = widths): [number, number][] {
  return [...readCounts(data, of, refuse)];
}

describe('keys of counts', () => {
  it.each([
    ['1 011', 0b1011],
    ['1011', 0b1011],
    ['0 100', 0b0100],
    ['0xb', 0b1011],
    ['0X0b', 0b1011],
  ])("'%s' is outcome %i", (key, outcome) => {
    expect(counts({ [key]: 7 })).toEqual([[outcome, 7]]);
  });

  it('of one register have no blank', () => {
    expect(counts({ '01': 3, '10': 4 }, { outcome: 2, sign: 0 })).toEqual(
      expect.arrayContaining([
        [1, 3],
        [2, 4],
      ]),
    );
    expect(counts({ '1': 3 }, { outcome: 0, sign: 1 })).toEqual([[1, 3]]);
  });

  it.each([
    [
      { '011 1': 1 },
      "'011 1' has other bits than the subexperiment, which has 1 of 'sign' and then 3 of 'outcome'",
    ],
    [{ '11': 1 }, "'11' has other bits"],
    [{ '0x10': 1 }, "'0x10' has more than the 4 bits"],
    [{ '0xg': 1 }, "'0xg' is no hexadecimal number"],
    [{ up: 1 }, "'up' is neither bits, such as 0110, nor hexadecimal"],
    [{ '1 011': 1, '0xb': 1 }, "'0xb' is an outcome that is there under another key, too"],
    [{ '1 011': '7' }, "the count of '1 011' is no number"],
    [{}, 'there are no counts'],
    [[1, 2], 'counts are needed, such as { "01": 512 }, not a list'],
    [7, 'counts are needed'],
  ])('%j is refused', (data, sentence) => {
    expect(() => counts(data)).toThrow(sentence);
  });
});

function register(bits: number, ...samples: string[]): object {
  return { samples, num_bits: bits };
}

describe('samples', () => {
  it('belong together shot by shot', () => {
    const data = { outcome: register(3, '0x5', '0x1', '0x5'), sign: register(1, '0x1', '0x0', '0x1') };
    expect([...readSamples(data, widths, refuse)]).toEqual([
      [0b1101, 2],
      [0b0001, 1],
    ]);
    expect([...readSamples({ sign: register(1, '0x1', '0x1') }, { outcome: 0, sign: 1 }, refuse)]).toEqual([
      [1, 2],
    ]);
  });

  it.each([
    [{ outcome: register(3, '0x5') }, "the register 'sign' is missing; there is 'outcome'"],
    [
      { outcome: register(2, '0x1'), sign: register(1, '0x1') },
      "the register 'outcome' has 2 bits, where the subexperiment has 3",
    ],
    [
      { outcome: register(3, '0x1', '0x1'), sign: register(1, '0x1') },
      "'outcome' has 2 samples and 'sign' 1",
    ],
    [{ outcome: register(3, '0x8'), sign: register(1, '0x1') }, "'0x8' has more than the 3 bits"],
    [{ outcome: register(3), sign: register(1) }, 'there are no samples'],
    [{ meas: [1] }, "the register 'outcome' is missing; there is 'meas'"],
    [
      { outcome: { samples: [5], num_bits: 3 }, sign: register(1, '0x1') },
      "the register 'outcome' has neither samples and num_bits nor a BitArray",
    ],
    [['0x5'], 'data holds no registers with samples and num_bits, and no BitArrays'],
  ])('%j are refused', (data, sentence) => {
    expect(() => readSamples(data, widths, refuse)).toThrow(sentence);
  });
});

describe('bit arrays', () => {
  it('belong together shot by shot, the highest byte first', () => {
    const nine: RegisterWidths = { outcome: 9, sign: 1 };
    const data = dataBin({
      outcome: bitArray(9, [
        [1, 0x05],
        [0, 0xff],
        [1, 0x05],
      ]),
      sign: bitArray(1, [[1], [0], [1]]),
    });
    expect([...readSamples(data, nine, refuse)]).toEqual([
      [0b1_1_0000_0101, 2],
      [0b1111_1111, 1],
    ]);
  });

  it.each([
    [
      'of too many bits',
      bitArray(3, [[8]]),
      "the register 'outcome': shot 0 of the array is 8, which has more than 3 bits",
    ],
    [
      'of another width',
      bitArray(3, [[0, 1]]),
      'type |u1 and shape (1, 2), where a BitArray of 3 bits has type |u1 and shape (shots, 1)',
    ],
    ['of another type', bitArray(3, [[1]], '<i8'), 'has type <i8'],
    [
      'that no encoder wrote',
      { __type__: 'BitArray', __value__: { array: { __type__: 'ndarray', __value__: 'AAAA' }, num_bits: 3 } },
      'is no packed .npy file',
    ],
    [
      'of no .npy file',
      {
        __type__: 'BitArray',
        __value__: {
          array: { __type__: 'ndarray', __value__: deflateSync(Buffer.from('none')).toString('base64') },
          num_bits: 3,
        },
      },
      'is no .npy file',
    ],
    [
      'cut short',
      { __type__: 'BitArray', __value__: { array: encoded('|u1', [5, 1], [1, 2]), num_bits: 3 } },
      'the array has 2 bytes, where 5 shots take 5',
    ],
  ])('%s are refused', (_, outcome, sentence) => {
    expect(() => readSamples(dataBin({ outcome }), { outcome: 3, sign: 0 }, refuse)).toThrow(sentence);
  });
});
