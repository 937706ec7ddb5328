import { Command } from 'commander';
import { FAMILIES, type Family } from '../../circuit/families/familyList.js';
import { formatBytes } from '../../run/resources/units.js';
import type { OptionSpec } from '../../options/option.js';
import { text } from '../../options/readers.js';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines, plural } from '../output/output.js';
import { GENERATE_OPTIONS } from '../../api/options/generate.js';

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
  return command.action((family: string, options: SharedOptions) => {
    const { qubits = NaN, ...rest } = given(GENERATE_OPTIONS, options);
    const { output } = given(OUTPUT, options);
    const { dryRun } = options;
    const request = { command: 'generate', family, options: { ...rest, qubits }, output, dryRun } as const;
    submit(options, request, (answer, { out }) => {
      if ('dryRun' in answer) {
        const { qubits: width, depth, total } = answer;
        out.answer(answer, () =>
          lines(
            `${family}: ${plural(width, 'qubit')}, depth ${depth}, ${formatBytes(total.diskBytes)} of OpenQASM`,
          ),
        );
      } else {
        const { qasm, file, qubits: width, depth } = answer;
        out.answer(answer, () => qasm ?? lines(`${file}: ${plural(width, 'qubit')}, depth ${depth}`));
      }
      return 0;
    });
  });
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
