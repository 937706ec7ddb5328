import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { generate } from '../../src/api/generate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { dryRunReport, report } from '../../src/api/report.js';
import { run } from '../../src/api/run.js';
import { acquireLock } from '../../src/run/directory/lock.js';
import { rotatedChain } from '../support/chains.js';
import { expectPage } from '../support/reportPage.js';

const COMMON = { threads: 1, device: 'cpu' } as const;
const BAD_NAME = '<script>alert(1)<script>&"x.qasm';
const TEXT = rotatedChain(9);

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'kroncut-report-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function pageOf(name: string): Promise<string> {
  const { file, bytes } = await report(join(folder, name), COMMON);
  const text = readFileSync(file, 'utf8');
  expect(Buffer.byteLength(text)).toBe(bytes);
  expectPage(text);
  return text;
}

/** The numbers after `aria-label` in plots are not text; what a reader reads is. */
function words(page: string): string {
  return page
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&apos;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ');
}

/** The bars of the plot of how often each bit is 1. */
function plotted(page: string): string[] {
  const plot = page.slice(page.indexOf('aria-label="Probability that each outcome bit is 1"'));
  return [...plot.slice(0, plot.indexOf('</svg>')).matchAll(/d="(M[^"]*l0 [^"]*Z)"/g)].map(([, d = '']) => d);
}

describe('the page of a run', () => {
  it('has circuit, cuts, outcomes, terms, check, times and how it was made', async () => {
    const directory = join(folder, 'whole');
    const result = await run(
      { text: TEXT, name: 'chain.qasm' },
      {
        directory,
        labels: 'AAABBBCCC',
        top: 3,
        full: true,
        expect: '0.5*Z0 Z1 + X3',
        terms: true,
        ...COMMON,
      },
    );
    const page = await pageOf('whole');
    const text = words(page);
    expect(text).toContain('cut in 4 places into 3 subcircuits of at most 3 qubits; evaluated exactly');
    expect(page.match(/class="c h"|class="c"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(page.match(/class="node"/g)).toHaveLength(3);
    for (const { bits } of result.top?.outcomes ?? []) expect(text).toContain(bits);
    expect(text).toContain('Z0 Z1');
    expect(text).toMatch(/Agrees with the uncut simulation: largest error/);
    expect(text).toMatch(/evaluate 1 rank of 1 thread on cpu, first rank on \S+, Node \d+/);
    expect(text).toContain(
      `kroncut reconstruct ${directory} --full --top 3 --expect '0.5*Z0 Z1 + X3' --terms`,
    );
    expect(text).toContain('np.load(run / "results/full.npy"');
    expect(text).not.toContain('Not in this run');
  });

  it('finds how often each bit is 1 as the distribution has it, with or without its file', async () => {
    const directory = join(folder, 'ones');
    await run({ text: TEXT }, { directory, labels: 'AAABBBCCC', top: 1, verify: false, ...COMMON });
    const asked = plotted(await pageOf('ones'));
    expect(asked).toHaveLength(9);
    await reconstruct(directory, { full: true, ...COMMON });
    expect(plotted(await pageOf('ones'))).toEqual(asked);
  });

  it('of a cut alone says what is missing, once, and escapes every name', async () => {
    const directory = join(folder, `cut '<b>`);
    await cut({ text: TEXT, name: BAD_NAME }, { directory, labels: 'AAABBBCCC', ...COMMON });
    const page = await pageOf(`cut '<b>`);
    expect(page.match(/not evaluated yet, so there are no outcomes/g)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;script&gt;&amp;&quot;x.qasm');
    expect(words(page)).toContain(
      `kroncut evaluate '${directory
        .replace("'", String.raw`'\''`)
        .replace('<', '&lt;')
        .replace('>', '&gt;')}'`,
    );
    const { missing } = await report(directory, COMMON);
    expect(missing[0]?.command).toMatch(/^kroncut evaluate /);
  });

  it('of shots has error bars and no proof', async () => {
    const directory = join(folder, 'shots');
    await run({ text: TEXT }, { directory, labels: 'AAAAABBBB', shots: 4000, seed: 3, top: 4, ...COMMON });
    const text = words(await pageOf('shots'));
    expect(text).toContain('evaluated with 4000 shots');
    expect(text).toMatch(/0\.\d+ ± 0\.\d+/);
    expect(text).toContain('Estimates do not prove');
    expect(text).toContain('--shots 4000 --seed 3');
  });

  it('of a run for one question has its terms, and says that it keeps no outcomes', async () => {
    const directory = join(folder, 'reduced');
    await run({ text: TEXT }, { directory, maxWidth: 4, expect: 'Z0 + 0.5*Z8', ...COMMON });
    const text = words(await pageOf('reduced'));
    expect(text).toContain('The run keeps no outcomes');
    expect(text).toMatch(/Term Coefficient Value Z0 1 \S+ Z8 0\.5 /);
    expect(text).toContain("--expect 'Z0 + 0.5*Z8'");
  });

  it('of 30 qubits and many gates is small, and draws a part that it states', async () => {
    const { qasm: text } = generate('hwea', { qubits: 30, depth: 60, seed: 1 });
    const directory = join(folder, 'deep');
    await cut({ text }, { directory, labels: 'A'.repeat(15) + 'B'.repeat(15), ...COMMON });
    expect(words(await pageOf('deep'))).toMatch(/Drawn are 2500 of \d\S* gates and cuts/);
  });
});

describe('a report', () => {
  it('takes no lock and changes nothing but its page, while others work', async () => {
    const directory = join(folder, 'locked');
    await run({ text: TEXT }, { directory, labels: 'AAABBBCCC', top: 2, ...COMMON });
    const lock = await acquireLock(directory, {});
    const state = (): string[] =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => {
        const { size, mtimeMs } = statSync(join(directory, name));
        return `${name} ${size} ${/^(?:lock\.json)?$/.test(name) ? '' : mtimeMs}`;
      });
    const before = state();
    const output = join(folder, 'elsewhere.html');
    expect((await report(directory, { output, ...COMMON })).file).toBe(output);
    expect(state()).toEqual(before);
    lock.release();
    expectPage(readFileSync(output, 'utf8'));
  });

  it('of a file that was changed goes without it', async () => {
    const directory = join(folder, 'changed');
    await run({ text: TEXT }, { directory, labels: 'AAABBBCCC', top: 2, full: true, ...COMMON });
    writeFileSync(join(directory, 'results', 'full.npy'), 'nothing');
    writeFileSync(join(directory, 'results', 'top.json'), '{');
    const text = words(await pageOf('changed'));
    expect(text).toContain('results/full.npy is not what was written.');
    expect(text).toContain('The most likely outcomes were not asked for.');
  });

  it('refuses what is no run, and a page that is a folder', async () => {
    await expect(report(folder, COMMON)).rejects.toMatchObject({
      code: 'usage',
      message: /is not a run directory/,
    });
    const directory = join(folder, 'whole');
    await expect(report(directory, { output: folder, ...COMMON })).rejects.toMatchObject({ code: 'input' });
    await expect(run({ text: TEXT }, { report: true, ...COMMON })).rejects.toMatchObject({ code: 'usage' });
  });

  it('says before what it takes, and writes nothing then', async () => {
    const directory = join(folder, 'dry');
    await cut({ text: TEXT }, { directory, labels: 'AAABBBCCC', ...COMMON });
    const { stages } = await dryRunReport(directory, COMMON);
    expect(stages['report']?.diskBytes).toBeGreaterThan(10_000);
    expect(readdirSync(directory)).not.toContain('report.html');
  });
});
