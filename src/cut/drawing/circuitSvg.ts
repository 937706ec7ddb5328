/** A drawing of a cut circuit as one SVG file without references to others. */
import { gateSymbol, type CircuitLayout, type PlacedGate, type PlacedWireCut } from './circuitLayout.js';
import { required } from '../../error.js';

/** Gates and cuts that are drawn at most: what keeps the file below a few megabytes. */
export const MAX_SVG_ITEMS = 10_000;
/** Drawings of more than this carry no names on gates: they would not be readable. */
const MAX_NAMED_ITEMS = 4000;
/** Wires that have a name at their left. */
const MAX_NAMED_WIRES = 2000;
const CELL = 36;
const ROW = 36;
const MARGIN = 56;
const TOP = 48;

/** Colour of a subcircuit: hues a golden angle apart, so that neighbours in number differ. */
function colour(subcircuit: number): string {
  return `hsl(${Math.round((subcircuit * 137.508 + 210) % 360)},65%,40%)`;
}

/**
 * The text of the SVG file. Where there are more than `maxItems` gates and cuts, cuts come first, then two-qubit
 * gates, then the others, and a line in the drawing says how many are left out.
 */
export function circuitSvg(layout: CircuitLayout, title: string, maxItems = MAX_SVG_ITEMS): string {
  const rows = [...layout.wires.keys()].filter((qubit) => (layout.wires[qubit] ?? []).length > 0);
  const rowOf = new Map(rows.map((qubit, row) => [qubit, TOP + row * ROW + ROW / 2]));
  const x = (column: number): number => MARGIN + column * CELL;
  const y = (qubit: number): number => required(rowOf.get(qubit), `the line of wire ${qubit}`);
  const shown = mostImportant(layout.items, maxItems);
  const left = layout.items.length - shown.length;
  const width = x(layout.columns) + MARGIN;
  const height = TOP + rows.length * ROW + 16;
  const named = shown.length <= MAX_NAMED_ITEMS;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>text{font:11px sans-serif;text-anchor:middle;dominant-baseline:central}.n{text-anchor:start}` +
      `.w{fill:none;stroke-width:2}.c{stroke:#c00;stroke-width:3;stroke-dasharray:4 3}.t{fill:#c00;font-weight:bold}` +
      `.g{fill:#fff;stroke-width:1.5}</style>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text class="n" x="8" y="16">${escapeXml(title)}</text>`,
  ];
  if (left > 0) lines.push(`<text class="n t" x="8" y="32">${left} gates and cuts are left out</text>`);
  lines.push(...wirePaths(layout, x, y));
  for (const qubit of rows.slice(0, MAX_NAMED_WIRES)) {
    lines.push(`<text class="n" x="8" y="${y(qubit)}">q${qubit}</text>`);
  }
  for (const item of shown) {
    lines.push(item.kind === 'wireCut' ? wireCut(item, x, y) : placedGate(item, x, y, named));
  }
  lines.push('</svg>', '');
  return lines.join('\n');
}

type Place = (number: number) => number;

function mostImportant(items: CircuitLayout['items'], most: number): CircuitLayout['items'] {
  if (items.length <= most) return items;
  return [0, 1, 2].flatMap((wanted) => items.filter((item) => importance(item) === wanted)).slice(0, most);
}

function importance(item: PlacedGate | PlacedWireCut): 0 | 1 | 2 {
  if (item.kind === 'wireCut' || item.cut !== undefined) return 0;
  return item.gate.qubits.length === 2 ? 1 : 2;
}

/** One path per subcircuit holds all stretches of wire in it. */
function wirePaths(layout: CircuitLayout, x: Place, y: Place): string[] {
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
      `<path class="w" stroke="${colour(subcircuit)}" d="${path}"><title>subcircuit ${subcircuit}</title></path>`,
  );
}

function wireCut({ column, qubit, cut, from, to }: PlacedWireCut, x: Place, y: Place): string {
  const [cx, cy] = [x(column) + CELL / 2, y(qubit)];
  return (
    `<g><title>wire cut ${cut}: from subcircuit ${from} to ${to}</title>` +
    `<path class="c" d="M${cx} ${cy - 13}V${cy + 13}"/><text class="t" x="${cx + 9}" y="${cy - 11}">${cut}</text></g>`
  );
}

function placedGate(item: PlacedGate, x: Place, y: Place, named: boolean): string {
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
    const style = cut === undefined ? `class="w" stroke="${colour(subcircuits[0] ?? 0)}"` : 'class="c"';
    parts.push(`<path ${style} d="M${cx} ${top}V${bottom}"/>`);
  }
  if (cut !== undefined && bottom > top) {
    parts.push(`<text class="t" x="${cx + 9}" y="${top + ROW / 2}">${cut}</text>`);
  }
  ys.forEach((cy, end) => {
    const symbol = gateSymbol(gate, end);
    const stroke = colour(subcircuits[end] ?? 0);
    if (symbol === '●') parts.push(`<circle cx="${cx}" cy="${cy}" r="5" fill="${stroke}"/>`);
    else {
      parts.push(
        `<rect class="g" stroke="${stroke}" x="${cx - 14}" y="${cy - 11}" width="28" height="22" rx="4"/>`,
      );
      if (named) parts.push(`<text x="${cx}" y="${cy}">${escapeXml(symbol)}</text>`);
    }
  });
  return `<g>${parts.join('')}</g>`;
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
