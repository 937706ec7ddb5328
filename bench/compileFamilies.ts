/** Circuits of the kinds that people compile, as OpenQASM: arithmetic, reversible networks, Trotter steps, ansatzes. */
import { program, type NamedText } from './circuits.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const gate = (name: string, ...qubits: readonly number[]): string =>
  `${name} ${qubits.map((q) => `q[${q}]`).join(',')};`;
const cx = (a: number, b: number): string => gate('cx', a, b);
const ccx = (a: number, b: number, c: number): string => gate('ccx', a, b, c);
const turn = (name: string, angle: number, ...qubits: readonly number[]): string =>
  gate(`${name}(${angle})`, ...qubits);

/** Numbers in [0, 1) that are the same in every run (a linear congruence modulo 2^32). */
function drawn(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Majority in place and its inverse with a sum (Cuccaro, Draper, Kutin and Moulton 2004, quant-ph/0410184). */
const majority = (c: number, b: number, a: number): string[] => [cx(a, b), cx(a, c), ccx(c, b, a)];
const unmajority = (c: number, b: number, a: number): string[] => [ccx(c, b, a), cx(a, c), cx(c, b)];

/** b += a on 2n + 2 qubits: carry in, a and b in turn, carry out. */
function cuccaro(bits: number): NamedText {
  const [a, b] = [(i: number): number => 2 * i + 2, (i: number): number => 2 * i + 1];
  const carry = (i: number): number => (i === 0 ? 0 : a(i - 1));
  const up = range(bits).flatMap((i) => majority(carry(i), b(i), a(i)));
  const down = range(bits)
    .toReversed()
    .flatMap((i) => unmajority(carry(i), b(i), a(i)));
  return {
    name: `adder, Cuccaro ${bits}`,
    text: program(2 * bits + 2, [...up, cx(a(bits - 1), 2 * bits + 1), ...down]),
  };
}

/** Whether a < b, by the carry of the adder alone: both numbers come back. */
function comparator(bits: number): NamedText {
  const [a, b] = [(i: number): number => 2 * i + 2, (i: number): number => 2 * i + 1];
  const carry = (i: number): number => (i === 0 ? 0 : a(i - 1));
  const flips = range(bits).map((i) => gate('x', a(i)));
  const up = range(bits).flatMap((i) => majority(carry(i), b(i), a(i)));
  const inverse = up.toReversed();
  return {
    name: `comparator ${bits}`,
    text: program(2 * bits + 2, [...flips, ...up, cx(a(bits - 1), 2 * bits + 1), ...inverse, ...flips]),
  };
}

/** Every third qubit from one on. */
const third =
  (first: number) =>
  (i: number): number =>
    3 * i + first;

/** Carries computed and taken back on a register of their own (Vedral, Barenco and Ekert 1996, quant-ph/9511018). */
function vbe(bits: number): NamedText {
  const [c, a, b] = [third(0), third(1), third(2)];
  const carry = (i: number): string[] => [
    ccx(a(i), b(i), c(i + 1)),
    cx(a(i), b(i)),
    ccx(c(i), b(i), c(i + 1)),
  ];
  const sum = (i: number): string[] => [cx(a(i), b(i)), cx(c(i), b(i))];
  const lines = [
    ...range(bits).flatMap(carry),
    cx(a(bits - 1), b(bits - 1)),
    ...sum(bits - 1),
    ...range(bits - 1)
      .toReversed()
      .flatMap((i) => [...carry(i).toReversed(), ...sum(i)]),
  ];
  return { name: `adder, VBE ${bits}`, text: program(3 * bits + 1, lines) };
}

const fourier = (qubits: readonly number[]): string[] =>
  qubits
    .toReversed()
    .flatMap((q, i, all) => [
      gate('h', q),
      ...all.slice(i + 1).map((other, k) => turn('cp', Math.PI / 2 ** (k + 1), other, q)),
    ]);

const inverseFourier = (qubits: readonly number[]): string[] =>
  fourier(qubits)
    .toReversed()
    .map((line) => line.replace('cp(', 'cp(-'));

/** b += a by phases behind a Fourier transform (Draper 2000, quant-ph/0008033). */
function draper(bits: number): NamedText {
  const [a, b] = [range(bits), range(bits).map((i) => bits + i)];
  const phases = b.flatMap((q, i) =>
    a.slice(0, i + 1).map((control, j) => turn('cp', Math.PI / 2 ** (i - j), control, q)),
  );
  return {
    name: `adder, Draper ${bits}`,
    text: program(2 * bits, [...fourier(b), ...phases, ...inverseFourier(b)]),
  };
}

/** Product of two numbers by adders that a bit each controls, shifted. */
function multiplier(bits: number): NamedText {
  const [a, b, out] = [range(bits), range(bits).map((i) => bits + i), 2 * bits];
  // Products of bits in a spare register, added, and taken back.
  const spare = out + 2 * bits;
  const carryIn = spare + bits;
  const lines = range(bits).flatMap((shift) => {
    const products = a.map((q, i) => ccx(q, b[shift]!, spare + i));
    const sum = (i: number): number => out + shift + i;
    const carry = (i: number): number => (i === 0 ? carryIn : spare + i - 1);
    const add = [
      ...range(bits).flatMap((i) => majority(carry(i), sum(i), spare + i)),
      cx(spare + bits - 1, out + shift + bits),
      ...range(bits)
        .toReversed()
        .flatMap((i) => unmajority(carry(i), sum(i), spare + i)),
    ];
    return [...products, ...add, ...products];
  });
  return { name: `multiplier ${bits}`, text: program(carryIn + 1, lines) };
}

/** Exponents between the degree and 0 in irreducible polynomials. */
const POLYNOMIALS: Readonly<Record<number, readonly number[]>> = { 2: [1], 3: [1], 4: [1] };

/** c += a b in GF(2^n): Toffoli gates on the products of bits, the high ones folded by `cx` within c. */
function field(degree: number): NamedText {
  const [b, c] = [degree, 2 * degree];
  const lines: string[] = [];
  for (const k of range(degree - 1).toReversed()) {
    // Products of degree n + k stand on c(k) until `cx` fold them where the polynomial has its terms.
    for (let i = k + 1; i < degree; i += 1) lines.push(ccx(i, b + degree + k - i, c + k));
    for (const exponent of POLYNOMIALS[degree]!) lines.push(cx(c + k, c + k + exponent));
  }
  for (const i of range(degree)) {
    for (const j of range(degree - i)) lines.push(ccx(i, b + j, c + i + j));
  }
  return { name: `GF(2^${degree}) multiplier`, text: program(3 * degree, lines) };
}

/** The and of all controls by clean ancillas, up and down. */
function toffoliClean(controls: number): NamedText {
  const spare = (i: number): number => controls + i;
  const up = range(controls - 2).map((i) => ccx(i === 0 ? 0 : spare(i - 1), i + 1, spare(i)));
  const target = spare(controls - 2);
  const lines = [...up, ccx(spare(controls - 3), controls - 1, target), ...up.toReversed()];
  return { name: `Toffoli, ${controls} controls, clean`, text: program(2 * controls - 1, lines) };
}

/** The same by dirty ancillas (Barenco et al. 1995, quant-ph/9503016, lemma 7.2). */
function toffoliDirty(controls: number): NamedText {
  const spare = (i: number): number => controls + i;
  const target = spare(controls - 2);
  const down = range(controls - 2).map((i) =>
    ccx(controls - 1 - i, spare(controls - 3 - i), i === 0 ? target : spare(controls - 2 - i)),
  );
  const first = ccx(0, 1, spare(0));
  const half = [...down.slice(1), first, ...down.slice(1).toReversed()];
  const lines = [down[0]!, ...half, down[0]!, ...half];
  return { name: `Toffoli, ${controls} controls, dirty`, text: program(2 * controls - 1, lines) };
}

function toffoliNetwork(qubits: number, count: number): NamedText {
  const next = drawn(count + qubits);
  const lines = range(count).map(() => {
    const places = range(qubits);
    const pick = (): number => places.splice(Math.floor(next() * places.length), 1)[0]!;
    return next() < 0.6 ? ccx(pick(), pick(), pick()) : cx(pick(), pick());
  });
  return { name: `Toffoli network ${qubits}, ${count} gates`, text: program(qubits, lines) };
}

/** Amplitude estimation of one turn with so many bits. */
function amplitudeEstimation(bits: number): NamedText {
  const [state, angle] = [bits, 2 * Math.asin(Math.sqrt(0.3))];
  const lines = [
    ...range(bits).map((q) => gate('h', q)),
    turn('ry', angle, state),
    ...range(bits).map((q) => turn('cry', 2 ** (q + 1) * angle, q, state)),
    ...inverseFourier(range(bits).toReversed()),
  ];
  return { name: `amplitude estimation ${bits}`, text: program(bits + 1, lines) };
}

function phaseEstimation(bits: number): NamedText {
  const lines = [
    ...range(bits).map((q) => gate('h', q)),
    gate('x', bits),
    ...range(bits).map((q) => turn('cp', 2 ** (q + 1) * 1.234, q, bits)),
    ...inverseFourier(range(bits).toReversed()),
  ];
  return { name: `phase estimation ${bits}`, text: program(bits + 1, lines) };
}

/** exp(-i angle/2 P) by a ladder of `cx`; P as letters by qubit. */
function exponential(letters: readonly (readonly [number, 'X' | 'Y' | 'Z'])[], angle: number): string[] {
  const front = letters.flatMap(([q, p]) =>
    p === 'X' ? [gate('h', q)] : p === 'Y' ? [turn('rx', Math.PI / 2, q)] : [],
  );
  const back = letters.flatMap(([q, p]) =>
    p === 'X' ? [gate('h', q)] : p === 'Y' ? [turn('rx', -Math.PI / 2, q)] : [],
  );
  const qubits = letters.map(([q]) => q);
  const ladder = qubits.slice(1).map((q, i) => cx(qubits[i]!, q));
  return [...front, ...ladder, turn('rz', angle, qubits.at(-1)!), ...ladder.toReversed(), ...back];
}

/** Single and double excitations of half of the orbitals, by Jordan and Wigner, each of its Pauli products by itself. */
function coupledCluster(orbitals: number): NamedText {
  const next = drawn(orbitals);
  const [filled, empty] = [range(orbitals / 2), range(orbitals / 2).map((i) => orbitals / 2 + i)];
  const between = (a: number, b: number): [number, 'Z'][] => range(b - a - 1).map((i) => [a + 1 + i, 'Z']);
  const lines = filled.map((q) => gate('x', q));
  for (const i of filled) {
    for (const a of empty) {
      if ((i + a) % 2 !== 0) continue;
      const angle = next();
      for (const [p, q, sign] of [
        ['X', 'Y', 1],
        ['Y', 'X', -1],
      ] as const)
        lines.push(...exponential([[i, p], ...between(i, a), [a, q]], sign * angle));
    }
  }
  const doubles = range(16)
    .map((bits) => range(4).map((k): 'X' | 'Y' => (((bits >> k) & 1) === 0 ? 'X' : 'Y')))
    .filter((letters) => letters.filter((letter) => letter === 'Y').length % 2 === 1);
  for (const i of filled) {
    for (const j of filled.filter((other) => other > i)) {
      for (const a of empty) {
        for (const b of empty.filter((other) => other > a)) {
          if ((i + j + a + b) % 2 !== 0) continue;
          const angle = next() / 4;
          for (const letters of doubles) {
            const [p, q, r, s] = letters;
            const sign = letters.filter((letter) => letter === 'Y').length === 1 ? 1 : -1;
            const product = [[i, p!], ...between(i, j), [j, q!], [a, r!], ...between(a, b), [b, s!]] as const;
            lines.push(...exponential(product, sign * angle));
          }
        }
      }
    }
  }
  return { name: `UCCSD ${orbitals}`, text: program(orbitals, lines) };
}

/** Rounds of MaxCut on a graph with random edges. */
function qaoa(qubits: number, density: number, rounds: number): NamedText {
  const next = drawn(7 * qubits + rounds);
  const edges = range(qubits).flatMap((a) =>
    range(a).flatMap((b): [number, number][] => (next() < density ? [[b, a]] : [])),
  );
  const lines = range(qubits).map((q) => gate('h', q));
  for (let round = 0; round < rounds; round += 1) {
    const [gamma, beta] = [next(), next()];
    for (const [a, b] of edges) lines.push(cx(a, b), turn('rz', 2 * gamma, b), cx(a, b));
    for (const q of range(qubits)) lines.push(turn('rx', 2 * beta, q));
  }
  return { name: `QAOA ${qubits}, ${edges.length} edges, ${rounds} rounds`, text: program(qubits, lines) };
}

/** Trotter steps of Ising's model on a grid, or of hopping on a ring. */
function gridSteps(rows: number, columns: number, steps: number): NamedText {
  const at = (r: number, c: number): number => r * columns + c;
  const lines: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    for (const r of range(rows)) {
      for (const c of range(columns)) {
        if (c + 1 < columns) lines.push(turn('rzz', 0.21, at(r, c), at(r, c + 1)));
        if (r + 1 < rows) lines.push(turn('rzz', 0.21, at(r, c), at(r + 1, c)));
      }
    }
    for (const q of range(rows * columns)) lines.push(turn('rx', 0.37, q));
  }
  return { name: `Trotter, Ising ${rows} x ${columns}`, text: program(rows * columns, lines) };
}

function ringSteps(qubits: number, steps: number): NamedText {
  const lines: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    for (const q of range(qubits)) {
      const other = (q + 1) % qubits;
      for (const p of ['X', 'Y'] as const)
        lines.push(
          ...exponential(
            [
              [q, p],
              [other, p],
            ],
            0.31,
          ),
        );
    }
    for (const q of range(qubits)) lines.push(turn('rz', 0.17 * (q + 1), q));
  }
  return { name: `Trotter, XY ring ${qubits}`, text: program(qubits, lines) };
}

/** Steps of a Fermi-Hubbard chain, two spins by Jordan and Wigner, as exponentials of Pauli products. */
function hubbardSteps(sites: number, steps: number): NamedText {
  const lines: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    for (const spin of [0, sites]) {
      for (const i of range(sites - 1)) {
        lines.push(
          ...exponential(
            [
              [spin + i, 'X'],
              [spin + i + 1, 'X'],
            ],
            0.2,
          ),
        );
        lines.push(
          ...exponential(
            [
              [spin + i, 'Y'],
              [spin + i + 1, 'Y'],
            ],
            0.2,
          ),
        );
      }
    }
    for (const i of range(sites))
      lines.push(
        ...exponential(
          [
            [i, 'Z'],
            [sites + i, 'Z'],
          ],
          0.3,
        ),
      );
  }
  return { name: `Trotter, Hubbard ${sites}`, text: program(2 * sites, lines) };
}

/** Random Clifford gates: `h`, `s` and `cx`. */
function cliffords(qubits: number, count: number): NamedText {
  const next = drawn(3 * qubits + count);
  const any = (): number => Math.floor(next() * qubits);
  const lines = range(count).map(() => {
    const kind = next();
    const a = any();
    if (kind < 0.5) return cx(a, (a + 1 + Math.floor(next() * (qubits - 1))) % qubits);
    return gate(kind < 0.75 ? 'h' : 's', a);
  });
  return { name: `Clifford ${qubits}, ${count} gates`, text: program(qubits, lines) };
}

/** Random `cx` and phases. */
function phasePolynomial(qubits: number, count: number): NamedText {
  const next = drawn(5 * qubits + count);
  const any = (): number => Math.floor(next() * qubits);
  const lines = range(count).map(() => {
    const a = any();
    if (next() < 0.7) return cx(a, (a + 1 + Math.floor(next() * (qubits - 1))) % qubits);
    return turn('rz', 0.1 + next(), a);
  });
  return { name: `cx and rz ${qubits}, ${count} gates`, text: program(qubits, lines) };
}

/** Rounds of Grover's search for all ones, with clean ancillas. */
function grover(bits: number, rounds: number): NamedText {
  const controlled = toffoliClean(bits - 1)
    .text.split('\n')
    .filter((line) => line.startsWith('ccx'));
  const width = 2 * (bits - 1) - 1;
  // The last of the search's bits is the target of the and.
  const search = [...range(bits - 1), width - 1];
  const phase = [gate('h', width - 1), ...controlled, gate('h', width - 1)];
  const around = (name: string): string[] => search.map((q) => gate(name, q));
  const lines = around('h');
  for (let round = 0; round < rounds; round += 1)
    lines.push(...phase, ...around('h'), ...around('x'), ...phase, ...around('x'), ...around('h'));
  return { name: `Grover ${bits}, ${rounds} rounds`, text: program(width, lines) };
}

/** All families, each in two sizes or more. */
export function familyCircuits(): NamedText[] {
  return [
    ...[3, 6].map(cuccaro),
    ...[3, 5].map(vbe),
    ...[3, 5].map(draper),
    ...[3, 5].map(comparator),
    ...[2, 3].map(multiplier),
    ...[2, 3, 4].map(field),
    ...[4, 6].map(toffoliClean),
    ...[4, 5].map(toffoliDirty),
    toffoliNetwork(5, 20),
    toffoliNetwork(8, 30),
    ...[4, 6].map(amplitudeEstimation),
    ...[4, 6].map(phaseEstimation),
    ...[4, 6].map(coupledCluster),
    qaoa(6, 0.6, 2),
    qaoa(10, 0.4, 2),
    gridSteps(3, 3, 2),
    ringSteps(6, 3),
    hubbardSteps(3, 2),
    cliffords(5, 80),
    cliffords(8, 200),
    phasePolynomial(5, 80),
    phasePolynomial(8, 200),
    grover(4, 2),
  ];
}
