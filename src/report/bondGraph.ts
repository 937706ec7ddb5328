/** The graph of bonds: subcircuits as circles, cuts between them as lines. */
import { drawingStyle, subcircuitClass } from '../cut/drawing/palette.js';
import type { BondEdge } from '../cut/solution/subexperiments.js';
import { Html } from './html.js';

export interface GraphNode {
  readonly index: number;
  readonly width: number;
}

/** Subcircuits that are drawn at most; more would not be told apart. */
export const MOST_NODES = 60;
const ROUNDS = 120;
const MARGIN = 44;
const WIDTH = 480;

type Point = readonly [x: number, y: number];

/** Steps along edges from each node to all others; what cannot be reached counts as a little farther than all that can. */
function distances(count: number, edges: readonly (readonly [number, number])[]): number[][] {
  const near = Array.from({ length: count }, (): number[] => []);
  for (const [a, b] of edges) {
    near[a]?.push(b);
    near[b]?.push(a);
  }
  const found = near.map((_, start) => {
    const steps = Array.from({ length: count }, () => Infinity);
    steps[start] = 0;
    const queue = [start];
    for (const at of queue) {
      for (const next of near[at] ?? []) {
        if (steps[next] !== Infinity) continue;
        steps[next] = (steps[at] ?? 0) + 1;
        queue.push(next);
      }
    }
    return steps;
  });
  const farthest = Math.max(1, ...found.flat().filter(Number.isFinite));
  return found.map((row) => row.map((each) => (each === Infinity ? farthest + 1 : each)));
}

/**
 * Places whose distances are as near as may be to the numbers of steps, by majorising the stress (Gansner, Koren and North
 * 2004), from a circle; the longest extent then lies level.
 */
export function placeNodes(count: number, edges: readonly (readonly [number, number])[]): Point[] {
  const wanted = distances(count, edges);
  let places: Point[] = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    return [-Math.cos(angle) * count, Math.sin(angle) * count * 0.6];
  });
  const rounds = count > 1 ? ROUNDS : 0;
  for (let round = 0; round < rounds; round += 1) {
    places = places.map((at, i) => {
      let [x, y, weights] = [0, 0, 0];
      places.forEach((other, j) => {
        if (i === j) return;
        const ideal = wanted[i]?.[j] ?? 1;
        const weight = 1 / ideal ** 2;
        const apart = Math.max(1e-9, Math.hypot(at[0] - other[0], at[1] - other[1]));
        x += weight * (other[0] + (ideal * (at[0] - other[0])) / apart);
        y += weight * (other[1] + (ideal * (at[1] - other[1])) / apart);
        weights += weight;
      });
      return [x / weights, y / weights];
    });
  }
  return levelled(places);
}

/** Turned so that the largest spread is along x, with the first node at the left. */
function levelled(places: readonly Point[]): Point[] {
  const mean = (axis: 0 | 1): number => places.reduce((sum, at) => sum + at[axis], 0) / places.length;
  const [mx, my] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of places) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turned = places.map(([x, y]): Point => [c * (x - mx) + s * (y - my), c * (y - my) - s * (x - mx)]);
  const flip = (turned[0]?.[0] ?? 0) > 0 ? -1 : 1;
  return turned.map(([x, y]): Point => [flip * x, y]);
}

/** The drawing of the graph, or undefined where there are too many subcircuits for one. */
export function bondGraphSvg(nodes: readonly GraphNode[], edges: readonly BondEdge[]): Html | undefined {
  if (nodes.length > MOST_NODES) return undefined;
  const between = edges.filter(({ subcircuits: [a, b] }) => a !== b);
  const places = placeNodes(
    nodes.length,
    between.map(({ subcircuits }) => subcircuits),
  );
  const extent = (axis: 0 | 1): number => places.reduce((most, at) => Math.max(most, Math.abs(at[axis])), 0);
  const scale = Math.min(150, (WIDTH / 2 - MARGIN) / Math.max(0.5, extent(0)));
  const height = Math.max(120, 2 * (extent(1) * scale + MARGIN));
  const at = (index: number): Point => {
    const [x, y] = places[index] ?? [0, 0];
    return [round(WIDTH / 2 + x * scale), round(height / 2 + y * scale)];
  };
  const small = scale < 80;
  const widest = Math.max(1, ...nodes.map(({ width }) => width));
  const most = Math.min(26, 0.36 * scale);
  const radius = (width: number): number => most * (0.6 + 0.4 * Math.sqrt(width / widest));
  const lines = edges.map((edge) => edgeSvg(edge, at, small));
  const circles = nodes.map(({ index, width }) => {
    const [x, y] = at(index);
    const r = round(radius(width));
    return (
      `<g class="${subcircuitClass(index)}"><title>subcircuit ${index}: ${width} qubits</title>` +
      `<circle class="node" cx="${x}" cy="${y}" r="${r}"/><text x="${x}" y="${small ? y : y - 5}" class="strong">${index}</text>` +
      (small ? '' : `<text x="${x}" y="${y + 9}" class="f">${width} q</text>`) +
      '</g>'
    );
  });
  return new Html(
    `<svg class="kc graph" role="img" aria-label="Graph of bonds between subcircuits" viewBox="0 0 ${WIDTH} ${round(height)}">` +
      `<style>${drawingStyle(nodes.map(({ index }) => index))}</style>${lines.join('')}${circles.join('')}</svg>`,
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function edgeSvg(edge: BondEdge, at: (index: number) => Point, small: boolean): string {
  const { subcircuits, wireCuts, gateCuts, bonds } = edge;
  const [a, b] = [at(subcircuits[0]), at(subcircuits[1])];
  const kinds = [
    ...(wireCuts === 0 ? [] : [`${wireCuts} wire`]),
    ...(gateCuts === 0 ? [] : [`${gateCuts} gate`]),
  ].join(' + ');
  const noun = wireCuts + gateCuts === 1 ? 'cut' : 'cuts';
  const title = `<title>${subcircuits.join(' – ')}: ${kinds} ${noun}, ${bonds} bonds</title>`;
  const width = Math.min(8, 1.5 + 0.8 * bonds);
  if (subcircuits[0] === subcircuits[1]) {
    const [x, y] = a;
    return `<g>${title}<path class="edge" stroke-width="${width}" d="M${x - 8} ${y - 14}C${x - 34} ${y - 62} ${x + 34} ${y - 62} ${x + 8} ${y - 14}"/></g>`;
  }
  const [mx, my] = [round((a[0] + b[0]) / 2), round((a[1] + b[1]) / 2)];
  const label = small ? '' : `<text class="label" x="${mx}" y="${my}">${kinds} ${noun}</text>`;
  return `<g>${title}<path class="edge" stroke-width="${width}" d="M${a.join(' ')}L${b.join(' ')}"/>${label}</g>`;
}
