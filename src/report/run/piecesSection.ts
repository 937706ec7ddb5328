/** Subcircuits, and the bonds between them. */
import { circuitDepth } from '../../circuit/circuitFacts.js';
import { makeCircuit } from '../../circuit/circuit.js';
import { subcircuitClass } from '../../cut/drawing/palette.js';
import { bondGraphSvg, MOST_NODES } from '../bondGraph.js';
import { html, type Content, type Html } from '../html.js';
import { figureOf, tableOf, type Column, type Section } from '../page.js';
import { bytesText, duration, figure, plural } from '../words.js';
import type { RunFacts, TensorFact } from './facts.js';

/** Rows of a table of subcircuits. */
const MOST_ROWS = 100;

export function piecesSection(facts: RunFacts): Section {
  const { cutCircuit, bonds } = facts;
  const nodes = cutCircuit.subcircuits.map(({ index, width }) => ({ index, width }));
  const graph = nodes.length < 2 ? undefined : bondGraphSvg(nodes, bonds);
  const drawn =
    graph === undefined
      ? nodes.length > MOST_NODES
        ? html`<p class="note">
            The graph of bonds is drawn for at most ${MOST_NODES} subcircuits; here are ${nodes.length}.
          </p>`
        : undefined
      : figureOf('Graph of bonds', 'Circles are subcircuits, lines the cuts between them.', graph);
  return {
    id: 'subcircuits',
    title: 'Subcircuits',
    body: html`<div class="grid">
        ${drawn}
        <div>${costOfCuts(facts)}</div>
      </div>
      ${subcircuitTable(facts)}`,
  };
}

function costOfCuts({ summary, subexperiments, manifest }: RunFacts): Html {
  const { samplingOverhead, gamma, gammaJoint, bonds, proven, lowerBound, value, objective } = summary;
  const sampled = manifest.options.sampling?.data !== undefined && manifest.options.sampling.data !== 'exact';
  const unit = objective === 'cost' ? (seconds: number) => duration(seconds) : (x: number) => figure(x);
  const quality = proven
    ? `proven to be the best within the limits`
    : lowerBound === null
      ? 'chosen by hand, or not compared with others'
      : `the best found; none is below ${unit(lowerBound)}`;
  return html`<h3>What the cuts cost</h3>
    <dl class="facts">
      <dt>Cuts</dt>
      <dd>${quality}; ${objective === 'cost' ? 'predicted time' : 'sampling overhead'} ${unit(value)}</dd>
      <dt>Bonds</dt>
      <dd>${plural(bonds, 'index', 'indices')} of four values that tensors share</dd>
      <dt>Sampling overhead</dt>
      <dd>
        ${figure(samplingOverhead)} = γ², γ =
        ${figure(gamma)}${gammaJoint < gamma ? ` (${figure(gammaJoint)} with cuts made together)` : ''}:
        ${sampled ? 'how many times more shots than the whole circuit would take' : 'what shots on a quantum processor would take more; nothing is sampled here, so it costs nothing'}
      </dd>
      <dt>On hardware</dt>
      <dd>${figure(subexperiments.total)} different circuits to run</dd>
    </dl>`;
}

function subcircuitTable({ cutCircuit, tensors, subexperiments, summary }: RunFacts): Content {
  const made = bySubcircuit(tensors);
  const shots = tensors.some((each) => each.shots !== undefined);
  const columns: Column[] = [
    { name: 'Subcircuit' },
    ...[
      'Qubits',
      'Depth',
      'Gates',
      'Outcome bits',
      'Wires in',
      'Wires out',
      'Gate ends',
      'Circuits to run',
    ].map((name) => ({ name })),
    ...(made.size === 0 ? [] : [{ name: 'Tensors' }, { name: 'Time' }]),
    ...(shots ? [{ name: 'Shots' }] : []),
  ];
  const rows = cutCircuit.subcircuits.slice(0, MOST_ROWS).map((each): Content[] => {
    const { index, width, gates, outcomes, inputs, outputs, gateEnds } = each;
    const tensor = made.get(index);
    return [
      html`<span class="kc"><i class="swatch ${subcircuitClass(index)}"></i></span>${index}`,
      summary.subcircuits[index]?.width ?? width,
      circuitDepth(makeCircuit(width, gates)),
      gates.length,
      outcomes.length,
      inputs.length,
      outputs.length,
      gateEnds.length,
      figure(subexperiments.perSubcircuit[index] ?? 0),
      ...(made.size === 0
        ? []
        : [
            tensor === undefined ? '–' : bytesText(tensor.bytes),
            tensor === undefined ? '–' : duration(tensor.seconds),
          ]),
      ...(shots ? [tensor?.shots === undefined ? '–' : figure(tensor.shots)] : []),
    ];
  });
  const more = cutCircuit.subcircuits.length - rows.length;
  return html`${tableOf(columns, rows)}${more > 0 ? html`<p class="note">${more} more subcircuits are not listed.</p>` : undefined}`;
}

/** A subcircuit may have a tensor for each basis that it is read in. */
function bySubcircuit(
  tensors: readonly TensorFact[],
): Map<number, Pick<TensorFact, 'bytes' | 'seconds' | 'shots'>> {
  const sums = new Map<number, Pick<TensorFact, 'bytes' | 'seconds' | 'shots'>>();
  for (const { subcircuit, bytes, seconds, shots } of tensors) {
    const before = sums.get(subcircuit) ?? { bytes: 0, seconds: 0, shots: undefined };
    sums.set(subcircuit, {
      bytes: before.bytes + bytes,
      seconds: before.seconds + seconds,
      shots: shots === undefined ? before.shots : (before.shots ?? 0) + shots,
    });
  }
  return sums;
}
