/** What is wrong with data that was read, in words. */
import type { z } from 'zod';
import { required } from '../../error.js';

/** How data are spoken of where the fault is theirs as a whole. */
interface Naming {
  /** Subject of the sentence where no property is to blame; default: `the file`. */
  readonly whole?: string;
  /** Marks around the name of a property; default: none. */
  readonly quote?: string;
}

/** The first fault: the place in the data, and what would be right there. Needs the issues' `input` to say what is missing. */
export function schemaFault(error: z.ZodError, { whole = 'the file', quote = '' }: Naming = {}): string {
  const issue = deepest(error.issues[0]);
  if (issue === undefined) return `${whole} is wrong`;
  const path = issue.path.join('.');
  return `${path === '' ? whole : `${quote}${path}${quote}`} ${faultOf(issue)}`;
}

/** Of a union, what is wrong with the one form whose kind the data have; the union itself where that is none, or several. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union' || !isDefault(issue)) return issue;
  const near = issue.errors
    .map(([first]) => first)
    .filter((first) => first !== undefined)
    .filter((first) => !(first.code === 'invalid_type' && first.path.length === 0));
  const [only] = near;
  if (only === undefined || near.length > 1) return issue;
  return deepest({ ...only, path: [...issue.path, ...only.path] });
}

/** Whether the schema has no words of its own for a fault. */
function isDefault({ message }: z.core.$ZodIssue): boolean {
  return message.startsWith('Invalid ');
}

function faultOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `has a key "${issue.keys[0]}" that is not known`;
    case 'invalid_key':
      return faultOf(required(issue.issues[0], 'what is wrong with a key'));
    case 'invalid_value':
      return `has to be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `has to be ${issue.inclusive === true ? `${issue.minimum} or more` : `more than ${issue.minimum}`}${unitOf(issue.origin)}`;
    case 'too_big':
      return `has to be ${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_type':
      return `has to be ${kindOf(issue)}${isMissing(issue) ? ', and is missing' : ''}`;
    case 'invalid_union':
      return isDefault(issue) ? unionFault(issue) : `has to be ${issue.message}`;
    case 'invalid_format':
      return isDefault(issue) ? 'is of another form' : `has to be ${issue.message}`;
    case 'custom':
      return issue.message;
    default:
      return `is wrong (${issue.message})`;
  }
}

/** Sizes of lists and texts are counted in something. */
function unitOf(origin: string): string {
  if (origin === 'array') return ' entries long';
  return origin === 'string' ? ' characters long' : '';
}

function unionFault(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.discriminator !== undefined && 'options' in issue && issue.options !== undefined)
    return `has to be one of ${issue.options.map(String).join(', ')}`;
  const kinds = issue.errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [kindOf(first)] : []));
  return `has to be ${[...new Set(kinds)].join(' or ') || 'of another form'}`;
}

function isMissing(issue: z.core.$ZodIssueInvalidType): boolean {
  return issue.message.endsWith(' received undefined');
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'null',
};

function kindOf({ expected }: z.core.$ZodIssueInvalidType): string {
  return KINDS[expected] ?? `a ${expected}`;
}
