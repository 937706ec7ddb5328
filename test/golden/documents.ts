/** Every `--json` document of the program, in an order in which later commands find what earlier ones made. */

const QUERIES =
  "--full --top 3 --moments --marginal 1,0 --probability 000000,000001 --expect 'ZZIIII + 0.5*XIXIII' --terms " +
  '--samples 5 --bins 2 --depth 2 --seed 1';

export interface Document {
  /** The name of its recorded shape. */
  readonly name: string;
  /** Without `--json --quiet --threads 2`. */
  readonly command: string;
}

/** Commands of one chain follow one another; chains are independent. The circuits are those of `prepareCircuits`. */
export const CHAINS: readonly (readonly Document[])[] = [
  [
    { name: 'cut', command: 'cut random6.qasm --labels 000111 -o stages' },
    {
      name: 'reconstruct.plan',
      command: `reconstruct stages ${QUERIES} --plan --ranks 4 --device-memory 8GB`,
    },
    { name: 'subexperiments', command: 'subexperiments stages --shots 10000' },
    { name: 'export.dry-run', command: 'export stages --format qrmi --shots 10000 --dry-run' },
    { name: 'export', command: 'export stages -o exported --format qasm3 --shots 10000' },
    { name: 'evaluate.dry-run', command: 'evaluate stages --dry-run' },
    { name: 'evaluate', command: 'evaluate stages' },
    { name: 'reconstruct.dry-run', command: `reconstruct stages ${QUERIES} --dry-run` },
    { name: 'reconstruct', command: `reconstruct stages ${QUERIES}` },
    { name: 'reconstruct.explain', command: `reconstruct stages ${QUERIES} --explain` },
    {
      name: 'reconstruct.cross-entropy',
      command:
        'reconstruct stages --moments --cross-entropy stages/results/full.npy --samples 5 --samples-format npy',
    },
    { name: 'reconstruct.expect', command: 'reconstruct stages --expect Z0' },
    { name: 'verify', command: 'verify stages' },
    { name: 'verify.partial', command: 'verify stages --partial' },
    { name: 'verify.dry-run', command: 'verify stages --dry-run' },
    { name: 'report', command: 'report stages' },
    { name: 'report.dry-run', command: 'report stages --dry-run' },
  ],
  [
    { name: 'cut.dry-run', command: 'cut ghz6.qasm --max-width 4 --objective sampling --dry-run' },
    {
      name: 'cut.joint',
      command: 'cut qft5.qasm --joint --labels 00111 -o joint',
    },
    {
      name: 'cut.reuse-qubits',
      command: 'cut bv6.qasm --max-width 3 --objective sampling --reuse-qubits -o reuse',
    },
    {
      name: 'cut.classical-communication',
      command:
        'cut bv6.qasm --max-width 4 --objective sampling --classical-communication --wire-cuts-only -o classical',
    },
    { name: 'run.dry-run', command: `run random6.qasm --labels 000111 --dry-run ${QUERIES}` },
    { name: 'run', command: 'run ghz6.qasm --labels 000111 -o run' },
    {
      name: 'run.light-cone',
      command: "run ghz6.qasm --labels 000111 -o cone --marginal 0,1 --expect 'Z0 Z1'",
    },
    { name: 'cut.gate', command: 'cut bell.qasm --labels 01 -o measured' },
    { name: 'import.dry-run', command: 'import measured counts.json --dry-run' },
    { name: 'import', command: 'import measured counts.json' },
    { name: 'reconstruct.imported', command: 'reconstruct measured --expect ZZ --marginal 0 --top 2' },
    { name: 'generate', command: 'generate ghz --qubits 3' },
    { name: 'generate.dry-run', command: 'generate ghz --qubits 3 --dry-run' },
    { name: 'info', command: 'info' },
    { name: 'info.dry-run', command: 'info --dry-run' },
    { name: 'compile.dry-run', command: 'compile twice.qasm --dry-run' },
    { name: 'compile', command: 'compile twice.qasm -o short.qasm --seed 1' },
    {
      name: 'compile.then-cut',
      command: 'compile twice.qasm -o other.qasm --seed 1 --then cut --max-width 2 --cut-objective sampling',
    },
    { name: 'synthesize.dry-run', command: 'synthesize twice.qasm --dry-run' },
    { name: 'synthesize', command: 'synthesize bell.qasm --seed 1 -o unitary.qasm' },
    { name: 'synthesize.state', command: 'synthesize bell.qasm --state --seed 1 -o state.qasm' },
  ],
];
