/** The page of a run. */
import { pageText, type Section, type Tile } from '../page.js';
import { duration, figure, plural } from '../words.js';
import { circuitSection } from './circuitSection.js';
import { costSection } from './costSection.js';
import type { RunFacts } from './facts.js';
import { outcomeSection } from './outcomeSection.js';
import { againSection } from './againSection.js';
import { piecesSection } from './piecesSection.js';

/** The text of the page: one file, which asks for nothing else. */
export function runPage(facts: RunFacts): string {
  const sections: Section[] = [
    circuitSection(facts),
    piecesSection(facts),
    outcomeSection(facts),
    costSection(facts),
    againSection(facts),
  ];
  const { made, manifest } = facts;
  return pageText({
    title: manifest.circuit.source === '-' ? 'Circuit from standard input' : manifest.circuit.source,
    brand: `Kroncut report · ${made.when.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    lede: lede(facts),
    tiles: tiles(facts),
    sections,
    footer: `Made by kroncut ${made.version}`,
  });
}

/** How the tensors got their values, in words; undefined where they have none yet. */
export function dataText({ manifest, tensors }: RunFacts): string | undefined {
  const { stages, options } = manifest;
  if (stages.evaluate?.status !== 'done') return undefined;
  const { sampling } = options;
  const shots = tensors.reduce((sum, each) => sum + (each.shots ?? 0), 0);
  const noise = sampling?.noise === undefined ? '' : ' with noise';
  if (sampling?.data === 'imported')
    return `measured on hardware${shots > 0 ? `, ${figure(shots)} shots` : ''}`;
  if (sampling?.data === 'sampled') return `evaluated with ${figure(shots)} shots${noise}`;
  return noise === '' ? 'evaluated exactly' : 'evaluated with noise';
}

function lede(facts: RunFacts): string {
  const { manifest, summary, cutCircuit } = facts;
  const { qubits, gates } = manifest.circuit;
  const cuts = summary.wireCuts + summary.gateCuts;
  const pieces = cutCircuit.subcircuits.length;
  const done = dataText(facts) ?? 'not evaluated yet';
  const whole = `${plural(qubits, 'qubit')} and ${plural(gates, 'gate')}`;
  if (cuts === 0) {
    return `${whole}, ${pieces === 1 ? 'kept whole' : `${pieces} parts that do not touch, none of them cut`}; ${done}.`;
  }
  return `${whole}, cut in ${plural(cuts, 'place')} into ${plural(pieces, 'subcircuit')} of at most ${plural(summary.width, 'qubit')}; ${done}.`;
}

function tiles(facts: RunFacts): Tile[] {
  const { summary, manifest, verify, uncut } = facts;
  const { wireCuts, gateCuts } = summary;
  const spent = Object.values(manifest.stages).reduce((sum, stage) => sum + (stage?.seconds ?? 0), 0);
  const checked = 'held' in verify ? verify.held : undefined;
  return [
    {
      name: 'Widest piece',
      value: `${summary.qubits} → ${summary.width} qubits`,
      note: plural(summary.subcircuits.length, 'subcircuit'),
    },
    {
      name: 'Cuts',
      value: figure(wireCuts + gateCuts),
      note: `${plural(wireCuts, 'wire')}, ${plural(gateCuts, 'gate')}${wireCuts + gateCuts === 0 ? '' : summary.proven ? '; proven best' : '; best found'}`,
    },
    {
      name: 'Time',
      value: duration(spent),
      note: `uncut: ${duration(uncut.seconds)} predicted`,
    },
    checked === undefined
      ? { name: 'Checked', value: 'not yet' }
      : {
          name: 'Checked',
          value: checked.passed ? 'agrees' : 'DIFFERS',
          note: `largest error ${figure(checked.maxAbsError, 3)}`,
        },
  ];
}
