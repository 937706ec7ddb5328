import { Command, Option } from 'commander';
import { generate } from '../api/generate.js';
import { FAMILIES } from '../circuit/families/families.js';
import { writeFileAtomic } from '../run/files.js';
import { formatBytes } from '../run/units.js';
import type { Submit } from './app.js';
import { nonNegativeInteger, positiveInteger, withSharedOptions, type SharedOptions } from './options.js';
import { lines, plural } from './output.js';

interface GenerateCliOptions extends SharedOptions {
  readonly qubits: number;
  readonly depth?: number;
  readonly seed?: number;
  readonly format?: 'qasm2' | 'qasm3';
  readonly output?: string;
}

export function generateCommand(submit: Submit): Command {
  const command = new Command('generate')
    .summary('write a benchmark circuit as OpenQASM')
    .description('Writes a benchmark circuit of a family to standard output, or to a file.')
    .argument('<family>', 'one of the families below')
    .requiredOption('--qubits <n>', 'number of qubits', positiveInteger)
    .option('--depth <d>', 'depth, where the family has one', positiveInteger)
    .option('--seed <s>', 'seed of what is random', nonNegativeInteger)
    .addOption(
      new Option('--format <version>', 'version of OpenQASM').choices(['qasm2', 'qasm3']).default('qasm2'),
    )
    .option('-o, --output <file>', 'write to a file');
  withSharedOptions(command).addHelpText(
    'after',
    `
Families:
${FAMILIES.map(describeFamily).join('\n')}

Examples:
  kroncut generate supremacy --qubits 16 --seed 1 -o supremacy16.qasm
  kroncut generate regular --qubits 20 | kroncut run - --max-width 15 -o out`,
  );
  return command.action((family: string, options: GenerateCliOptions) =>
    submit(options, async ({ out, common }) => {
      const { qasm, ...facts } = generate(family, options);
      if (options.dryRun === true) {
        const total = { seconds: 0, memoryBytes: 2 * qasm.length, diskBytes: qasm.length };
        out.answer({ dryRun: true, ...facts, stages: { generate: total }, total }, () =>
          lines(
            `${family}: ${plural(facts.qubits, 'qubit')}, depth ${facts.depth}, ${formatBytes(qasm.length)} of OpenQASM`,
          ),
        );
        return 0;
      }
      const { output } = options;
      if (output === undefined) {
        out.answer({ ...facts, qasm }, () => qasm);
        return 0;
      }
      await common.session.cluster.onRoot(() => writeFileAtomic(output, qasm));
      out.answer({ ...facts, file: output }, () =>
        lines(`${output}: ${plural(facts.qubits, 'qubit')}, depth ${facts.depth}`),
      );
      return 0;
    }),
  );
}

function describeFamily(family: (typeof FAMILIES)[number]): string {
  const depth =
    family.depth === undefined ? [] : [`--depth: ${family.depth.meaning} (default ${family.depth.default})`];
  const seed = family.seed === undefined ? [] : [`--seed: ${family.seed}`];
  return [
    `  ${family.name.padEnd(10)} ${family.summary}`,
    `--qubits: ${family.qubits}`,
    ...depth,
    ...seed,
  ].join(`\n             `);
}
