/** HTML as values: what is put into a template is escaped, unless it is HTML itself. */
import { escapeXml } from '../cut/drawing/circuitSvg.js';
import { printable } from '../printable.js';

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | undefined | readonly Content[];

/** A template of HTML: text in its places becomes text, also inside of quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, i) => (i === 0 ? part : textOf(values[i - 1]) + part)).join(''));
}

function textOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return String(content);
  return content.map(textOf).join('');
}

/** Text that cannot become a tag, leave an attribute, or turn what stands around it; line breaks stay. */
export function escapeText(text: string): string {
  return printable(text).split('\n').map(escapeXml).join('\n');
}
