/** The frame of a page: one file that asks for nothing else, and says so to the browser. */
import { html, Html, type Content } from './html.js';
import { STYLE } from './style.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

/** A figure that is worth knowing first. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
}

export interface Page {
  readonly title: string;
  readonly brand: string;
  readonly lede: Content;
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

/** Even a mistake here could not make the browser ask for anything. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The text of the file. */
export function pageText({ title, brand, lede, tiles, sections, footer }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="generator" content="${footer}" />
        <title>${title} · Kroncut</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="brand">${brand}</p>
          <h1>${title}</h1>
          <p class="lede">${lede}</p>
          <dl class="tiles">
            ${tiles.map(
              ({ name, value, note }) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}${note === undefined ? undefined : html` <small>${note}</small>`}</dd>
                </div>`,
            )}
          </dl>
          <nav aria-label="Contents">
            ${sections.map((each) => html`<a href="#${each.id}">${each.title}</a> `)}
          </nav>
        </header>
        <main>
          ${sections.map(
            (each) =>
              html`<section id="${each.id}">
                <h2>${each.title}</h2>
                ${each.body}
              </section> `,
          )}
        </main>
        <footer><p>${footer}</p></footer>
      </body>
    </html> `.text;
}

/** A plot with what it shows. */
export function figureOf(caption: string, note: string, plot: Html): Html {
  return html`<figure>
    <figcaption>${caption}<span>${note}</span></figcaption>
    ${plot}
  </figure>`;
}

export function codeBlock(text: string): Html {
  return html`<pre><code>${text}</code></pre>`;
}

/** Columns whose cells are text stand at the left; numbers end in line. */
export interface Column {
  readonly name: string;
  readonly text?: boolean;
}

export function tableOf(columns: readonly Column[], rows: readonly (readonly Content[])[]): Html {
  const kind = (i: number): string => (columns[i]?.text === true ? 'text' : 'number');
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map(({ name }, i) => html`<th scope="col" class="${kind(i)}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, i) => html`<td class="${kind(i)}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function factList(facts: readonly (readonly [name: string, value: Content])[]): Html {
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** Something that a run does not hold, and the command that makes it. */
export interface Missing {
  readonly what: string;
  readonly command: string | null;
}

export function missingNote({ what, command }: Missing): Html {
  return html`<p class="missing">${what}${command === null ? undefined : html` <code>${command}</code>`}</p>`;
}
