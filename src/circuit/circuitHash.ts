import { createHash } from 'node:crypto';
import type { Circuit } from './circuit.js';

/**
 * SHA-256, in hexadecimal, of what a circuit does: qubits, gates in order with every bit of their angles, and
 * outcomes. Names of registers, comments and the OpenQASM version do not enter.
 */
export function circuitHash(circuit: Circuit): string {
  const hash = createHash('sha256');
  hash.update(`qubits ${circuit.qubits}\noutcomes ${circuit.outcomes.join(' ')}\n`);
  let part: string[] = [];
  for (const { name, qubits, params } of circuit.gates) {
    part.push(`${name} ${qubits.join(' ')}`);
    for (const param of params) {
      part.push(Object.is(param, -0) ? '-0' : String(param));
    }
    if (part.length > 4096) {
      hash.update(`${part.join('\n')}\n`);
      part = [];
    }
  }
  hash.update(part.join('\n'));
  return hash.digest('hex');
}
