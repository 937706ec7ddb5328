// A variational loop: the ground state energy of a chain of spins, one angle at a time. The circuit is cut once; each
// new angle evaluates one subcircuit again, and contracts again only what that enters. Given the other angles, the
// energy is a sine of one angle, so three values give its minimum (Ostaszewski et al., Quantum 5, 391 (2021)).
import { withParameters } from 'kroncut';

const qubits = 8;
const sites = Array.from({ length: qubits }, (_, i) => i);
const names = [...sites.map((i) => `a${i}`), ...sites.map((i) => `b${i}`)];
const text = `OPENQASM 3.0;
include "stdgates.inc";
${names.map((name) => `input float ${name};`).join('\n')}
qubit[${qubits}] q;
${sites.map((i) => `ry(a${i}) q[${i}];`).join('\n')}
${sites
  .slice(1)
  .map((i) => `cz q[${i - 1}], q[${i}];`)
  .join('\n')}
${sites.map((i) => `ry(b${i}) q[${i}];`).join('\n')}
`;
// Transverse-field Ising chain at its critical point.
const bonds = sites.slice(1).map((i) => `- Z${i - 1} Z${i}`);
const energy = [...bonds, ...sites.map((i) => `- X${i}`)].join(' ');

const start = Object.fromEntries(names.map((name) => [name, 0.4]));
await withParameters({ text, name: 'ansatz' }, { maxWidth: 4, parameters: start }, async (loop) => {
  const angles = { ...start };
  let { value, evaluated, contracted } = await loop.expect(energy, angles);
  console.log(`${loop.cutCircuit.subcircuits.length} subcircuits; energy ${value.toFixed(6)} at first`);
  console.log(`first value: ${evaluated} tensors evaluated, ${contracted} contracted`);
  for (let sweep = 1; sweep <= 2; sweep += 1) {
    const sum = { evaluated: 0, contracted: 0, values: 0 };
    for (const name of names) {
      const at = async (angle) => {
        const found = await loop.expect(energy, { ...angles, [name]: angle });
        sum.evaluated += found.evaluated;
        sum.contracted += found.contracted;
        sum.values += 1;
        return found.value;
      };
      const [here, plus, minus] = [
        await at(angles[name]),
        await at(angles[name] + Math.PI / 2),
        await at(angles[name] - Math.PI / 2),
      ];
      angles[name] += -Math.PI / 2 - Math.atan2(2 * here - plus - minus, plus - minus);
    }
    ({ value } = await loop.expect(energy, angles));
    console.log(
      `sweep ${sweep}: energy ${value.toFixed(6)}; each value evaluated ` +
        `${(sum.evaluated / sum.values).toFixed(1)} tensors and contracted ${(sum.contracted / sum.values).toFixed(1)}`,
    );
  }
});
