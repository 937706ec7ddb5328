// The stages one by one, in memory: one session, one evaluation, several questions, and a limit on the time of the last.
import { cut, evaluate, generate, openSession, readQasm, reconstruct } from 'kroncut';

const circuit = readQasm(generate('supremacy', { qubits: 12, seed: 1 }).qasm);
const session = await openSession({ threads: 1 });
try {
  const cutting = await cut(circuit, { session, maxWidth: 8 });
  console.log(`${cutting.summary.subcircuits.length} subcircuits of at most ${cutting.summary.width} qubits`);
  const tensors = await evaluate(cutting, { session });
  const { full, samples } = await reconstruct(tensors, { session, full: true, samples: 3 });
  console.log(`${full.values.length} probabilities, the largest ${Math.max(...full.values)}`);
  for (const bits of samples.values) console.log(`sample ${bits}: ${full.values[Number.parseInt(bits, 2)]}`);
  const { expect } = await reconstruct(tensors, {
    session,
    expect: 'Z0 Z1',
    signal: AbortSignal.timeout(60_000),
  });
  console.log(`<Z0 Z1> = ${expect.value}`);
} finally {
  await session.close();
}
