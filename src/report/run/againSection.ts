/** How the run was made, where, and how to go on with it. */
import { html, type Content } from '../html.js';
import { codeBlock, factList, type Section } from '../page.js';
import { bytesText, plural } from '../words.js';
import type { RunFacts } from './facts.js';

export function againSection(facts: RunFacts): Section {
  return {
    id: 'reproduce',
    title: 'Reproduce',
    body: html`<h3>Commands that make this run</h3>
      ${codeBlock(facts.commands.join('\n'))}
      <h3>In Python</h3>
      <p class="note">With NumPy alone; the folder is relative to where the run was reported.</p>
      ${codeBlock(pythonText(facts))}
      <h3>Environment</h3>
      ${factList(environment(facts))}`,
  };
}

/** Python that opens the files that are there. */
export function pythonText({ name, files }: Pick<RunFacts, 'name' | 'files'>): string {
  const has = (file: string): boolean => files.includes(file);
  const tensor = files.find((file) => /^tensors\/\d+\.npy$/.test(file));
  return [
    'import json',
    'from pathlib import Path',
    'import numpy as np',
    '',
    `run = Path(${JSON.stringify(name)})`,
    'manifest = json.loads((run / "manifest.json").read_text())',
    'cuts = json.loads((run / "cuts.json").read_text())["cutCircuit"]["cuts"]',
    ...(has('results/full.npy')
      ? ['p = np.load(run / "results/full.npy", mmap_mode="r")  # bit i of the index is outcome bit i']
      : []),
    ...(has('results/top.json')
      ? [
          'for outcome in json.loads((run / "results/top.json").read_text())["outcomes"]:',
          '    print(outcome["bits"], outcome["probability"])  # bit 0 last',
        ]
      : []),
    ...(has('results/expect.json')
      ? ['expect = json.loads((run / "results/expect.json").read_text())["value"]']
      : []),
    ...(has('results/samples.txt') ? ['samples = (run / "results/samples.txt").read_text().split()'] : []),
    ...(tensor === undefined
      ? []
      : [
          `tensor = np.load(run / "${tensor}", mmap_mode="r")  # a leg of 4 for each bond, then the outcomes`,
        ]),
  ].join('\n');
}

function environment({ manifest, made, name }: RunFacts): (readonly [string, Content])[] {
  const { stages, options } = manifest;
  const worked = (['cut', 'evaluate', 'reconstruct', 'verify'] as const).flatMap(
    (stage): (readonly [string, Content])[] => {
      const worker = stages[stage]?.worker;
      if (worker === undefined) return [];
      const { ended, node, host, device, ranks, threads, peakBytes } = worker;
      return [
        [
          stage,
          `${plural(ranks, 'rank')} of ${plural(threads, 'thread')} on ${device}, first rank on ${host}, Node ${node.replace(/^v/, '')}, ` +
            `peak memory ${bytesText(peakBytes)}, ended ${ended.slice(0, 19).replace('T', ' ')} UTC`,
        ],
      ];
    },
  );
  const parameters = Object.entries(options.parameters).map(([key, value]) => `${key} = ${value}`);
  return [
    ['Run directory', name],
    ['Circuit', `${manifest.circuit.source}, hash ${manifest.circuit.hash.slice(0, 16)}`],
    ...(parameters.length === 0 ? [] : [['Parameters', parameters.join(', ')] as const]),
    ['Precision', options.precision ?? 'not evaluated'],
    ['Begun', `${manifest.created.slice(0, 19).replace('T', ' ')} UTC, by kroncut ${manifest.kroncut}`],
    ...worked,
    ['This page', `kroncut ${made.version}, Node ${made.node.replace(/^v/, '')}`],
  ];
}
