/** Colours of drawings. One drawing serves light and dark screens and paper: all colours are variables of CSS. */

/** Hues a golden angle apart, so that subcircuits that are neighbours in number differ. */
function hue(subcircuit: number): number {
  return Math.round((subcircuit * 137.508 + 210) % 360);
}

/** Class of what belongs to a subcircuit: `--c` is its colour, `--t` the tint of its areas. */
export function subcircuitClass(subcircuit: number): string {
  return `s${subcircuit}`;
}

const LIGHT = '--ink:#1b1f24;--faint:#66707c;--paper:#fff;--cut:#c8102e;--l:40%;--tint:94%';
const DARK = '--ink:#e7eaee;--faint:#98a3b0;--paper:#161a20;--cut:#ff7185;--l:70%;--tint:19%';

/** The style of a drawing, an element of class `kc`, with the colours of these subcircuits. */
export function drawingStyle(subcircuits: Iterable<number>): string {
  const colours = [...new Set(subcircuits)].map((each) => {
    const base = `${hue(each)},62%`;
    return `.kc .${subcircuitClass(each)}{--c:hsl(${base},var(--l));--t:hsl(${base},var(--tint))}`;
  });
  return (
    `.kc{${LIGHT};font:11px system-ui,sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}` +
    `@media screen and (prefers-color-scheme:dark){.kc{${DARK}}}` +
    `.kc text{text-anchor:middle;dominant-baseline:central;fill:var(--ink)}` +
    colours.join('')
  );
}
