/** Circuits of layers with generic output: hardware-efficient ansatz, supremacy grid, QAOA, random. */
import type { Gate } from '../circuit.js';
import { gateOf } from '../gates.js';
import { Random } from '../random.js';

/**
 * The hardware-efficient ansatz: `depth` times two layers of u3 and a chain of cx, then two layers of u3. With a seed
 * all angles are random; without, they make the two outcomes 2^m - 1 and 2^n - 2^m, m = floor(n/2), one half each.
 */
export function hardwareEfficient(qubits: number, depth: number, seed: number | undefined): Gate[] {
  const random = seed === undefined ? undefined : new Random(seed, 'hwea');
  const gates: Gate[] = [];
  const layer = (angle: (qubit: number) => number): void => {
    for (let q = 0; q < qubits; q++) {
      const angles = random ? [random.angle(), random.angle(), random.angle()] : [angle(q), 0, 0];
      gates.push(gateOf('u3', [q], ...angles));
    }
  };
  for (let d = 0; d < depth; d++) {
    // Only the first block leaves |0...0>; a chain after the first one would undo it, so the angles open it anew.
    layer((q) => (d === 0 && q === 0 ? Math.PI / 2 : 0));
    layer(() => 0);
    for (let q = 0; q + 1 < qubits; q++) {
      gates.push(gateOf('cx', [q, q + 1]));
    }
  }
  layer((q) => (q < Math.floor(qubits / 2) ? Math.PI : 0));
  layer(() => 0);
  return gates;
}

/** Rows and columns of the most nearly square grid with this many places, rows >= columns. */
export function gridShape(places: number): [rows: number, columns: number] {
  let columns = Math.floor(Math.sqrt(places));
  while (places % columns !== 0) {
    columns--;
  }
  return [places / columns, columns];
}

/** Order in which the eight patterns of couplings come, each as direction and residue modulo 4. */
const PATTERNS: readonly (readonly [direction: 'row' | 'column', residue: number])[] = [
  ['row', 0],
  ['column', 1],
  ['row', 1],
  ['column', 0],
  ['row', 2],
  ['column', 3],
  ['row', 3],
  ['column', 2],
];

/**
 * Random circuits on a grid of qubits, numbered row by row (Boixo et al. 2018, arXiv:1608.00263, section "Random
 * circuits", second version of the rules): h everywhere; in every layer the cz of the next of eight patterns, and on
 * each qubit without one a random square root of X or Y right after a cz, not the same twice running, or a t right
 * after such a root or the first h; h everywhere.
 */
export function supremacy(qubits: number, depth: number, seed: number): Gate[] {
  const [rows, columns] = gridShape(qubits);
  const random = new Random(seed, 'supremacy');
  const all = Array.from({ length: qubits }, (_, q) => gateOf('h', [q]));
  const gates: Gate[] = [...all];
  let before = Array<'root' | 'cz' | 'none'>(qubits).fill('root');
  const lastRoot = Array<string>(qubits).fill('');
  for (let d = 0; d < depth; d++) {
    const now = Array<'root' | 'cz' | 'none'>(qubits).fill('none');
    for (const [a, b] of couplings(rows, columns, d)) {
      gates.push(gateOf('cz', [a, b]));
      now[a] = 'cz';
      now[b] = 'cz';
    }
    for (let q = 0; q < qubits; q++) {
      if (now[q] === 'cz') {
        continue;
      }
      if (before[q] === 'root') {
        gates.push(gateOf('t', [q]));
      } else if (before[q] === 'cz') {
        const last = lastRoot[q];
        const root = last === 'rx' ? 'ry' : last === 'ry' ? 'rx' : random.below(2) === 0 ? 'rx' : 'ry';
        gates.push(gateOf(root, [q], Math.PI / 2));
        lastRoot[q] = root;
        now[q] = 'root';
      }
    }
    before = now;
  }
  return [...gates, ...all];
}

/** Pairs of neighbours in the pattern of layer d. */
function couplings(rows: number, columns: number, d: number): [number, number][] {
  const [direction, residue] = PATTERNS[d % PATTERNS.length] ?? ['row', 0];
  const pairs: [number, number][] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const here = r * columns + c;
      if (direction === 'row' && c + 1 < columns && (c + 2 * r) % 4 === residue) {
        pairs.push([here, here + 1]);
      }
      if (direction === 'column' && r + 1 < rows && (r + 2 * c) % 4 === residue) {
        pairs.push([here, here + columns]);
      }
    }
  }
  return pairs;
}

/** Edges of a random connected 3-regular graph by the pairing model (Bollobas 1980): draw until it is simple. */
export function regularGraph(nodes: number, random: Random): [number, number][] {
  const stubs = Array.from({ length: 3 * nodes }, (_, i) => Math.floor(i / 3));
  for (;;) {
    const shuffled = random.shuffle(stubs);
    const seen = new Set<number>();
    const edges: [number, number][] = [];
    for (let i = 0; i < shuffled.length; i += 2) {
      const [a = 0, b = 0] = shuffled.slice(i, i + 2).toSorted((x, y) => x - y);
      if (a !== b) {
        seen.add(a * nodes + b);
        edges.push([a, b]);
      }
    }
    if (2 * seen.size === stubs.length && isConnected(nodes, edges)) {
      return edges;
    }
  }
}

function isConnected(nodes: number, edges: readonly (readonly [number, number])[]): boolean {
  const root = Array.from({ length: nodes }, (_, i) => i);
  const find = (node: number): number => {
    let at = node;
    while (root[at] !== at) {
      root[at] = root[root[at] ?? at] ?? at;
      at = root[at] ?? at;
    }
    return at;
  };
  let parts = nodes;
  for (const [a, b] of edges) {
    const [x, y] = [find(a), find(b)];
    if (x !== y) {
      root[x] = y;
      parts--;
    }
  }
  return parts === 1;
}

/** QAOA for MaxCut (Farhi et al. 2014) with random angles on a random 3-regular graph: `depth` rounds. */
export function regularQaoa(qubits: number, depth: number, seed: number): Gate[] {
  const random = new Random(seed, 'regular');
  const edges = regularGraph(qubits, random);
  const gates = Array.from({ length: qubits }, (_, q) => gateOf('h', [q]));
  for (let d = 0; d < depth; d++) {
    const [gamma, beta] = [random.angle(), random.angle()];
    for (const edge of edges) {
      gates.push(gateOf('rzz', edge, gamma));
    }
    for (let q = 0; q < qubits; q++) {
      gates.push(gateOf('rx', [q], beta));
    }
  }
  return gates;
}

/** Every layer has a random u on each qubit, then a cx, cz or cp on random pairs; a last layer of u follows. */
export function randomLayers(qubits: number, depth: number, seed: number): Gate[] {
  const random = new Random(seed, 'random');
  const gates: Gate[] = [];
  const turnAll = (): void => {
    for (let q = 0; q < qubits; q++) {
      gates.push(gateOf('u', [q], random.angle(), random.angle(), random.angle()));
    }
  };
  for (let d = 0; d < depth; d++) {
    turnAll();
    const order = random.shuffle(Array.from({ length: qubits }, (_, q) => q));
    for (let i = 0; i + 1 < qubits; i += 2) {
      const pair = order.slice(i, i + 2);
      const kind = random.below(3);
      gates.push(kind === 2 ? gateOf('cp', pair, random.angle()) : gateOf(kind === 0 ? 'cx' : 'cz', pair));
    }
  }
  turnAll();
  return gates;
}
