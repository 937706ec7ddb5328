/** The shape of a JSON document: its keys and types without its values. */
import { isList, type Json } from './record.js';

/** Types of one place in a document: names of plain types, the fields of its objects, the shape of list entries. */
interface Types {
  readonly plain: ReadonlySet<string>;
  readonly objects: readonly Readonly<Record<string, Json>>[];
  readonly entries: readonly Json[];
  readonly hasLists: boolean;
}

/**
 * Types in place of values. A list becomes a list of one entry, which allows whatever one of its entries is: types are
 * joined by `|`, and a key that not all objects have ends in `?`.
 */
export function shapeOf(...values: readonly Json[]): Json {
  const { plain, objects, entries, hasLists } = typesOf(values);
  const forms: Json[] = [];
  if (plain.size > 0) forms.push([...plain].sort().join(' | '));
  if (objects.length > 0) forms.push(shapeOfObjects(objects));
  if (hasLists) forms.push(entries.length === 0 ? [] : [shapeOf(...entries)]);
  return forms.length === 1 ? (forms[0] ?? null) : { anyOf: forms };
}

function typesOf(values: readonly Json[]): Types {
  const plain = new Set<string>();
  const objects: Readonly<Record<string, Json>>[] = [];
  const lists: (readonly Json[])[] = [];
  for (const value of values) {
    if (value === null) plain.add('null');
    else if (isList(value)) lists.push(value);
    else if (typeof value === 'object') objects.push(value);
    else plain.add(typeof value);
  }
  return { plain, objects, entries: lists.flat(), hasLists: lists.length > 0 };
}

function shapeOfObjects(objects: readonly Readonly<Record<string, Json>>[]): Json {
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return Object.fromEntries(
    keys.map((key) => {
      const values = objects.filter((object) => key in object).map((object) => object[key] ?? null);
      return [values.length === objects.length ? key : `${key}?`, shapeOf(...values)];
    }),
  );
}
