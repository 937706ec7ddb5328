/** A drawing of a cut circuit as one SVG file without references to others. */
import { gateSymbol, type CircuitLayout, type PlacedGate, type PlacedWireCut } from './circuitLayout.js';
import { required } from '../../error.js';
import { drawingStyle, subcircuitClass } from './palette.js';

/** Gates and cuts that are drawn at most: what keeps the file below a few megabytes. */
export const MAX_SVG_ITEMS = 10_000;
/** Drawings of more than this carry no names on gates: they would not be readable. */
const MAX_NAMED_ITEMS = 4000;
/** Wires that have a name at their left. */
const MAX_NAMED_WIRES = 2000;
const CELL = 36;
const ROW = 34;
const MARGIN = 56;
const TOP = 48;
const HALF = 13;

const STYLE =
  `.kc .n{text-anchor:start}.kc .f{fill:var(--faint)}.kc .p{fill:var(--paper)}` +
  `.kc .w{fill:none;stroke:var(--c);stroke-width:1.6}` +
  `.kc .c{fill:none;stroke:var(--cut);stroke-width:2.2}.kc .h{stroke-dasharray:5 3}` +
  `.kc .t{fill:var(--cut);font-weight:bold}.kc .l{font-size:8px}` +
  `.kc .g{fill:var(--t);stroke:var(--c);stroke-width:1.3}.kc .d{fill:var(--c)}`;

export interface SvgChoices {
  /** Gates and cuts that are drawn at most. */
  readonly maxItems?: number;
  /** In a page with a heading of its own: no title is drawn, and all stands in a group of this name. */
  readonly group?: string;
}

/** Size of the drawing of a layout, and what of it is drawn. */
export interface SvgFrame {
  readonly width: number;
  readonly height: number;
  /** Gates and cuts that are left out. */
  readonly leftOut: number;
}

export function svgFrame(
  layout: CircuitLayout,
  { maxItems = MAX_SVG_ITEMS, group }: SvgChoices = {},
): SvgFrame {
  const rows = layout.wires.filter((wire) => wire.length > 0).length;
  return {
    width: MARGIN + layout.columns * CELL + MARGIN,
    height: topOf(group) + rows * ROW + 16,
    leftOut: Math.max(0, layout.items.length - maxItems),
  };
}

function topOf(group: string | undefined): number {
  return group === undefined ? TOP : 16;
}

/**
 * The text of the SVG file. Where there are more than `maxItems` gates and cuts, cuts come first, then two-qubit
 * gates, then the others, and a line in the drawing says how many are left out.
 */
export function circuitSvg(layout: CircuitLayout, title: string, choices: SvgChoices = {}): string {
  const { maxItems = MAX_SVG_ITEMS, group } = choices;
  const rows = [...layout.wires.keys()].filter((qubit) => (layout.wires[qubit] ?? []).length > 0);
  const top = topOf(group);
  const rowOf = new Map(rows.map((qubit, row) => [qubit, top + row * ROW + ROW / 2]));
  const y = (qubit: number): number => required(rowOf.get(qubit), `the line of wire ${qubit}`);
  const shown = mostImportant(layout.items, maxItems);
  const { width, height, leftOut } = svgFrame(layout, choices);
  const named = shown.length <= MAX_NAMED_ITEMS;
  const subcircuits = layout.wires.flatMap((wire) => wire.map(({ subcircuit }) => subcircuit));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="kc" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${drawingStyle(subcircuits)}${STYLE}</style>`,
  ];
  if (group === undefined) {
    lines.push(`<rect class="p" width="100%" height="100%"/>`);
    lines.push(`<text class="n" x="8" y="16">${escapeXml(title)}</text>`);
    if (leftOut > 0)
      lines.push(`<text class="n t" x="8" y="32">${leftOut} gates and cuts are left out</text>`);
  } else {
    // What repeats the group elsewhere takes along no class of what stands around it.
    lines.push(`<g id="${escapeXml(group)}" class="kc">`);
  }
  lines.push(...wirePaths(layout, y));
  for (const qubit of rows.slice(0, MAX_NAMED_WIRES)) {
    lines.push(`<text class="n f" x="8" y="${y(qubit)}">q${qubit}</text>`);
  }
  for (const item of shown) {
    lines.push(item.kind === 'wireCut' ? wireCut(item, y) : placedGate(item, y, named));
  }
  if (group !== undefined) lines.push('</g>');
  lines.push('</svg>', '');
  return lines.join('\n');
}

type Place = (number: number) => number;

/** Left edge of a column. */
function x(column: number): number {
  return MARGIN + column * CELL;
}

function mostImportant(items: CircuitLayout['items'], most: number): CircuitLayout['items'] {
  if (items.length <= most) return items;
  return [0, 1, 2].flatMap((wanted) => items.filter((item) => importance(item) === wanted)).slice(0, most);
}

function importance(item: PlacedGate | PlacedWireCut): 0 | 1 | 2 {
  if (item.kind === 'wireCut' || item.cut !== undefined) return 0;
  return item.gate.qubits.length === 2 ? 1 : 2;
}

/** One path per subcircuit holds all stretches of wire in it. */
function wirePaths(layout: CircuitLayout, y: Place): string[] {
  const paths = new Map<number, string>();
  layout.wires.forEach((wire, qubit) => {
    for (const { subcircuit, start, end } of wire) {
      const from = start === 0 ? MARGIN - 16 : x(start) + CELL / 2;
      const to = end === layout.columns ? x(end) + 16 : x(end) + CELL / 2;
      paths.set(subcircuit, `${paths.get(subcircuit) ?? ''}M${from} ${y(qubit)}H${to}`);
    }
  });
  return [...paths].map(
    ([subcircuit, path]) =>
      `<path class="w ${subcircuitClass(subcircuit)}" d="${path}"><title>subcircuit ${subcircuit}</title></path>`,
  );
}

/** The wire ends and begins again: two strokes with nothing between them. */
function wireCut({ column, qubit, cut, from, to }: PlacedWireCut, y: Place): string {
  const [cx, cy] = [x(column) + CELL / 2, y(qubit)];
  const stroke = (left: number): string => `M${left - 3} ${cy + 11}L${left + 3} ${cy - 11}`;
  return (
    `<g><title>wire cut ${cut}: from subcircuit ${from} to ${to}</title>` +
    `<path class="p" d="M${cx - 6} ${cy + 11}L${cx} ${cy - 11}H${cx + 6}L${cx} ${cy + 11}Z"/>` +
    `<path class="c" d="${stroke(cx - 3)}${stroke(cx + 3)}"/><text class="t" x="${cx + 13}" y="${cy - 9}">${cut}</text></g>`
  );
}

function placedGate(item: PlacedGate, y: Place, named: boolean): string {
  const { gate, column, subcircuits, cut } = item;
  const cx = x(column) + CELL / 2;
  const ys = gate.qubits.map(y);
  const params =
    gate.params.length === 0 ? '' : `(${gate.params.map((value) => +value.toPrecision(6)).join(', ')})`;
  const parts = [
    `<title>${escapeXml(`${gate.name}${params} on ${gate.qubits.join(', ')}`)}` +
      `${cut === undefined ? '' : `: gate cut ${cut}`}</title>`,
  ];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  if (bottom > top) {
    const kind = cut === undefined ? `w ${subcircuitClass(subcircuits[0] ?? 0)}` : 'c h';
    parts.push(`<path class="${kind}" d="M${cx} ${top}V${bottom}"/>`);
  }
  if (cut !== undefined && bottom > top) {
    parts.push(`<text class="t" x="${cx + 9}" y="${top + ROW / 2}">${cut}</text>`);
  }
  ys.forEach((cy, end) => {
    parts.push(gateEnd(gateSymbol(gate, end), subcircuitClass(subcircuits[end] ?? 0), cx, cy, named));
  });
  return `<g>${parts.join('')}</g>`;
}

/** Characters that a box has room for, in the usual and in small letters. */
const ROOM = 4;
const SMALL_ROOM = 6;

function gateEnd(symbol: string, owner: string, cx: number, cy: number, named: boolean): string {
  if (symbol === '●') return `<circle class="d ${owner}" cx="${cx}" cy="${cy}" r="4.5"/>`;
  if (symbol === '⊕') {
    return (
      `<circle class="g ${owner}" cx="${cx}" cy="${cy}" r="9"/>` +
      `<path class="w ${owner}" d="M${cx - 9} ${cy}H${cx + 9}M${cx} ${cy - 9}V${cy + 9}"/>`
    );
  }
  if (symbol === '×') {
    return `<path class="w ${owner}" d="M${cx - 5} ${cy - 5}L${cx + 5} ${cy + 5}M${cx - 5} ${cy + 5}L${cx + 5} ${cy - 5}"/>`;
  }
  const box = `<rect class="g ${owner}" x="${cx - HALF}" y="${cy - 11}" width="${2 * HALF}" height="22" rx="3"/>`;
  if (!named) return box;
  const text = symbol.length > SMALL_ROOM ? `${symbol.slice(0, SMALL_ROOM - 1)}…` : symbol;
  return `${box}<text${text.length > ROOM ? ' class="l"' : ''} x="${cx}" y="${cy}">${escapeXml(text)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as it may stand in an XML file; control characters, which XML has no way to write, become spaces. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[\p{Cc}&<>"']/gu, (character) => ENTITIES[character] ?? ' ');
}
