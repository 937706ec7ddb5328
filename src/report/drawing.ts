/** A drawing of a circuit in a page: to scroll on a screen, in strips on paper. */
import { circuitSvg, svgFrame } from '../cut/drawing/circuitSvg.js';
import type { CircuitLayout } from '../cut/drawing/circuitLayout.js';
import { html, Html } from './html.js';
import { figure, plural } from './words.js';

/** Gates and cuts that are drawn at most: some 700 KB. */
const MOST_ITEMS = 2500;
/** Columns that one strip of the printed drawing holds, and strips at most. */
const STRIP = 960;
const MOST_STRIPS = 8;
const MOST_STRIP_HEIGHT = 1500;
/** What of the drawing is seen at a time on a wide screen. */
const ROOM = { width: 1000, height: 1120 };

export interface DrawingPlace {
  /** A name of its own in the page. */
  readonly group: string;
  readonly title: string;
  /** Where there is more than fits a page, as a sentence. */
  readonly elsewhere: string;
  readonly maxItems?: number;
}

export function drawingHtml(
  layout: CircuitLayout,
  { group, title, elsewhere, maxItems = MOST_ITEMS }: DrawingPlace,
): Html {
  const choices = { maxItems, group };
  const { width, height, leftOut } = svgFrame(layout, choices);
  const idle = layout.wires.filter((wire) => wire.length === 0).length;
  const notes = [
    ...(leftOut === 0
      ? []
      : [
          `Drawn are ${figure(maxItems)} of ${figure(layout.items.length)} gates and cuts: cuts first, then gates on two qubits. ${elsewhere}`,
        ]),
    ...(idle === 0 ? [] : [`${plural(idle, 'qubit')} without gates ${idle === 1 ? 'is' : 'are'} left out.`]),
  ];
  const isLarge = width > ROOM.width || height > ROOM.height;
  return html`${notes.map((note) => html`<p class="note">${note}</p>`)}${isLarge ? html`<p class="note screen">Scroll in it to see the rest.</p>` : undefined}
    <div class="drawing scroll screen" tabindex="0">${new Html(circuitSvg(layout, title, choices))}</div>
    ${strips(width, height, group)}`;
}

/** For paper: the same drawing in strips, one below the other, or whole where it is too tall to be read at that size. */
function strips(width: number, height: number, group: string): Html {
  const tall = height > MOST_STRIP_HEIGHT;
  const count = tall ? 1 : Math.ceil(width / STRIP);
  const size = count === 1 ? width : STRIP;
  const shown = Array.from(
    { length: Math.min(count, MOST_STRIPS) },
    (_, i) =>
      html`<svg class="strip" viewBox="${i * size} 0 ${size} ${height}"><use href="#${group}" /></svg>`,
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
