/**
 * `npm run bench -- --only cutting`: expectation values at equal shots beside qiskit-addon-cutting, with the same cuts: mean
 * squared errors over seeds. `KRONCUT_PYTHON` names the Python that has the addon (pip install qiskit-addon-cutting qiskit-aer).
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cut, evaluate, reconstruct, subexperiments } from 'kroncut';
import { z } from 'zod';
import { FOLDER, generated, program } from './circuits.js';

const SEEDS = 40;
const QUICK_SEEDS = 4;
const SHOTS_EACH = 200;

export interface Instance {
  readonly name: string;
  readonly text: string;
  readonly qubits: number;
  /** Of each two-qubit gate, or of its two ends where it is cut. */
  readonly parts: readonly (number | readonly [number, number])[];
}

function turns(qubits: number, layer: number): string[] {
  const angle = (q: number, step: number): string => `0.${((step * q + 5 * layer) % 9) + 1}7`;
  return Array.from({ length: qubits }, (_, q) => `u3(${angle(q, 3)},${angle(q, 7)},0.4) q[${q}];`);
}

/** Two clusters of three qubits, joined by these gates on qubits 2 and 3, which are cut. */
function joined(name: string, gates: readonly string[]): Instance {
  const inside = ['cx q[0],q[1];', 'cx q[1],q[2];', 'cx q[5],q[4];', 'cx q[4],q[3];'];
  const lines = [...turns(6, 1), ...inside, ...gates, ...turns(6, 2), ...inside, ...turns(6, 3)];
  const own = [0, 0, 1, 1];
  const between = gates.filter((gate) => gate.includes(',q')).map(() => [0, 1] as const);
  return { name, text: program(6, lines), qubits: 6, parts: [...own, ...between, ...own] };
}

/** A cluster whose last `wires` qubits go on to another one. */
function passedOn(wires: number): Instance {
  const first = ['cx q[0],q[1];', 'cx q[1],q[2];', 'cx q[0],q[2];'];
  const second =
    wires === 1 ? ['cx q[2],q[3];', 'cx q[3],q[4];'] : ['cx q[1],q[3];', 'cx q[2],q[3];', 'cx q[3],q[4];'];
  const lines = [...turns(5, 1), ...first, ...turns(5, 2), ...second, ...turns(5, 3)];
  return {
    name: wires === 1 ? 'a wire' : `${wires} wires`,
    text: program(5, lines),
    qubits: 5,
    parts: [...first.map(() => 0), ...second.map(() => 1)],
  };
}

/** A circuit of a family whose gates between its halves are cut. */
function halved(family: string, qubits: number, depth: number): Instance {
  const { name, text } = generated(family, qubits, depth, true);
  const side = (qubit: number): number => (qubit < qubits / 2 ? 0 : 1);
  const pairs = [...text.matchAll(/^\w+(?:\([^)]*\))? q\[(\d+)\],q\[(\d+)\];$/gm)];
  return {
    name,
    text,
    qubits,
    parts: pairs.map(([, one, other]) => {
      const ends = [side(Number(one)), side(Number(other))] as const;
      return ends[0] === ends[1] ? ends[0] : ends;
    }),
  };
}

export function instances(): Instance[] {
  return [
    joined('a cx', ['cx q[2],q[3];']),
    joined('two cx on one pair, apart', ['cx q[2],q[3];', 'ry(0.3) q[2];', 'ry(0.5) q[3];', 'cx q[2],q[3];']),
    joined('a weak rzz(0.2)', ['rzz(0.2) q[2],q[3];']),
    joined('a swap', ['swap q[2],q[3];']),
    joined('a cx and a cz on one pair', ['cx q[2],q[3];', 'cz q[2],q[3];']),
    passedOn(1),
    passedOn(2),
    halved('hwea', 8, 1),
    halved('hwea', 8, 2),
  ];
}

export const terms = (qubits: number): (readonly [number, readonly number[]])[] =>
  Array.from({ length: qubits - 1 }, (_, i) => [1 / (1 + (i % 3)), [i, i + 1]] as const);

const foundSchema = z.object({ square: z.number(), experiments: z.number(), seconds: z.number() });

/** What the addon makes of a case; undefined where it is not installed or fails. */
export function addon(question: object): z.infer<typeof foundSchema> | undefined {
  const python = process.env['KRONCUT_PYTHON'] ?? 'python3';
  const { stdout, status } = spawnSync(python, [path.join(FOLDER, 'bench', 'cuttingRivals.py')], {
    input: JSON.stringify(question),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return status === 0 ? foundSchema.parse(JSON.parse(stdout)) : undefined;
}

export async function cuttingRivals(quick: boolean): Promise<void> {
  const seeds = quick ? QUICK_SEEDS : SEEDS;
  console.log(
    '| cut | shots | subexperiments | of the addon | even | weight | query | addon | addon / best | addon / even |',
  );
  console.log(`| --- |${' ---: |'.repeat(9)}`);
  for (const instance of instances().slice(0, quick ? 2 : undefined)) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'kroncut-bench-'));
    try {
      console.log(await rowOf(instance, seeds, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function rowOf(
  { name, text, qubits, parts }: Instance,
  seeds: number,
  folder: string,
): Promise<string> {
  const cuts = path.join(folder, 'cuts.json');
  await writeFile(cuts, JSON.stringify({ parts }));
  const { run } = await cut({ text }, { cuts, seed: 1 });
  if (run === undefined) throw new Error('a cut without a directory has no run');
  const listed = terms(qubits);
  const sum = listed
    .map(([coefficient, on]) => `${coefficient}*${on.map((q) => `Z${q}`).join(' ')}`)
    .join(' + ');
  const count = (await subexperiments({ run })).length;
  const question = { qasm: text, parts, terms: listed, shots: SHOTS_EACH * count, seeds };
  await evaluate({ run });
  const exact = (await reconstruct({ run }, { expect: sum })).expect?.value ?? Number.NaN;
  const ours: number[] = [];
  for (const allocation of ['even', 'weight', 'query'] as const) {
    let square = 0;
    for (let seed = 0; seed < seeds; seed += 1) {
      await evaluate({ run }, { shots: question.shots, allocation, seed, forExpect: sum, force: true });
      const { expect } = await reconstruct({ run }, { expect: sum });
      square += ((expect?.value ?? Number.NaN) - exact) ** 2 / seeds;
    }
    ours.push(square);
  }
  const theirs = addon({ ...question, exact });
  const best = Math.min(...ours);
  const [even = Number.NaN] = ours;
  const cells = [
    name,
    question.shots,
    count,
    theirs?.experiments ?? '-',
    ...ours.map((square) => square.toExponential(2)),
    theirs?.square.toExponential(2) ?? '-',
    ...[best, even].map((square) => (theirs === undefined ? '-' : (theirs.square / square).toFixed(2))),
  ];
  return `| ${cells.join(' | ')} |`;
}
