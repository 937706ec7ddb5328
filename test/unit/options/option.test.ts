import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import { nearestName } from '../../../src/options/nearestName.js';
import {
  checkArgument,
  checkOptions,
  identityOf,
  longFlag,
  type OptionTable,
} from '../../../src/options/option.js';
import { callingOptions, optionError, optionName } from '../../../src/options/optionName.js';
import {
  bitList,
  bitStrings,
  byteCount,
  choice,
  flag,
  numberFrom,
  positiveNumber,
  qubitPairs,
  share,
  text,
  Unfit,
  value,
  wholeNumber,
  type Reader,
} from '../../../src/options/readers.js';
import { parameterValues } from '../../../src/predict/parameters.js';

interface Sample {
  readonly directory: string;
  readonly maxWidth?: number | undefined;
  readonly top?: number | undefined;
  readonly objective?: 'cost' | 'sampling' | undefined;
  readonly joint?: boolean | undefined;
  readonly reuseQubits?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SAMPLE = {
  directory: { flags: '-o, --output <dir>', reader: text('the name of a folder'), required: true },
  maxWidth: { flags: '-w, --max-width <qubits>', reader: wholeNumber(1), identity: {} },
  top: { flags: '--top <k>', reader: wholeNumber(1, 1_000_000) },
  objective: { reader: choice(['cost', 'sampling']), identity: { default: 'cost' } },
  joint: { flags: '--joint', reader: flag, identity: {} },
  reuseQubits: { reader: flag, identity: { whereGiven: true } },
  signal: { reader: value<AbortSignal>('an AbortSignal', (given) => given instanceof AbortSignal) },
} satisfies OptionTable<Sample>;

const { signal: _signal, ...withoutSignal } = SAMPLE;
// @ts-expect-error -- a property of the type without a row
withoutSignal satisfies OptionTable<Sample>;
// @ts-expect-error -- a row without a property of the type
({ ...SAMPLE, other: { reader: flag } }) satisfies OptionTable<Sample>;
// @ts-expect-error -- a reader of another kind of values
({ ...SAMPLE, top: { reader: flag } }) satisfies OptionTable<Sample>;

function failure(action: () => unknown): KroncutError {
  try {
    action();
  } catch (error) {
    if (error instanceof KroncutError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const faultOf = (given: unknown): KroncutError => failure(() => checkOptions(SAMPLE, given));

describe('options of the library', () => {
  it('may be left out, or undefined', () => {
    expect(() => checkOptions(SAMPLE, { directory: 'run', maxWidth: undefined, top: 3 })).not.toThrow();
    expect(() =>
      checkOptions(SAMPLE, { directory: 'run', signal: new AbortController().signal }),
    ).not.toThrow();
  });

  it.each([
    [{ directory: 'run', maxwidth: 3 }, 'maxwidth: there is no such option; did you mean maxWidth?'],
    [{ directory: 'run', zzzzzz: 3 }, 'zzzzzz: there is no such option'],
    [{ directory: 'run', toString: 3 }, 'toString: there is no such option'],
    [{ directory: 'run', top: 'ten' }, "top: a whole number from 1 to 1000000 is needed, not 'ten'"],
    [{ directory: 'run', top: 0 }, 'top 0: a whole number from 1 to 1000000 is needed'],
    [{ directory: 'run', top: null }, 'top: a whole number from 1 to 1000000 is needed, not null'],
    [{ directory: 'run', maxWidth: 2.5 }, 'maxWidth 2.5: a whole number, 1 or more, is needed'],
    [{ directory: 'run', maxWidth: NaN }, 'maxWidth NaN: a whole number, 1 or more, is needed'],
    [
      { directory: 'run', maxWidth: [1, 'a'] },
      "maxWidth: a whole number, 1 or more, is needed, not [1, 'a']",
    ],
    [{ directory: 'run', objective: 'fast' }, "objective: one of cost, sampling is needed, not 'fast'"],
    [{ directory: 'run', joint: 'yes' }, "joint: true or false is needed, not 'yes'"],
    [{ directory: 'run', signal: {} }, 'signal: an AbortSignal is needed, not such an object'],
    [{ directory: 5 }, 'directory 5: the name of a folder is needed'],
    [{ maxWidth: 5 }, 'directory: the name of a folder is needed'],
    [{ directory: undefined }, 'directory: the name of a folder is needed'],
  ])('are refused by name: %j', (given, message) => {
    expect(faultOf(given)).toMatchObject({ code: 'usage', message });
    expect(message.split(/[: ]/)[0]).toBe(faultOf(given).details['option']);
  });

  it.each([[null], [5], [[1, 2]], ['text'], [true]])('are an object, not %j', (given) => {
    expect(faultOf(given).code).toBe('usage');
    expect(faultOf(given).message).toMatch(/^the options have to be an object/);
  });

  it('left out, are asked for what cannot be left out', () => {
    expect(faultOf(undefined).message).toBe('directory: the name of a folder is needed');
  });

  it('leave arguments to the same readers', () => {
    const folder: Reader<unknown> = text('the name of a folder');
    expect(failure(() => checkArgument('directory', folder, undefined)).message).toBe(
      'directory: the name of a folder is needed',
    );
    expect(failure(() => checkArgument('directory', folder, 7)).message).toMatch(/^directory 7: .*needed$/);
    expect(() => checkArgument('directory', folder, 'run')).not.toThrow();
  });
});

describe('what a run is the run of', () => {
  it('notes what was left out, defaults as left out, and newer options where they are given', () => {
    const nothing = { maxWidth: null, objective: null, joint: null };
    expect(identityOf(SAMPLE, { directory: 'run', top: 3 })).toEqual(nothing);
    expect(identityOf(SAMPLE, { objective: 'cost', reuseQubits: undefined })).toEqual(nothing);
    expect(
      identityOf(SAMPLE, { objective: 'sampling', maxWidth: 4, joint: true, reuseQubits: true }),
    ).toEqual({
      maxWidth: 4,
      objective: 'sampling',
      joint: true,
      reuseQubits: true,
    });
  });
});

function flags(key: string): string {
  return key === 'maxWidth' ? '--max-width' : key;
}

async function waiting(): Promise<string> {
  await nextTurn();
  return optionName('maxWidth');
}

describe('names of options', () => {
  it('are properties, and flags in the program', () => {
    expect(optionName('maxWidth')).toBe('maxWidth');
    const error = callingOptions(flags, () => {
      expect(optionName('maxWidth')).toBe('--max-width');
      expect(optionName('top')).toBe('top');
      return optionError('maxWidth', ' is too small');
    });
    expect(error).toMatchObject({ message: '--max-width is too small', details: { option: 'maxWidth' } });
    expect(optionName('maxWidth')).toBe('maxWidth');
  });

  it('are those of the call that waits, whatever other calls do', async () => {
    const names = await Promise.all([waiting(), callingOptions(flags, waiting), waiting()]);
    expect(names).toEqual(['maxWidth', '--max-width', 'maxWidth']);
  });

  it('are read from flags', () => {
    expect(longFlag(SAMPLE.maxWidth)).toBe('--max-width');
    expect(longFlag(SAMPLE.joint)).toBe('--joint');
    expect(longFlag({})).toBeUndefined();
  });

  it('are near where they are alike', () => {
    expect(nearestName('maxwidth', Object.keys(SAMPLE))).toBe('maxWidth');
    expect(nearestName('quadratic', Object.keys(SAMPLE))).toBeUndefined();
  });
});

describe('readers', () => {
  /** [reader, texts with their values, texts that are refused, values that are refused] */
  const cases: readonly [
    string,
    Reader<unknown>,
    readonly [string, unknown][],
    readonly string[],
    readonly unknown[],
  ][] = [
    [
      'whole numbers',
      wholeNumber(1),
      [
        ['1', 1],
        ['007', 7],
        ['1e6', 1_000_000],
        ['2.5E+3', 2500],
      ],
      ['0', '-1', '1.5', '1.0', '1e-3', '1.25e1', '1e400', '', ' 1', '9'.repeat(20)],
      [0, 1.5, NaN, Infinity, '1', null, true],
    ],
    [
      'whole numbers in a range',
      wholeNumber(0, 9),
      [
        ['0', 0],
        ['9', 9],
      ],
      ['x', '-1'],
      [10, -1],
    ],
    [
      'numbers',
      numberFrom(1),
      [
        ['1', 1],
        ['1e3', 1000],
        ['Infinity', Infinity],
      ],
      ['0.9', '', ' ', 'x'],
      [0, NaN, '2'],
    ],
    [
      'positive numbers',
      positiveNumber,
      [['0.5', 0.5]],
      ['0', '-1', 'Infinity', '', 'x'],
      [0, -1, Infinity, NaN],
    ],
    [
      'shares',
      share,
      [
        ['0', 0],
        ['1e-13', 1e-13],
      ],
      ['1', '-0.1', '', 'x'],
      [1, -0.1, NaN],
    ],
    [
      'bytes',
      byteCount,
      [
        ['512MiB', 2 ** 29],
        ['2e9', 2e9],
        ['4 GB', 4e9],
      ],
      ['0', 'x', '1.5.2GB', '-3'],
      [0, -1, NaN, '4GB'],
    ],
    ['choices', choice(['cost', 'sampling']), [['cost', 'cost']], ['Cost', ''], [1, 'x', null]],
    [
      'texts',
      text('a name'),
      [
        ['x', 'x'],
        ['', ''],
      ],
      [],
      [1, null, {}],
    ],
    [
      'bits',
      bitList,
      [
        ['0,1,5', [0, 1, 5]],
        ['3 4\n5,', [3, 4, 5]],
      ],
      ['', ' , '],
      [5, '5', ['5'], [NaN]],
    ],
    ['bit strings', bitStrings, [['01,10', ['01', '10']]], ['', ' '], ['01', [1]]],
    [
      'pairs',
      qubitPairs,
      [
        [
          '0-1, 1 - 2',
          [
            [0, 1],
            [1, 2],
          ],
        ],
      ],
      ['0', '0-1,', '0-1-2', ''],
      [[0, 1], [[0]], [['0', '1']]],
    ],
    [
      'parameters',
      parameterValues,
      [['theta=0.4', { theta: 0.4 }]],
      ['theta', '1=2', '=3'],
      [[], null, { a: 'x' }, { a: NaN }],
    ],
    ['flags', flag, [], [], [1, 'true', null]],
  ];

  it.each(cases)('of %s read what fits, and nothing else', (_, reader, right, wrong, wrongValues) => {
    for (const [given, expected] of right) {
      expect(reader.read?.(given)).toEqual(expected);
      expect(reader.fits(expected)).toBe(true);
    }
    for (const given of wrong) expect(reader.read?.(given)).toBeUndefined();
    for (const given of wrongValues) expect(reader.fits(given)).toBe(false);
  });

  it('say which item of a list is wrong', () => {
    expect(() => bitList.read?.('0,x')).toThrow(new Unfit("'x' is not the number of an outcome bit"));
  });

  it('add up what is repeated', () => {
    expect(parameterValues.read?.('b=2', { a: 1 })).toEqual({ a: 1, b: 2 });
  });

  it('take names and numbers of parameters as OpenQASM has them', () => {
    expect(parameterValues.read?.('θ_1=-3*π/4')).toEqual({ θ_1: (-3 * Math.PI) / 4 });
    expect(parameterValues.read?.('theta = 1')).toBeUndefined();
    expect(parameterValues.read?.('a=1/2')).toEqual({ a: 0.5 });
    expect(parameterValues.read?.('a=2^3')).toEqual({ a: 8 });
    expect(() => parameterValues.read?.('a=pi/')).toThrow(
      new Unfit(
        "the value 'pi/' of a is no number: a number or an expression is expected here, but the text ends",
      ),
    );
    expect(() => parameterValues.read?.('a=b')).toThrow(
      /the value 'b' of a is no number: 'b' is not a constant/,
    );
    expect(() => parameterValues.read?.('a=1 2')).toThrow(/'2' does not belong there/);
    expect(() => parameterValues.read?.('a=1/0')).toThrow(/not a finite number/);
  });
});
