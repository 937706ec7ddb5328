/** `docs/options.md`, as it follows from the tables. */
import { COMMON_OPTIONS } from '../../../src/api/options/common.js';
import { COMPILE_OPTIONS, THEN_CUT_OPTIONS } from '../../../src/api/options/compile.js';
import { CUT_OPTIONS } from '../../../src/api/options/cut.js';
import { EVALUATE_OPTIONS } from '../../../src/api/options/evaluate.js';
import { EXPORT_OPTIONS, IMPORT_OPTIONS, SUBEXPERIMENTS_OPTIONS } from '../../../src/api/options/exchange.js';
import { GENERATE_OPTIONS } from '../../../src/api/options/generate.js';
import { RECONSTRUCT_OPTIONS, SCALE_OPTIONS } from '../../../src/api/options/reconstruct.js';
import { REPORT_OPTIONS } from '../../../src/api/options/report.js';
import { RUN_OPTIONS } from '../../../src/api/options/run.js';
import { INSTANTIATE_OPTIONS, SYNTHESIZE_OPTIONS } from '../../../src/api/options/synthesize.js';
import { VERIFY_OPTIONS } from '../../../src/api/options/verify.js';
import { JOBS_OPTIONS, SERVE_OPTIONS, SUBMIT_OPTIONS } from '../../../src/pool/options/serve.js';
import { SLURM_OPTIONS } from '../../../src/slurm/options.js';
import type { AnyTable, OptionSpec } from '../../../src/options/option.js';

/** A section: its title, its table, and tables whose options it has too. */
const SECTIONS: readonly [title: string, table: AnyTable, besides?: readonly [string, AnyTable][]][] = [
  ['Every function and command', COMMON_OPTIONS],
  ['`cut`', CUT_OPTIONS],
  ['`evaluate`', EVALUATE_OPTIONS],
  ['`subexperiments`', SUBEXPERIMENTS_OPTIONS],
  ['`exportSubexperiments` (`export`)', EXPORT_OPTIONS],
  ['`importCounts` (`import`)', IMPORT_OPTIONS],
  ['`reconstruct`', RECONSTRUCT_OPTIONS],
  ['`planReconstruct` (`reconstruct --plan`)', SCALE_OPTIONS, [['`reconstruct`', RECONSTRUCT_OPTIONS]]],
  [
    '`run`',
    RUN_OPTIONS,
    [
      ['`cut`', CUT_OPTIONS],
      ['`reconstruct`', RECONSTRUCT_OPTIONS],
    ],
  ],
  ['`verify`', VERIFY_OPTIONS],
  ['`report`', REPORT_OPTIONS],
  ['`compile`', COMPILE_OPTIONS],
  ['`compileThenCut` (`compile --then cut`)', THEN_CUT_OPTIONS],
  ['`synthesize`', SYNTHESIZE_OPTIONS],
  ['`instantiate`', INSTANTIATE_OPTIONS],
  ['`generate`', GENERATE_OPTIONS],
  ['`serve`', SERVE_OPTIONS],
  ['`submit`', SUBMIT_OPTIONS],
  ['`jobs`', JOBS_OPTIONS],
  ['`slurm`', SLURM_OPTIONS],
];

const HEAD = `# Options

An option has a property in the library and a flag on the command line; a few belong to the library alone. Both take the
same values: what is wrong is refused in the same words, with the property or the flag as its name. What is marked as
part of the run's identity is noted in \`manifest.json\`, and another value of it makes another run
([run-directory.md](run-directory.md#what-goes-on-and-what-starts-again)). This page follows from the tables in
\`src/api/options/\`, \`src/predict/cutChoices.ts\`, \`src/reconstruct/queries/\`, \`src/pool/options/\` and \`src/slurm/options.ts\`;
\`npx vitest run test/unit/options --update\` writes it anew.
`;

/** Properties of all options that the command line has. */
export function propertiesWithFlags(): Set<string> {
  const rows = SECTIONS.flatMap(([, table]) => Object.entries(table));
  return new Set(rows.flatMap(([key, { flags }]) => (flags === undefined ? [] : [key])));
}

export function optionsPage(): string {
  return [HEAD, ...SECTIONS.map(sectionText)].join('\n');
}

function sectionText([title, table, besides = []]: (typeof SECTIONS)[number]): string {
  const others = [
    ...(table === COMMON_OPTIONS ? [] : [COMMON_OPTIONS]),
    ...besides.map(([, other]) => other),
  ];
  const rows = Object.entries(table).filter(([key]) => !others.some((other) => Object.hasOwn(other, key)));
  const names = besides.map(([name]) => name);
  const intro = names.length === 0 ? '' : `\nThe options of ${names.join(' and ')}, and:\n`;
  const lines = rows.map(([key, spec]) => row(key, spec));
  return `## ${title}\n${intro}\n${[HEADER, ...lines].join('\n')}\n`;
}

const HEADER = '| property | flag | what is needed | what it does |\n| --- | --- | --- | --- |';

function row(key: string, { flags, reader, help, identity, required }: OptionSpec): string {
  const kind = reader.needed.replace(/,? (?:is|are) needed/, '');
  const remarks = [
    ...(required === true ? ['required'] : []),
    ...(identity === undefined ? [] : ['identity']),
  ];
  const what = [help ?? '', ...remarks.map((remark) => `(${remark})`)]
    .filter((part) => part !== '')
    .join(' ');
  return `| ${[`\`${key}\``, flags === undefined ? '' : `\`${flags}\``, kind, what].map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
