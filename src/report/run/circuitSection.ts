/** The circuit with its cuts. */
import { circuitLayout } from '../../cut/drawing/circuitLayout.js';
import { circuitSvg, svgFrame } from '../../cut/drawing/circuitSvg.js';
import { html, Html, type Content } from '../html.js';
import type { Section } from '../page.js';
import { figure, plural } from '../words.js';
import type { RunFacts } from './facts.js';

/** Gates and cuts that are drawn at most: some 700 KB. */
const MOST_ITEMS = 2500;
/** Columns that one strip of the printed drawing holds, and strips at most. */
const STRIP = 960;
const MOST_STRIPS = 8;
const MOST_STRIP_HEIGHT = 1500;
/** What of the drawing is seen at a time on a wide screen. */
const ROOM = { width: 1000, height: 1120 };
const GROUP = 'circuit-drawing';

export function circuitSection({ circuit, parts, cutCircuit, summary, name }: RunFacts): Section {
  if (circuit.gates.length === 0) {
    return { id: 'circuit', title: 'Circuit', body: html`<p>The circuit has no gates.</p>` };
  }
  const layout = circuitLayout(circuit, parts, cutCircuit);
  const choices = { maxItems: MOST_ITEMS, group: GROUP };
  const { width, height, leftOut } = svgFrame(layout, choices);
  const svg = new Html(circuitSvg(layout, 'The circuit with its cuts', choices));
  const idle = layout.wires.filter((wire) => wire.length === 0).length;
  return {
    id: 'circuit',
    title: 'Circuit',
    body: html`${legend(summary)}${width > ROOM.width || height > ROOM.height ? html`<p class="note screen">Scroll in it to see the rest.</p>` : undefined}
      ${
        leftOut === 0
          ? undefined
          : html`<p class="note">
              Drawn are ${figure(MOST_ITEMS)} of ${figure(layout.items.length)} gates and cuts: cuts first,
              then gates on two qubits. The file circuit.svg in ${name} holds more.
            </p>`
      }${idle === 0 ? undefined : html`<p class="note">${plural(idle, 'qubit')} without gates ${idle === 1 ? 'is' : 'are'} left out.</p>`}
      <div class="drawing scroll screen" tabindex="0">${svg}</div>
      ${strips(width, height)}`,
  };
}

function legend({ wireCuts, gateCuts }: RunFacts['summary']): Content {
  if (wireCuts + gateCuts === 0) return html`<p>Nothing is cut.</p>`;
  const kinds = [
    ...(wireCuts === 0 ? [] : ['Two red strokes across a wire are a wire cut']),
    ...(gateCuts === 0 ? [] : ['a red dashed line between two ends of a gate is a gate cut']),
  ].join('; ');
  return html`<p>
    Colours are subcircuits. ${kinds.replace(/^a/, 'A')}. Red numbers are those of the cuts.
  </p>`;
}

/** For paper: the same drawing in strips, one below the other, or whole where it is too tall to be read at that size. */
function strips(width: number, height: number): Html {
  const tall = height > MOST_STRIP_HEIGHT;
  const count = tall ? 1 : Math.ceil(width / STRIP);
  const size = count === 1 ? width : STRIP;
  const shown = Array.from(
    { length: Math.min(count, MOST_STRIPS) },
    (_, i) =>
      html`<svg class="strip" viewBox="${i * size} 0 ${size} ${height}"><use href="#${GROUP}" /></svg>`,
  );
  const more =
    count > MOST_STRIPS
      ? `The first ${MOST_STRIPS} of ${count} strips are printed; the page on a screen has them all.`
      : tall
        ? 'An overview: on a screen the page shows it at a size that can be read.'
        : undefined;
  return html`<div class="paper">
    ${shown}${more === undefined ? undefined : html`<p class="note">${more}</p>`}
  </div>`;
}
