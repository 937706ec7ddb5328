import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJobRequest } from '../../../src/api/jobSchema.js';
import { parseArguments } from '../../../src/cli/program.js';
import { KroncutError } from '../../../src/error.js';
import { CLUSTER_COMMANDS, COMMANDS, POOL_COMMANDS } from '../../support/kroncut.js';

async function refusal(...argv: string[]): Promise<string> {
  try {
    await parseArguments(argv);
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'usage') return error.message;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

async function text(...argv: string[]): Promise<string> {
  const parsed = await parseArguments(argv);
  if (!('text' in parsed)) throw new Error(`not a text: ${argv.join(' ')}`);
  return parsed.text;
}

describe('arguments', () => {
  it.each(COMMANDS)('%s has help with examples and the options of all commands', async (command) => {
    const help = await text(command, '--help');
    expect(help).toContain(`Usage: kroncut ${command}`);
    expect(help).toContain('Examples:');
    for (const option of ['--json', '--quiet', '--threads', '--device', '--dry-run']) {
      expect(help).toContain(option);
    }
  });

  it.each(POOL_COMMANDS)('%s has help with examples', async (command) => {
    const help = await text(command, '--help');
    for (const part of [`Usage: kroncut ${command}`, 'Examples:', '--json', '--quiet', '--pool']) {
      expect(help).toContain(part);
    }
  });

  it('slurm has help with examples, and takes options before the command alone', async () => {
    const help = await text('slurm', '--help');
    for (const part of ['Usage: kroncut slurm', 'Examples:', '--site', '--nodes', '--submit', '--wait']) {
      expect(help).toContain(part);
    }
    const parsed = await parseArguments(['slurm', '--json', 'info', '--quiet']);
    expect(parsed).toMatchObject({ options: { json: true } });
    expect(parsed).not.toHaveProperty('options.quiet');
    expect(await refusal('slurm', '--time', 'long', 'info')).toContain('minutes, H:MM:SS or D-HH:MM:SS');
    expect(await refusal('slurm')).toMatch(/missing|required/);
  });

  it("options behind a command that is submitted are that command's", async () => {
    const parsed = await parseArguments(['submit', '--json', 'info', '--quiet', '-V', '--pool', 'x']);
    if (!('alone' in parsed)) throw new Error('a command of the pool was expected');
    expect(parsed.options).toMatchObject({ json: true });
    expect(parsed.options.quiet).toBeUndefined();
    expect(parsed.options).not.toHaveProperty('pool');
    expect(await refusal('submit')).toMatch(/missing|required/);
    expect(await refusal('jobs', '--cancel')).toContain('kroncut jobs ID --cancel');
    expect(await refusal('jobs', 'a', '--cancel', '--follow')).toContain('ask one at a time');
    expect(await refusal('serve', '--listen', 'nowhere')).toContain('a host and a port are needed');
  });

  it('the help of the program lists the commands and the exit codes', async () => {
    for (const help of [await text(), await text('--help'), await text('help')]) {
      for (const command of [...COMMANDS, ...POOL_COMMANDS, ...CLUSTER_COMMANDS])
        expect(help).toContain(`  ${command} `);
      expect(help).toContain('Exit codes:');
    }
    expect(await text('help', 'cut')).toContain('Usage: kroncut cut');
    expect(await text('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('refuses what it does not know, in one line', async () => {
    for (const [argv, message] of [
      [['bogus'], /unknown command 'bogus'.*kroncut --help/],
      [['verify', 'out', '--bogus'], /unknown option '--bogus'; see kroncut verify --help/],
      [['cut'], /required|missing/],
      [['cut', 'a.qasm', '-o', 'x', '--max-width', 'two'], /--max-width.*whole number, 1 or more/],
      [['cut', 'a.qasm', '-o', 'x', '--max-width', '0'], /whole number/],
      [['cut', 'a.qasm', '-o', 'x', '--time-limit', '-1'], /above 0/],
      [['cut', 'a.qasm', '-o', 'x', '--objective', 'speed'], /cost, sampling/],
      [['cut', 'a.qasm', '-o', 'x', '--param', 'theta'], /name=value/],
      [['compile', 'a.qasm', '-o', 'x', '--gate-set', 'u1'], /u3-cx, zsx-cx, u3-cz/],
      [['compile', 'a.qasm', '-o', 'x', '--synthesis', 'some'], /auto, off, always/],
      [['compile', 'a.qasm', '-o', 'x', '--threshold', '0'], /--threshold.*above 0/],
      [['synthesize', 'a.npy', '-o', 'x', '--pairs', '0,1'], /--pairs.*0-1,1-2/],
      [['info', '--device', 'tpu'], /auto, cpu, cuda/],
      [['info', '--threads', '0'], /whole number/],
      [['verify', 'out', '--tolerance', 'x'], /0 or more/],
      [['evaluate', 'out', '--precision', 'half'], /double, single/],
      [['reconstruct', 'out'], /no query.*--full, --top, --moments, --marginal, --probability/],
      [['reconstruct', 'out', '--marginal', '1,x'], /'x' is not the number of an outcome bit/],
      [['reconstruct', 'out', '--probability', ','], /bit strings are needed/],
      [['generate', 'ghz'], /--qubits/],
    ] as const) {
      const said = await refusal(...argv);
      expect(said).toMatch(message);
      expect(said).not.toContain('\n');
    }
  });

  it('points to the help of the command, whatever folders are called', async () => {
    expect(await refusal('evaluate', 'run', '--threads', '0')).toMatch(/; see kroncut evaluate --help$/);
    expect(await refusal('verify', 'cut', 'run')).toMatch(/; see kroncut verify --help$/);
    expect(await refusal('--bogus', 'run')).toMatch(/; see kroncut run --help$/);
    expect(await refusal('bogus', 'run')).toMatch(/; see kroncut --help$/);
  });

  it('says that cutting only wires and only gates contradict each other', async () => {
    expect(await refusal('cut', 'a', '-o', 'x', '--wire-cuts-only', '--gate-cuts-only')).toMatch(
      /gate-cuts-only/,
    );
  });

  it('reads lists from files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kroncut-list-'));
    try {
      const file = join(folder, 'strings.txt');
      writeFileSync(file, '010\n111, 000\n');
      const parsed = await parseArguments(['reconstruct', 'out', '--probability', `@${file}`]);
      expect(parsed).toMatchObject({ options: { probability: ['010', '111', '000'] } });
      const bits = await parseArguments(['reconstruct', 'out', '--marginal', '5,0']);
      expect(bits).toMatchObject({ options: { marginal: [5, 0] } });
      await expect(parseArguments(['reconstruct', 'out', '--marginal', `@${folder}/none`])).rejects.toThrow(
        /none cannot be read: there is no such file/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('collects the values of parameters', async () => {
    const parsed = await parseArguments(['cut', 'a', '-o', 'x', '--param', 'a=1', '--param', 'b=-2.5e-1']);
    expect(parsed).toMatchObject({ options: { param: { a: 1, b: -0.25 } } });
  });
});

describe('a command line', () => {
  it.each([
    'run a.qasm -o out -w 4 --top 3 --expect Z0 --param a=0.5',
    'run a.qasm --dry-run -o out --marginal 0,2 --seed 7',
    'cut - -o out --labels 01? --json --max-overhead 1e4',
    'evaluate out --precision single --force',
    'reconstruct out --full --stdout --checkpoint 1e9',
    'reconstruct out --plan --ranks 10 --device-memory 8GB',
    'verify out --tolerance 1e-9 --partial',
    'compile a.qasm -o b.qasm --then cut --max-width 5 --block-size 4',
    'synthesize a.npy -o b.qasm --pairs 0-1,1-2',
    'generate ghz --qubits 5 -o c.qasm',
    'info --threads 2',
  ])('is a request that JSON carries: %s', async (line) => {
    const argv = line.split(' ');
    const parsed = await parseArguments(argv);
    if (!('request' in parsed)) throw new Error('a command was expected');
    const data: unknown = JSON.parse(JSON.stringify(parsed.request));
    expect(readJobRequest(data)).toEqual(parsed.request);
    expect(parsed.request.command).toBe(argv.includes('--plan') ? 'plan' : argv[0]);
  });
});
