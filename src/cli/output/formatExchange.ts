/** What goes to devices and comes back, as text for people. */
import type { SubexperimentFacts } from '../../evaluate/exchange/facts.js';
import type { ExportSummary } from '../../api/exportSubexperiments.js';
import type { ImportSummary } from '../../api/importCounts.js';
import { printable } from '../../printable.js';
import { formatBytes, formatSeconds } from '../../run/resources/units.js';
import { MAX_ROWS, plural, shortened, table } from './output.js';

export function formatSubexperiments(listed: readonly SubexperimentFacts[]): string[] {
  const tensors = new Map<string, SubexperimentFacts[]>();
  for (const facts of listed) {
    const name = facts.id.slice(0, facts.id.lastIndexOf('-'));
    const known = tensors.get(name);
    if (known === undefined) tensors.set(name, [facts]);
    else known.push(facts);
  }
  const withShots = listed.some(({ shots }) => (shots ?? 0) > 0);
  const rows = [...tensors].map(([name, facts]) => [name, ...totals(facts, withShots)]);
  const all = tensors.size > 1 ? [['in all', ...totals(listed, withShots)]] : [];
  const shots = withShots ? ['shots'] : [];
  return [
    `${plural(countOf(listed), 'subexperiment')} of ${plural(tensors.size, 'subcircuit')}` +
      `${countOf(listed) > listed.length ? `, ${listed.length} of them different` : ''}:`,
    ...table(
      ['subcircuit', 'subexperiments', 'qubits', 'depth', 'gates', 'needs', ...shots],
      [...rows, ...all],
    ),
    ...shortened(
      table(
        ['id', 'qubits', 'depth', 'gates', 'needs', ...shots, 'settings'],
        listed.map((facts) => [
          facts.id,
          facts.width,
          facts.depth,
          facts.gates,
          needs(facts.capabilities),
          ...(withShots ? [facts.shots ?? 0] : []),
          facts.settings.map(({ cut, setting }) => `${cut}: ${setting}`).join('; '),
        ]),
      ),
      MAX_ROWS + 1,
    ),
  ];
}

function countOf(listed: readonly SubexperimentFacts[]): number {
  return listed.reduce((sum, { alike = [] }) => sum + 1 + alike.length, 0);
}

function totals(facts: readonly SubexperimentFacts[], withShots: boolean): (string | number)[] {
  const most = (of: (one: SubexperimentFacts) => number): number =>
    facts.reduce((largest, one) => Math.max(largest, of(one)), 0);
  const capabilities = [...new Set(facts.flatMap((one) => one.capabilities))];
  const shots = facts.reduce((sum, one) => sum + (one.shots ?? 0), 0);
  return [
    countOf(facts),
    most(({ width }) => width),
    most(({ depth }) => depth),
    most(({ gates }) => gates),
    needs(capabilities),
    ...(withShots ? [shots] : []),
  ];
}

function needs(capabilities: readonly string[]): string {
  return capabilities.length === 0 ? '-' : capabilities.join(',');
}

export function formatExport(summary: ExportSummary): string[] {
  const { folder, format, round, experiments, files, shots, capabilities, bytes, seconds } = summary;
  return [
    `Exported to ${folder}: ${plural(experiments, 'subexperiment')} with ${shots} shots in all (round ${round}), in ` +
      `${plural(files, format === 'qasm2' || format === 'qasm3' ? 'circuit' : 'job')}; ${formatBytes(bytes)}; ${formatSeconds(seconds)}`,
    `The device has to be able to do: ${capabilities.length === 0 ? 'gates and measurements at the end' : capabilities.join(', ')}`,
  ];
}

export function formatImport(summary: ImportSummary): string[] {
  const { files, experiments, shots, totalShots, subcircuits, bytes, seconds } = summary;
  return [
    ...files.map(
      (file) =>
        `${file.file}: ${plural(file.experiments, 'subexperiment')}, ${shotsText(file.shots)}` +
        (file.backend === undefined ? '' : `, run by ${printable(file.backend)}`),
    ),
    `Imported: ${plural(experiments, 'subexperiment')} of ${plural(subcircuits, 'subcircuit')}, ${shotsText(shots)}` +
      `${totalShots === shots ? '' : ` (${shotsText(totalShots)} with earlier imports)`}; ${formatBytes(bytes)}; ${formatSeconds(seconds)}`,
  ];
}

function shotsText(shots: number | null): string {
  return shots === null
    ? 'of an unknown number of shots, so that answers have no error bars'
    : plural(shots, 'shot');
}
