/** A pool in processes of its own: what it answers, and whom it lets in. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, KroncutError } from '../../src/index.js';
import { PoolClient } from '../../src/pool/client/client.js';
import { PSK_OPTIONS } from '../../src/pool/protocol/address.js';
import { PoolFolder, until } from '../support/poolFolder.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

/** Says something to a socket, and gives what comes back until it is closed. */
function saidTo(path: string, what: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connectTo(path, () => socket.write(what));
    socket
      .setEncoding('utf8')
      .on('data', (part: string) => (heard += part))
      .on('error', () => {})
      .on('close', () => resolve(heard));
  });
}

/** A request with a body, which may claim another length. */
const post = (body: string, length = Buffer.byteLength(body)): string =>
  `POST /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${body}`;

/** How much of an advice is proven depends on how busy the machine is. */
function unproven(text: string): string {
  return text.replaceAll(' (proven least)', '');
}

describe('a pool', () => {
  it('prints what a command alone prints, byte for byte, and ends with its exit code', async () => {
    const { ready, child, ended } = await at.serve(['--threads', '2']);
    expect(ready).toEqual({ ready: true, address: expect.stringMatching(/^unix:\//), pool: at.pool });
    expect(statSync(at.pool).mode & 0o777).toBe(0o700);
    for (const file of ['journal', 'access.json', 'log'])
      expect(statSync(join(at.pool, file)).mode & 0o777).toBe(0o600);
    at.circuit('a.qasm', 1);
    for (const [line, input] of [
      ['generate ghz --qubits 5'],
      ['run a.qasm --max-width 5 -o alone --quiet --dry-run --json --threads 1 --bogus'],
      ['cut missing.qasm -o nowhere'],
      ['cut a.qasm --max-width 3 --max-cuts 1 -o nowhere'],
      ['generate ghz --qubits 3 --json'],
      [
        'synthesize - -o s.qasm --seed 1 --threads 1 --dry-run --json',
        'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; h q[0];',
      ],
    ] as const) {
      const alone = await at.run(line.split(' '), input);
      const pooled = await at.submit(line.split(' '), ['--wait'], input);
      expect({ ...pooled, stderr: unproven(pooled.stderr) }, line).toEqual({
        ...alone,
        stderr: unproven(alone.stderr),
      });
    }
    const argv = 'run a.qasm --max-width 5 --seed 3 --json --top 4 --full'.split(' ');
    expect((await at.run([...argv, '-o', 'alone'])).status).toBe(0);
    const pooled = await at.submit([...argv, '-o', 'pooled']);
    expect(pooled.status).toBe(0);
    expect(at.full('pooled')).toEqual(at.full('alone'));
    const answers = 'reconstruct alone --marginal 0,3 --probability 000000000 --json'.split(' ');
    expect(await at.submit(answers)).toEqual(await at.run(answers));

    const { stdout } = await at.submit(answers, ['--id', 'mine']);
    expect(stdout).toBe('mine\n');
    expect(await at.jobs('mine', '--result')).toMatchObject({
      stdout: (await at.run(answers)).stdout,
      status: 0,
    });
    expect(await at.submit(answers, ['--id', 'mine', '--json'])).toMatchObject({
      stdout: '{"id":"mine"}\n',
      status: 0,
    });
    const other = await at.submit(['info'], ['--id', 'mine']);
    expect(other).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the id mine is that of another job'),
    });
    const list: { id: string; state: string; attempts: number; exitCode: number }[] = JSON.parse(
      (await at.jobs('--json')).stdout,
    );
    expect(list.filter(({ id }) => id === 'mine')).toEqual([
      { id: 'mine', state: 'done', attempts: 1, command: answers.join(' '), exitCode: 0 },
    ]);
    expect(list.find(({ state }) => state === 'failed')).toMatchObject({ exitCode: 2 });

    for (const [refused, why] of [
      [['serve'], 'no command for a job'],
      [['generate', 'ghz', '--qubits', '3', '-o', '/dev/stdout'], 'a stream of a process'],
      [['generate', 'ghz', '--qubits', '3', '--wait'], 'options of submit stand before the command'],
      [['reconstruct', 'alone', '--full', '--stdout'], 'in a pool write to a file'],
    ] as const) {
      expect(await at.submit(refused)).toMatchObject({ status: 2, stderr: expect.stringContaining(why) });
    }
    child.kill('SIGTERM');
    expect(await ended).toEqual({
      status: 143,
      stderr: 'kroncut: interrupted; jobs that ran are in the queue again\n',
    });
    expect(existsSync(ready.address.slice('unix:'.length))).toBe(false);
    const gone = await at.jobs();
    expect(gone).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("start one with 'kroncut serve"),
    });
  });

  it('serves the library: answers, progress, errors, and jobs that are cancelled', async () => {
    const { ready } = await at.serve();
    at.circuit('a.qasm', 1);
    at.circuit('long.qasm', 1, 25);
    const connection = await connect(ready.address);
    const stages = new Set<string>();
    const answer = await connection.perform(
      {
        command: 'run',
        circuit: join(at.folder, 'a.qasm'),
        options: { directory: join(at.folder, 'out'), maxWidth: 5, marginal: [0] },
      },
      { onProgress: ({ stage }) => stages.add(stage) },
    );
    if ('dryRun' in answer) throw new Error('a run was asked for');
    const [first = NaN, second = NaN] = answer.marginal?.probabilities ?? [];
    expect(first + second).toBeCloseTo(1, 10);
    expect([...stages]).not.toEqual([]);
    const wrong = connection.perform({
      command: 'verify',
      directory: join(at.folder, 'nowhere'),
      options: {},
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not a run directory'),
    });
    const unknown = JSON.parse('{ "command": "cut", "circuit": "-", "options": { "maxWith": 3 } }');
    await expect(connection.perform(unknown)).rejects.toThrow('did you mean maxWidth?');

    const stop = new AbortController();
    const long = connection.perform(
      {
        command: 'cut',
        circuit: join(at.folder, 'long.qasm'),
        options: { directory: join(at.folder, 'long'), maxWidth: 13, timeLimit: 60 },
      },
      { id: 'long', signal: stop.signal },
    );
    const waiting = await connection.submit({ command: 'info', options: {} }, { id: 'waiting' });
    await until(async () => (await connection.job('long')).state === 'running');
    expect((await connection.job(waiting)).history.at(-1)).toMatch(/waits for a team: 1 of 1 are at work/);
    await connection.cancel(waiting);
    stop.abort(new Error('enough'));
    await expect(long).rejects.toBeInstanceOf(KroncutError);
    await expect(long).rejects.toMatchObject({ code: 'cancelled' });
    const states = (await connection.jobs()).map(({ id, state }) => [id, state]);
    expect(states).toContainEqual(['long', 'cancelled']);
    expect(states).toContainEqual(['waiting', 'cancelled']);
    // The team goes on.
    const info = await connection.perform({ command: 'info', options: {} });
    expect(info.version).toMatch(/^\d/);
  });

  it('has one server for a folder, and none that others may enter', async () => {
    await at.serve();
    const second = await at.run(['serve', '--force', '--pool', at.pool]);
    expect(second).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the folder is in use by process'),
    });
    chmodSync(at.folder, 0o755);
    const open = await at.run(['serve', '--force', '--pool', at.folder]);
    expect(open).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('open to other users (mode 755)'),
    });
  });

  it('ends by itself when nothing was to be done for a while', async () => {
    const { ended } = await at.serve(['--idle-timeout', '1']);
    expect(await ended).toEqual({ status: 0, stderr: '' });
  });

  it('gives a job that a team has no memory for all that there is', async () => {
    at.circuit('wide.qasm', 1, 20);
    // The tensor needs 24 MiB.
    await at.serve(['--teams', '2'], { KRONCUT_MEMORY: '40e6' });
    const done = await at.submit(
      `run wide.qasm --max-width 20 -o out --marginal ${[...Array(20).keys()].join()}`.split(' '),
      ['--wait', '--id', 'wide'],
    );
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = await at.jobs('wide', '--explain');
    expect(stdout).toMatch(/moved: .*24.0 MiB.*available.*waits until all teams have ended/);
    expect(stdout).toContain('attempts: 2');
    expect((await at.submit(['generate', 'ghz', '--qubits', '2'])).status).toBe(0);
    const state = await new PoolClient({ pool: at.pool }).state();
    expect(state.teams).toHaveLength(2);
  });
});

describe('whom a pool lets in', () => {
  it('garbage, half messages and clients that leave end no job, and are logged', async () => {
    const { ready } = await at.serve();
    const path = ready.address.slice('unix:'.length);
    expect(await saidTo(path, Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8]))).toContain('400 Bad Request');
    for (const [request, answer] of [
      ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
      ['GET /jobs/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '400'],
      ['GET /jobs/nobody HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'there is no job nobody'],
      [post('{'), 'not JSON'],
      [post('{}'), 'this is no job'],
      [post('{"work":{"folder":"relative","argv":["info"]}}'), 'this is no job'],
      [post('{"work":{"folder":"/","argv":["info"]},"id":"../../x"}'), 'this is no job'],
      [post('{"work":{"folder":"/","argv":["info"],"env":{"NODE_OPTIONS":"-r /tmp/x"}}}'), 'this is no job'],
      [post('{"work":{"folder":"/","argv":["cut","/proc/self/fd/0"]}}'), 'stream of a process'],
      [post('', 2 ** 40), '413'],
      [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, '400'],
    ] as const) {
      expect(await saidTo(path, request), request.slice(0, 80)).toContain(answer);
    }
    const leaver = connectTo(path, () => {
      leaver.write(post('{"work"', 1000));
      setTimeout(() => leaver.destroy(), 50);
    });
    const follower = connectTo(path, () => {
      follower.write('GET /jobs/still/events HTTP/1.1\r\nHost: x\r\n\r\n');
      setTimeout(() => follower.destroy(), 50);
    });
    expect(await at.submit(['generate', 'ghz', '--qubits', '2'], ['--wait', '--id', 'still'])).toMatchObject({
      status: 0,
    });
    expect((await new PoolClient({ pool: at.pool }).jobs()).map(({ id }) => id)).toEqual(['still']);
    expect(readFileSync(join(at.pool, 'log'), 'utf8')).toMatch(/refused what is no request/);
  });

  it('from other machines only those who have the key', async () => {
    const { ready } = await at.serve(['--listen', '127.0.0.1:0']);
    const { remote = '' } = ready;
    expect(remote).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
    expect(statSync(join(at.pool, 'key')).mode & 0o777).toBe(0o600);
    const connection = await connect(remote, { pool: at.pool });
    expect((await connection.perform({ command: 'info', options: {} })).version).toMatch(/^\d/);
    const port = Number(remote.split(':').at(-1));
    const refused = await new Promise<string>((resolve) => {
      const socket = connectSecurely({
        ...PSK_OPTIONS,
        host: '127.0.0.1',
        port,
        checkServerIdentity: () => undefined,
        pskCallback: () => ({
          psk: Buffer.alloc(32, 1),
          identity: 'kroncut-pool',
        }),
      });
      socket.once('error', ({ message }) => resolve(message)).once('secureConnect', () => resolve('let in'));
    });
    expect(refused).not.toBe('let in');
    await until(() => readFileSync(join(at.pool, 'log'), 'utf8').includes('refused a client at 127.0.0.1'));
    writeFileSync(join(at.pool, 'access.json'), '{}');
    await expect(connect(at.pool)).rejects.toThrow('does not say where the pool is');
  });

  it('nobody else on this machine', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can act as another user');
    chmodSync(at.folder, 0o755);
    const { ready } = await at.serve();
    const path = ready.address.slice('unix:'.length);
    const code = `require('node:net').connect(${JSON.stringify(path)}).on('error', (e) => console.log(e.code)).on('connect', () => console.log('in'))`;
    const nobody = spawnSync(process.execPath, ['-e', code], {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
      cwd: '/',
    });
    expect(nobody.stdout).toBe('EACCES\n');
    const list = spawnSync('ls', [at.pool], { uid: 65_534, gid: 65_534, encoding: 'utf8' });
    expect(list.status).not.toBe(0);
  });
});
