/**
 * The subexperiments of a subcircuit: one setting at each end of a cut. They are numbered with the setting of the first end
 * as the highest digit. An outcome of one is a number: the outcome bits of the subcircuit, lowest first, and above them the
 * bits that its settings record, in the order of the ends.
 */
import { controlForm } from '../circuit/controlForm.js';
import { controlledPhaseAngle } from '../circuit/phaseOfAll.js';
import { gateCutBasis } from '../circuit/gateCutBasis.js';
import type { CutCircuit, GateCut, GateCutEnd, Subcircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import { controlTable, gateEndTable, targetTable } from './gateSettings.js';
import { controlSideTable, targetSideTable } from './sideSettings.js';
import type { Setting, SettingPlace, SettingTable } from './settings.js';
import { DOWNSTREAM, UPSTREAM } from './wireSettings.js';

/** An end of a cut, or the ends in one subcircuit of cut gates that share a bond. */
export interface CutEndSettings {
  readonly kind: 'downstream' | 'upstream' | 'gate';
  /** Number of the cut; of the first one where several share a bond. */
  readonly cut: number;
  /** Where in the subcircuit it acts. */
  readonly places: readonly SettingPlace[];
  readonly table: SettingTable;
}

/** The ends of the cuts of a subcircuit, in the order of its tensor's axes. */
export function cutEndsOf(cut: CutCircuit, subcircuit: Subcircuit): CutEndSettings[] {
  const { inputs, outputs } = subcircuit;
  const gates = gateGroups(cut, subcircuit);
  return [
    ...inputs.map(({ cut: number, qubit }) => ({
      kind: 'downstream' as const,
      cut: number,
      places: [{ qubit }],
      table: DOWNSTREAM,
    })),
    ...gates.filter(({ end }) => end === 1).map(({ settings }) => settings),
    ...outputs.map(({ cut: number, qubit }) => ({
      kind: 'upstream' as const,
      cut: number,
      places: [{ qubit }],
      table: UPSTREAM,
    })),
    ...gates.filter(({ end }) => end === 0).map(({ settings }) => settings),
  ];
}

interface GateGroup {
  readonly end: 0 | 1;
  readonly settings: CutEndSettings;
}

/** Ends of cut gates by the bond that they have, in time order of the first of each. */
function gateGroups(cut: CutCircuit, { gateEnds, index }: Subcircuit): GateGroup[] {
  const groups = new Map<
    number,
    { readonly gate: GateCut; readonly at: GateCutEnd; readonly place: number }[]
  >();
  for (const [place, at] of gateEnds.entries()) {
    const gate = cut.cuts[at.cut];
    if (gate?.kind !== 'gate')
      throw new KroncutError('internal', `subcircuit ${index} has an end of cut ${at.cut}, no gate`);
    const leader = gate.shared?.leader ?? gate.index;
    const group = groups.get(leader) ?? [];
    groups.set(leader, group);
    group.push({ gate, at, place });
  }
  return [...groups].map(([leader, members]) => {
    const places = members.map(({ at, place }) => ({ qubit: at.qubit, others: at.others, gateEnd: place }));
    const [first] = members;
    if (first === undefined) throw new KroncutError('internal', `no end has the bond of cut ${leader}`);
    const { end } = first.at;
    const gates = members.map(({ gate }) => gate);
    return { end, settings: { kind: 'gate', cut: leader, places, table: tableOf(gates, end) } };
  });
}

function tableOf(gates: readonly GateCut[], end: 0 | 1): SettingTable {
  const [first] = gates;
  if (first?.sides !== undefined) {
    const angle = controlledPhaseAngle(first.unitary);
    return end === 0
      ? controlSideTable(first.sides[0].length, end)
      : targetSideTable(first.sides[1].length, angle, end);
  }
  if (first?.shared === undefined) {
    return gateEndTable(gateCutBasis(Float64Array.from(first?.unitary ?? [])), end);
  }
  const forms = gates.map(({ index, unitary, shared }) => {
    const form =
      shared && controlForm(Float64Array.from(unitary), shared.control, Float64Array.from(shared.basis));
    if (form === undefined) {
      throw new KroncutError('internal', `cut gate ${index} does not keep the basis that it shares`);
    }
    return form;
  });
  return first.shared.control === end ? controlTable(forms, end) : targetTable(forms, end);
}

/** Number of subexperiments of a subcircuit with these ends. */
export function subexperimentCount(ends: readonly CutEndSettings[]): number {
  return ends.reduce((count, { table }) => count * table.settings.length, 1);
}

/** The number of the setting at each end. */
export function settingNumbers(ends: readonly CutEndSettings[], subexperiment: number): number[] {
  let rest = subexperiment;
  return ends
    .toReversed()
    .map(({ table }) => {
      const number = rest % table.settings.length;
      rest = Math.floor(rest / table.settings.length);
      return number;
    })
    .toReversed();
}

/** The setting at each end. */
export function settingsOf(ends: readonly CutEndSettings[], subexperiment: number): Setting[] {
  const numbers = settingNumbers(ends, subexperiment);
  return ends.flatMap(({ table }, i) => table.settings[numbers[i] ?? -1] ?? []);
}
