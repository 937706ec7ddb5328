/** The page of a compiled circuit. */
import type { Circuit } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { BlockOutcome, RoundOutcome } from '../../compile/compileRound.js';
import type { Round } from '../../compile/rounds.js';
import { circuitLayout, type CircuitLayout } from '../../cut/drawing/circuitLayout.js';
import { buildCutCircuit } from '../../cut/solution/buildCutCircuit.js';
import { bars, groupedBars } from '../charts.js';
import { drawingHtml } from '../drawing.js';
import { html, type Content, type Html } from '../html.js';
import { codeBlock, factList, figureOf, pageText, tableOf, type Section, type Tile } from '../page.js';
import { bytesText, duration, figure, plural } from '../words.js';

/** Number of gates by name, and of layers; with errors and times of gates, what they predict. */
interface Size {
  readonly gates: Readonly<Record<string, number>>;
  readonly depth: number;
  readonly twoQubitDepth: number;
  readonly fidelity?: number;
  readonly duration?: number;
}

export interface CompileFacts {
  /** Name of the circuit as given, and of the file of the compiled one. */
  readonly name: string;
  readonly output: string | undefined;
  readonly original: Circuit;
  readonly compiled: Circuit;
  /** Gates on two qubits of the original where each is made of `cx`. */
  readonly originalCx: number;
  readonly before: Size;
  readonly after: Size;
  /** What was made small. */
  readonly objective: 'two-qubit' | 'depth' | 'fidelity';
  /** Blocks whose search a limit ended, null without a search; and blocks that the allowed error has no room to shorten. */
  readonly unexhausted: number | null;
  readonly withheld: number;
  /** All rounds in their order. */
  readonly rounds: readonly (Round & RoundOutcome)[];
  /** 1 - |Tr| / 2^n between the circuits, null where that is too large; and a bound from the blocks. */
  readonly distance: number | null;
  readonly errorBound: number;
  /** Qubit of the compiled circuit on which what the original leaves on each qubit is. */
  readonly permutation: readonly number[];
  readonly seconds: number;
  readonly command: string;
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly version: string;
  readonly when: Date;
  /** Most memory of the first rank, in bytes. */
  readonly peakBytes: number;
}

const MOST_BLOCKS = 40;
const MOST_PLOTTED = 30;
/** Gates of each of the two drawings. */
const MOST_DRAWN = 900;

export function compilePage(facts: CompileFacts): string {
  const { name, original, compiled, when, version } = facts;
  const after = countTwoQubitGates(compiled.gates);
  return pageText({
    title: name === '-' ? 'Circuit from standard input' : name,
    brand: `Kroncut compile report · ${when.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    lede: `${plural(original.qubits, 'qubit')}; ${figure(facts.originalCx)} gates on two qubits became ${figure(after)}.`,
    tiles: tiles(facts, facts.originalCx, after),
    sections: [gatesSection(facts), blocksSection(facts), circuitsSection(facts), againSection(facts)],
    footer: `Made by kroncut ${version}`,
  });
}

function tiles(facts: CompileFacts, before: number, after: number): Tile[] {
  const { distance, errorBound, seconds } = facts;
  const saved =
    before === 0
      ? undefined
      : `${after <= before ? '−' : '+'}${figure((100 * Math.abs(before - after)) / before, 3)} %`;
  return [
    { name: 'Gates on two qubits', value: `${figure(before)} → ${figure(after)}`, note: saved },
    {
      name: 'Depth',
      value: fromTo(facts, ({ depth }) => depth),
      note: `${fromTo(facts, ({ twoQubitDepth }) => twoQubitDepth)} of gates on two qubits`,
    },
    ...fidelityTile(facts),
    {
      name: 'Error at most',
      value: figure(errorBound, 3),
      note: distance === null ? 'too wide to be measured' : `measured ${figure(Math.max(0, distance), 3)}`,
    },
    { name: 'Time', value: duration(seconds), note: plural(facts.rounds.length, 'round') },
  ];
}

function fromTo({ before, after }: CompileFacts, of: (size: Size) => number, digits?: number): string {
  return `${figure(of(before), digits)} → ${figure(of(after), digits)}`;
}

/** What the errors of the device's gates predict, where they are known. */
function fidelityTile(facts: CompileFacts): Tile[] {
  const { before, after } = facts;
  if (before.fidelity === undefined || after.fidelity === undefined) return [];
  const { duration: length = 0 } = after;
  const time = length > 0 ? `duration ${fromTo(facts, (size) => size.duration ?? 0)}` : undefined;
  return [{ name: 'Predicted fidelity', value: fromTo(facts, (size) => size.fidelity ?? 0, 4), note: time }];
}

const OBJECTIVES: Readonly<Record<CompileFacts['objective'], string>> = {
  'two-qubit': 'few gates on two qubits',
  depth: 'few layers of gates on two qubits',
  fidelity: 'the fidelity that errors and times of the gates predict',
};

/** What was asked for, and what a limit kept from being tried or used. */
function limitsText({ objective, unexhausted, withheld }: CompileFacts): string {
  const ended =
    unexhausted === null || unexhausted === 0
      ? ''
      : ` In ${plural(unexhausted, 'block')} the search for fewer gates ended at its limit.`;
  const kept =
    withheld === 0
      ? ''
      : ` ${plural(withheld, 'block')} would be better for an error that the allowance has no room for.`;
  return `Compiled for ${OBJECTIVES[objective]}.${ended}${kept}`;
}

function gatesSection(facts: CompileFacts): Section {
  const { before, after, rounds, errorBound, distance, permutation } = facts;
  const names = [...new Set([...Object.keys(before.gates), ...Object.keys(after.gates)])];
  const counts = ({ gates }: Size): number[] => names.map((name) => gates[name] ?? 0);
  const plot = figureOf(
    'Gates by name',
    'Before and after.',
    groupedBars(
      names,
      [
        { name: 'before', values: counts(before) },
        { name: 'after', values: counts(after) },
      ],
      { name: 'gates', min: 0 },
      'Gates by name before and after',
      'gate',
    ),
  );
  const course = figureOf(
    'Gates on two qubits after each round',
    'Rounds that shorten nothing are not kept.',
    bars(
      [
        { label: 'start', value: facts.originalCx },
        ...rounds.map((round, i) => ({ label: String(i + 1), value: round.twoQubitGates })),
      ],
      { name: 'gates on two qubits', min: 0 },
      'Gates on two qubits after each round',
      'round',
    ),
  );
  const measured =
    distance === null
      ? 'The circuit is too wide for its matrix to be compared.'
      : `Compared densely they are ${figure(Math.max(0, distance), 3)} apart.`;
  return {
    id: 'gates',
    title: 'Gates',
    body: html`<p>${limitsText(facts)}</p>
      <p>
        In 1 − |Tr| / 2<sup>n</sup>, the compiled circuit is at most ${figure(errorBound, 3)} away from the
        original, by the errors of its blocks. ${measured}
        ${permutation.some((place, qubit) => place !== qubit) ? `Qubits end in another order: 0, 1, ... are on ${permutation.join(', ')}.` : undefined}
      </p>
      ${others(facts)}
      <div class="grid">${plot}${course}</div>
      ${roundTable(rounds)}`,
  };
}

/** What gates other than `cx` and `cz` are counted as. */
function others({ original, originalCx }: CompileFacts): Content {
  const given = countTwoQubitGates(original.gates);
  if (given === originalCx) return undefined;
  return html`<p>
    The ${figure(given)} gates on two qubits of the original take ${figure(originalCx)} cx, each by itself:
    that is what the result is compared with.
  </p>`;
}

function roundTable(rounds: CompileFacts['rounds']): Html {
  const rows = rounds.map((round, i): Content[] => [
    i + 1,
    round.stage === 'tidy' ? 'one-qubit gates' : 'all gates',
    round.blockSize,
    round.blocks.length,
    figure(round.twoQubitGates),
    figure(round.gates),
    duration(round.seconds),
  ]);
  const columns = ['Round', 'Takes out', 'Qubits of a block', 'Blocks', 'Two-qubit gates', 'Gates', 'Time'];
  return tableOf(
    columns.map((name) => ({ name, text: name === 'Takes out' })),
    rows,
  );
}

function blocksSection({ rounds }: CompileFacts): Section {
  const blocks = rounds
    .flatMap((round, i) => round.blocks.map((block) => ({ ...block, round: i + 1 })))
    .filter((block) => block.gatesBefore > 0)
    .toSorted((a, b) => savedBy(b) - savedBy(a) || b.twoQubitBefore - a.twoQubitBefore);
  const changed = blocks.filter((block) => savedBy(block) > 0).length;
  const plotted = blocks.slice(0, MOST_PLOTTED);
  const plot = figureOf(
    'Gates on two qubits by block',
    'Those that lost most come first.',
    groupedBars(
      plotted.map((_, i) => String(i + 1)),
      [
        { name: 'before', values: plotted.map((block) => block.twoQubitBefore) },
        { name: 'after', values: plotted.map((block) => block.twoQubitAfter) },
      ],
      { name: 'gates on two qubits', min: 0 },
      'Gates on two qubits by block, before and after',
      'block',
    ),
  );
  const rows = blocks
    .slice(0, MOST_BLOCKS)
    .map((block, i): Content[] => [
      i + 1,
      block.round,
      block.qubits.join(', '),
      `${block.twoQubitBefore} → ${block.twoQubitAfter}`,
      `${block.gatesBefore} → ${block.gatesAfter}`,
      figure(block.distance, 3),
    ]);
  const list = tableOf(
    [
      { name: 'Block' },
      { name: 'Round' },
      { name: 'Qubits', text: true },
      { name: 'Two-qubit gates' },
      { name: 'Gates' },
      { name: 'Error' },
    ],
    rows,
  );
  const rest = blocks.length > rows.length ? ` The first ${rows.length} are listed.` : '';
  return {
    id: 'blocks',
    title: 'Blocks',
    body: html`<p>
        ${plural(blocks.length, 'block')} in all rounds; ${changed} lost gates on two qubits.${rest}
      </p>
      ${
        blocks.length === 0
          ? undefined
          : html`<div class="grid">
              ${plot}
              <div>${list}</div>
            </div>`
      }`,
  };
}

function savedBy({ twoQubitBefore, twoQubitAfter }: BlockOutcome): number {
  return twoQubitBefore - twoQubitAfter;
}

function circuitsSection({ original, compiled, name, output }: CompileFacts): Section {
  return {
    id: 'circuits',
    title: 'Circuits',
    body: html`${drawn(original, 'drawing-before', 'Before', name)}${drawn(compiled, 'drawing-after', 'After', output)}`,
  };
}

function drawn(circuit: Circuit, group: string, title: string, file: string | undefined): Content {
  if (circuit.gates.length === 0) return html`<p>${title}: no gates.</p>`;
  const elsewhere = file === undefined ? '' : `The whole circuit is in ${file}.`;
  const drawing = drawingHtml(wholeLayout(circuit), { group, title, elsewhere, maxItems: MOST_DRAWN });
  return html`<h3>${title}</h3>
    ${drawing}`;
}

/** A layout without cuts. */
function wholeLayout(circuit: Circuit): CircuitLayout {
  const parts = circuit.gates.filter(({ qubits }) => qubits.length === 2).map(() => 0);
  return circuitLayout(circuit, parts, buildCutCircuit(circuit, parts));
}

function againSection({ command, environment, peakBytes, output }: CompileFacts): Section {
  return {
    id: 'reproduce',
    title: 'Reproduce',
    body: html`<h3>The command</h3>
      ${codeBlock(command)}
      <h3>Environment</h3>
      ${factList([
        ['Compiled circuit', output ?? 'not written'],
        ...environment,
        ['Memory', `${bytesText(peakBytes)} at most, of the first rank`],
      ])}`,
  };
}
