/** Files of results, in the forms that devices and simulators give them. */
import { KroncutError } from '../../error.js';
import { parseJson } from '../../json.js';
import { sha256 } from '../../run/files/fileHash.js';
import { quoted, type Refuse, type RegisterWidths } from './outcomeNumbers.js';
import { kindOf, readCounts, readSamples, type Outcomes } from './readOutcomes.js';
import { unwrapped } from './registers.js';

/** What a file holds of one experiment. */
export interface ResultEntry {
  /** The name of the experiment; undefined where the order says which one it is. */
  readonly id: string | undefined;
  /** Its place in the file, for messages. */
  readonly place: string;
  readonly read: (widths: RegisterWidths, refuse: Refuse) => Outcomes;
}

export interface ResultFile {
  /** The name as given, and a hash of the content. */
  readonly file: string;
  readonly sha256: string;
  /** Hash of the cut that it says that it is of. */
  readonly cut: string | undefined;
  /** Name of what ran the experiments, where the file says it. */
  readonly backend: string | undefined;
  readonly entries: readonly ResultEntry[];
}

type Content = ReadonlyMap<string, unknown>;

const NEEDED = 'counts or results of SamplerV2 are needed';

/**
 * Reads the text of a file: `{ ID: counts }`; a list of counts; `{ counts }` with either of these; a result of SamplerV2, plain
 * or as Qiskit's encoder writes it, or of Aer as a dictionary. All but a bare list may say of which `cut` they are, and which
 * `backend` ran them. Throws `input` for anything else.
 */
export function readResultFile(file: string, text: string): ResultFile {
  const common = { file, sha256: sha256(text) };
  const data = unwrapped(parseJson(text, file, NEEDED));
  if (Array.isArray(data))
    return { ...common, cut: undefined, backend: undefined, entries: listed(file, '', data) };
  if (typeof data !== 'object' || data === null) {
    throw new KroncutError('input', `${file}: ${NEEDED}, not ${kindOf(data)}`);
  }
  const content: Content = new Map(Object.entries(data));
  const said = {
    ...common,
    cut: textAt(content, 'cut', file, 'the hash in the manifest of the export'),
    backend: backendOf(content, file),
  };
  requireOnce(file, text);
  return { ...said, entries: entriesOf(content, file) };
}

/** Throws `input` for a name that stands in the file twice: JSON keeps the last one, and the shots of the others would be lost. */
function requireOnce(file: string, text: string): void {
  const seen = new Set<string>();
  for (const [, id = ''] of text.matchAll(/"(\d+(?:\.[XYZ\d]+)?-\d+)"\s*:/g)) {
    if (seen.has(id))
      throw new KroncutError(
        'input',
        `${file}: ${id}: this name is there twice; give each round in a file of its own`,
      );
    seen.add(id);
  }
}

/** Keys of what was exported, and what has them. */
const EXPORTED: ReadonlyMap<string, string> = new Map([
  ['experiments', 'the manifest of an export'],
  ['pubs', 'a job of an export'],
  ['parameters', 'a job of an export'],
]);

function entriesOf(content: Content, file: string): ResultEntry[] {
  for (const [key, what] of EXPORTED) {
    if (content.has(key))
      throw new KroncutError('input', `${file}: ${key}: this is ${what}, and no result; ${NEEDED}`);
  }
  for (const name of ['results', 'pub_results']) {
    const results = content.get(name);
    if (results === undefined) continue;
    if (!Array.isArray(results)) {
      throw new KroncutError(
        'input',
        `${file}: ${name}: a list of results is needed, not ${kindOf(results)}`,
      );
    }
    const entries = results.map((one, i) => result(`${name}[${i}]`, one));
    return nonEmpty(file, name, entries);
  }
  const inside = content.get('counts');
  if (Array.isArray(inside)) return listed(file, 'counts', inside);
  const counted = inside === undefined ? content : fields(inside, file);
  const named = [...counted].filter(([key]) => inside !== undefined || !SAID.includes(key));
  return nonEmpty(
    file,
    undefined,
    named.map(([key, one]) => counts(key, one, key)),
  );
}

/** What may stand beside the names of experiments. */
const SAID = ['cut', 'backend', 'backend_name'];

function fields(data: unknown, file: string): Content {
  if (typeof data === 'object' && data !== null) return new Map(Object.entries(data));
  throw new KroncutError(
    'input',
    `${file}: counts: a list, or counts by the names of subexperiments, is needed, not ${kindOf(data)}`,
  );
}

function listed(file: string, name: string, data: readonly unknown[]): ResultEntry[] {
  return nonEmpty(
    file,
    name === '' ? undefined : name,
    data.map((one, i) => counts(`${name}[${i}]`, one)),
  );
}

function nonEmpty(file: string, name: string | undefined, entries: ResultEntry[]): ResultEntry[] {
  if (entries.length > 0) return entries;
  throw new KroncutError('input', `${file}: ${name === undefined ? '' : `${name}: `}there are no counts`);
}

function textAt(content: Content, name: string, file: string, what: string): string | undefined {
  const text = content.get(name);
  if (text === undefined || typeof text === 'string') return text;
  throw new KroncutError('input', `${file}: ${name}: ${what} is needed, not ${kindOf(text)}`);
}

function backendOf(content: Content, file: string): string | undefined {
  const what = 'the name of what ran the subexperiments';
  const given = textAt(content, 'backend', file, what) ?? textAt(content, 'backend_name', file, what);
  const metadata = content.get('metadata');
  if (given !== undefined || typeof metadata !== 'object' || metadata === null) return given;
  const inside: Content = new Map(Object.entries(metadata));
  const found = inside.get('backend') ?? inside.get('backend_name');
  return typeof found === 'string' ? found : undefined;
}

function counts(place: string, data: unknown, id?: string): ResultEntry {
  return {
    id,
    place: /^[\w.[\]-]{1,60}$/.test(place) ? place : quoted(place),
    read: (widths, refuse) => readCounts(data, widths, refuse),
  };
}

function result(place: string, one: unknown): ResultEntry {
  const inner = unwrapped(one);
  const data: unknown =
    typeof inner === 'object' && inner !== null && 'data' in inner ? inner.data : undefined;
  if (typeof data === 'object' && data !== null && 'counts' in data) {
    return counts(`${place}.data.counts`, data.counts);
  }
  return { id: undefined, place, read: (widths, refuse) => readSamples(data, widths, refuse) };
}
