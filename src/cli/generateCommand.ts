import { Command } from 'commander';
import { FAMILIES, type Family } from '../circuit/families/familyList.js';
import { formatBytes } from '../run/units.js';
import type { OptionSpec } from '../options/option.js';
import { text } from '../options/readers.js';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines, plural } from './output.js';
import { GENERATE_OPTIONS } from '../api/options/generate.js';

const OUTPUT = {
  output: { flags: '-o, --output <file>', help: 'write to a file', reader: text('the name of a file') },
} satisfies Readonly<Record<string, OptionSpec>>;

export function generateCommand(submit: Submit): Command {
  const command = new Command('generate')
    .description('Writes a benchmark circuit of a family to standard output, or to a file.')
    .argument('<family>', 'one of the families below');
  withOptions(withOptions(command, GENERATE_OPTIONS), OUTPUT);
  withSharedOptions(command).addHelpText(
    'after',
    `
Families:
${FAMILIES.map(describeFamily).join('\n')}

Examples:
  kroncut generate supremacy --qubits 16 --seed 1 -o supremacy16.qasm
  kroncut generate regular --qubits 20 | kroncut run - --max-width 15 -o out`,
  );
  return command.action((family: string, options: SharedOptions) =>
    submit(options, async ({ out, common }) => {
      const { generate } = await import('../api/generate.js');
      const { qubits = NaN, ...asked } = given(GENERATE_OPTIONS, options);
      const { qasm, ...facts } = generate(family, { ...asked, qubits });
      if (options.dryRun === true) {
        const total = { seconds: 0, memoryBytes: 2 * qasm.length, diskBytes: qasm.length };
        out.answer({ dryRun: true, ...facts, stages: { generate: total }, total }, () =>
          lines(
            `${family}: ${plural(facts.qubits, 'qubit')}, depth ${facts.depth}, ${formatBytes(qasm.length)} of OpenQASM`,
          ),
        );
        return 0;
      }
      const { output } = given(OUTPUT, options);
      if (output === undefined) {
        out.answer({ ...facts, qasm }, () => qasm);
        return 0;
      }
      const { writeFileAtomic } = await import('../run/files.js');
      await common.session.cluster.onRoot(() => writeFileAtomic(output, qasm));
      out.answer({ ...facts, file: output }, () =>
        lines(`${output}: ${plural(facts.qubits, 'qubit')}, depth ${facts.depth}`),
      );
      return 0;
    }),
  );
}

function describeFamily(family: Family): string {
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
