import { describe, expect, test } from 'vitest';
import { drawingChoices } from '../../../../src/cli/output/drawing.js';
import { inColours } from '../../../../src/predict/explainCut.js';

describe('drawingChoices', () => {
  const terminal = { isTTY: true, columns: 90 };

  test('colours for a terminal, unless NO_COLOR is set', () => {
    const coloured = drawingChoices(false, terminal, {});
    expect(coloured.limits?.columns).toBe(88);
    const paint = inColours(coloured.colours);
    expect(paint?.('─', 0)).toBe('\u001B[34m─\u001B[39m');
    expect(paint?.('─', 1)).not.toBe(paint?.('─', 0));
    expect(drawingChoices(false, terminal, { NO_COLOR: '1' })).toEqual({ limits: coloured.limits });
  });

  test('neither for a file nor in JSON', () => {
    expect(drawingChoices(false, {}, {})).toEqual({});
    expect(drawingChoices(true, terminal, {})).toEqual({});
  });
});
