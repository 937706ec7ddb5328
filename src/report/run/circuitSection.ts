/** The circuit with its cuts. */
import { circuitLayout } from '../../cut/drawing/circuitLayout.js';
import { drawingHtml } from '../drawing.js';
import { html, type Content } from '../html.js';
import type { Section } from '../page.js';
import type { RunFacts } from './facts.js';

export function circuitSection({ circuit, parts, cutCircuit, summary, name }: RunFacts): Section {
  const place = {
    group: 'circuit-drawing',
    title: 'The circuit with its cuts',
    elsewhere: `The file circuit.svg in ${name} holds more.`,
  };
  const body =
    circuit.gates.length === 0
      ? html`<p>The circuit has no gates.</p>`
      : html`${legend(summary)}${drawingHtml(circuitLayout(circuit, parts, cutCircuit), place)}`;
  return { id: 'circuit', title: 'Circuit', body };
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
