// Which folder of src/ may import which: downward in the table below, never sideways. Part of `npm run lint`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Rows from the top to the bottom. A file belongs to the longest path here that it lies under; it may import from its own
 * room and from rooms in rows below. Docs: docs/architecture.md.
 */
export const ROWS = [
  ['main.ts', 'index.ts', 'kernels.ts', 'team.ts'],
  ['cli'],
  ['cli/commands'],
  ['cli/output'],
  ['pool/server', 'pool/team', 'pool/client', 'slurm'],
  ['pool/dispatch'],
  ['pool/launch'],
  ['pool/queue'],
  ['pool/journal', 'pool/options'],
  ['pool/protocol'],
  ['api'],
  ['api/verification', 'api/reporting'],
  ['api/sampling'],
  ['api/input'],
  ['api/options'],
  ['api/session'],
  ['report/run', 'report/compile'],
  ['report'],
  ['predict'],
  // The stages. They meet in the run directory and in types; their wings stand below one another.
  ['reconstruct/queries/answers'],
  ['cut/search/modes', 'reconstruct/queries', 'compile', 'evaluate'],
  ['cut/search', 'reconstruct/topSearch', 'compile/ranks', 'evaluate/exchange'],
  ['cut/search/moves', 'reconstruct/engine', 'compile/block', 'compile/pauli'],
  ['cut/search/component', 'reconstruct/network', 'compile/gates'],
  ['cut/search/exact', 'cut/search/heuristic', 'reconstruct/plan', 'reconstruct/errors'],
  ['cut/search/problem'],
  ['cut/solution', 'cut/drawing'],
  ['cut/joint', 'cut/reuse', 'subexperiments'],
  ['cut/model'],
  ['circuit/qasm', 'run/tensors'],
  ['circuit/qasm/statements', 'run/resources', 'run/directory'],
  ['circuit/qasm/syntax', 'run'],
  ['circuit', 'run/files'],
  ['cluster'],
  ['native'],
  ['options'],
  ['json.ts', 'printable.ts', 'systemError.ts', 'installation.ts'],
  ['error.ts'],
  ['signals.ts'],
];

/** Stages that import from one another: the types that say what cut circuits are. */
const TYPES_FOR_ALL = 'cut/model';
const STAGES = ['cut', 'evaluate', 'reconstruct', 'compile'];

/** What a query is does not depend on how it is answered: the description loads that code only when it is asked for. */
const LOADED_WHEN_ASKED = { from: 'reconstruct/queries', to: 'reconstruct/queries/answers' };

/** @typedef {{ file: string, line: number, target: string, typeOnly: boolean, isCall?: boolean }} Import */

/** @param {string} file relative to src/, with slashes */
export function roomOf(file) {
  const rooms = ROWS.flat().filter((room) => file === room || file.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

/** @param {string} room */
const rowOf = (room) => ROWS.findIndex((row) => row.includes(room));
/** @param {string} file */
const stageOf = (file) => STAGES.find((stage) => file.startsWith(`${stage}/`));

/**
 * What is wrong with an import, as the end of a sentence; undefined where it may be.
 * @param {Pick<Import, 'file' | 'target' | 'typeOnly' | 'isCall'>} found
 */
export function faultOf({ file, target, typeOnly, isCall = false }) {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === undefined || to === undefined) {
    return `${from === undefined ? file : target} lies in no room of scripts/layers.mjs`;
  }
  if (from === to) return undefined;
  const [stage, other] = [stageOf(file), stageOf(target)];
  if (stage !== undefined && other !== undefined && stage !== other) {
    if (to === TYPES_FOR_ALL && typeOnly) return undefined;
    return `a stage takes nothing from another but types of ${TYPES_FOR_ALL}/`;
  }
  if (isCall && from === LOADED_WHEN_ASKED.from && to === LOADED_WHEN_ASKED.to) return undefined;
  return rowOf(to) > rowOf(from) ? undefined : `${to} is not below ${from}`;
}

/** @param {string} source folder @returns {Import[]} what its TypeScript files import from one another */
export function importsBelow(source) {
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const relative = path.relative(source, file);
    const statements = [
      ...text.matchAll(/^(?:import|export)\s(?:[^;'"]*?\sfrom\s)?\s*'(?<to>\.[^']+)'/gm),
      ...text.matchAll(/\bimport\(\s*'(?<to>\.[^']+)'/g),
    ];
    return statements.map((found) => ({
      file: relative,
      line: text.slice(0, found.index).split('\n').length,
      target: path.join(path.dirname(relative), (found.groups?.['to'] ?? '').replace(/\.js$/, '.ts')),
      typeOnly: /^(?:import|export)\s+type\s/.test(found[0]),
      isCall: found[0].startsWith('import('),
    }));
  });
}

/** @param {string} source folder @returns {string[]} a line for each import that goes where it may not */
export function layerFaults(source) {
  return importsBelow(source).flatMap((found) => {
    const fault = faultOf(found);
    return fault === undefined ? [] : [`src/${found.file}:${found.line}: imports ${found.target}: ${fault}`];
  });
}
