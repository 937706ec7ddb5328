/** How a drawing is fitted to the terminal. */
import type { DrawingChoices } from '../../predict/explainCut.js';

/** Columns to the left of a drawing. */
const INDENT = 2;
const LINES = 80;
/** Foreground colours of ECMA-48 that show on dark and light ground. */
const COLOURS = [34, 31, 32, 35, 36, 33, 94, 91, 92, 95, 96, 93] as const;

/**
 * For a terminal: its width, and a colour for each subcircuit unless NO_COLOR is set (https://no-color.org). Else, and
 * for `plain` output, the default limits and no colours.
 */
export function drawingChoices(
  plain: boolean,
  stream: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): DrawingChoices {
  if (plain || stream.isTTY !== true) return {};
  const limits = { columns: Math.max(1, (stream.columns ?? 80) - INDENT), lines: LINES };
  if ((env['NO_COLOR'] ?? '') !== '') return { limits };
  return { limits, colours: COLOURS };
}
