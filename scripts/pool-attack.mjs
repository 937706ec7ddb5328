// Requests that no client of a pool would make, drawn from a seed: garbage, half messages, odd paths, changed and deep JSON.
import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { setTimeout } from 'node:timers/promises';

/** Random numbers, the same for a seed. @param {number} seed */
function randomFrom(seed) {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) >>> 0;
  const next = () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** @param {number} below */
    whole: (below) => Math.floor(next() * below),
    /** @template T @param {readonly T[]} list @returns {T} */
    oneOf: (list) => {
      const one = list[Math.floor(next() * list.length)];
      if (one === undefined) throw new Error('there is nothing to choose from');
      return one;
    },
  };
}
/** @typedef {ReturnType<typeof randomFrom>} Random */

/** @param {Random} random @param {number} most */
function bytes(random, most) {
  return Buffer.from(Array.from({ length: 1 + random.whole(most) }, () => random.whole(256)));
}

const ODD_PATHS = [
  '/',
  '//',
  '/jobs/../../etc/passwd',
  '/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd/outcome',
  '/jobs/%00',
  '/jobs/%zz',
  '/jobs//events',
  '/jobs/a/b/c/d',
  '/pool?x=1',
  '/pool/..',
  '*',
  '/jobs/__proto__',
  '/jobs/constructor/outcome',
  '/jobs/%F0%9F%92%A9',
  '/journal',
  '/key',
  '/access.json',
  '/texts/',
  'http://elsewhere/jobs',
  '/jobs/nobody/cancel',
];
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'CONNECT',
  'get',
  'BREW',
];
/** @type {readonly unknown[]} */
const ODD_VALUES = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  '',
  '/',
  '..',
  '-',
  '\u0000',
  '\ud800',
  [],
  {},
  [[]],
  { '': '' },
  '/dev/stdin',
  '/proc/self/fd/0',
  '--help',
  '--stdout',
  '__proto__',
  'x'.repeat(5000),
  { __proto__: null, toString: 1 },
];

/** Work that writes nothing. @param {Random} random @param {string} folder */
function harmless(random, folder) {
  return random.oneOf([
    { folder, argv: ['generate', 'ghz', '--qubits', '3'] },
    { folder, argv: ['generate', 'ghz', '--qubits', '0'] },
    { folder, argv: ['synthesize', '-', '-o', 'never', '--dry-run', '--threads', '1'], input: 'qreg' },
    { folder, argv: ['--help'] },
    { folder, request: { command: 'generate', family: 'adder', options: { qubits: 4 } } },
    { folder, request: { command: 'nothing', options: {} } },
  ]);
}

/** Changes one value of some data. @param {Random} random @param {unknown} data @returns {unknown} */
function changed(random, data) {
  if (typeof data !== 'object' || data === null || random.next() < 0.2) return random.oneOf(ODD_VALUES);
  const entries = Object.entries(data);
  const key = random.oneOf([...Object.keys(data), 'env']);
  const others = entries.filter(([name]) => name !== key);
  if (random.next() < 0.15) return Object.fromEntries(others);
  const value = changed(random, entries.find(([name]) => name === key)?.[1]);
  if (Array.isArray(data)) return data.map((each, i) => (String(i) === key ? value : each));
  return Object.fromEntries([...others, [key, value]]);
}

/** Changes some characters. @param {Random} random @param {string} text */
function garbled(random, text) {
  let garbled = text;
  for (let times = 1 + random.whole(4); times > 0; times -= 1) {
    const at = random.whole(garbled.length + 1);
    const put = random.oneOf([
      '',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      '\\u12',
      '\n',
      '\r\n\r\n',
      '0',
      '\u00e9',
      '%s',
    ]);
    garbled = garbled.slice(0, at) + put + garbled.slice(at + random.whole(3));
  }
  return garbled;
}

/** @param {Random} random @param {string} body */
function posted(random, body) {
  const real = Buffer.byteLength(body);
  const length = random.next() < 0.9 ? real : random.oneOf([0, 1, real + 7, 2 ** 40, -1, NaN]);
  const kind = random.oneOf(['content-type: application/json\r\n', '', 'transfer-encoding: gzip\r\n']);
  return `POST /jobs HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${kind}content-length: ${length}\r\n\r\n${body}`;
}

/** @param {Random} random */
function deep(random) {
  const [open, close] = random.oneOf([
    ['[', ']'],
    ['{"a":', '}'],
    ['[[],', ']'],
  ]);
  const times = random.oneOf([50, 150, 5000, 200_000]);
  const nest = open.repeat(times) + '1' + (random.next() < 0.5 ? close.repeat(times) : '');
  return random.next() < 0.5
    ? nest
    : `{"work":{"folder":"/","request":{"command":"info","options":${nest}}}}`;
}

/**
 * What is said, and how: on which way in, and whether the answer is read.
 * @typedef {{ say: string | Buffer, secure: boolean, reads: boolean, kind: string }} Attack
 */

/** @param {Random} random @param {string} folder @returns {Attack} */
function drawn(random, folder) {
  const valid = JSON.stringify({ client: 'fuzz', work: harmless(random, folder) });
  const reads = random.next() < 0.95;
  const at = (/** @type {string} */ kind, /** @type {string | Buffer} */ say, secure = false) => ({
    kind,
    say,
    secure,
    reads,
  });
  const choice = random.next();
  if (choice < 0.12) return at('garbage', bytes(random, 2000));
  if (choice < 0.15) return at('garbage to TLS', bytes(random, 2000), true);
  if (choice < 0.25) {
    const whole = posted(random, valid);
    return at('half', whole.slice(0, random.whole(whole.length)));
  }
  if (choice < 0.4) {
    const place = random.next() < 0.7 ? random.oneOf(ODD_PATHS) : `/${garbled(random, 'jobs/some/outcome')}`;
    return at('path', `${random.oneOf(METHODS)} ${place} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  }
  if (choice < 0.6) return at('garbled body', posted(random, garbled(random, valid)));
  if (choice < 0.85) {
    let data = JSON.parse(valid);
    for (let times = 1 + random.whole(3); times > 0; times -= 1) data = changed(random, data);
    return at('changed body', posted(random, JSON.stringify(data) ?? ''));
  }
  if (choice < 0.87) return at('deep', posted(random, deep(random)));
  if (choice < 0.9) return at('garbled request', garbled(random, posted(random, valid)));
  if (choice < 0.92) return at('many at once', 'GET /jobs HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(50));
  if (choice < 0.95)
    return at('events', 'GET /jobs/first/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  return at('valid', posted(random, valid));
}

const ANSWER_MS = 5000;

/** Says something, and gives what comes back until the other side, or patience, ends it. @param {import('node:net').Socket} socket @param {Attack} attack */
async function said(socket, { say, reads, kind }) {
  const heard = /** @type {Buffer[]} */ ([]);
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (reads) socket.on('data', (part) => heard.push(part));
  socket.write(say);
  // Half a message may wait for the rest of it, for minutes.
  if (kind === 'half' || !reads) await setTimeout(5);
  else if (kind === 'garbage' || kind.startsWith('garbled') || kind === 'garbage to TLS') socket.end();
  const patience = new AbortController();
  if (reads && kind !== 'half') {
    const timer = setTimeout(ANSWER_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([closed, timer]);
    patience.abort();
  }
  socket.destroy();
  await closed;
  return Buffer.concat(heard).toString('latin1');
}

/** A client that says it has a key, and has another. @param {{ host: string, port: number }} place */
async function wrongKey({ host, port }) {
  const socket = connectSecurely({
    host,
    port,
    ciphers: 'ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: Buffer.alloc(32, 1), identity: 'kroncut-pool' }),
  });
  const let_in = await new Promise((resolve) => {
    socket
      .once('secureConnect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => resolve(false));
  });
  socket.destroy();
  return Boolean(let_in);
}

/**
 * Attacks the pool at a socket, and at a TLS port where there is one. Gives how many answers there were of each status, how many
 * jobs were taken, and what should not have happened.
 * @param {{ socket: string, secure?: { host: string, port: number }, folder: string, seed: number, count: number, onDone?: (done: number) => Promise<void> | void }} options
 */
export async function attackPool({ socket, secure, folder, seed, count, onDone }) {
  const statuses = /** @type {Record<string, number>} */ ({});
  const faults = /** @type {string[]} */ ([]);
  let next = 0;
  let taken = 0;
  const worker = async () => {
    while (next < count) {
      const number = (next += 1);
      // Its own numbers: which one of the sixteen comes first is not known.
      const random = randomFrom(Math.imul(seed, 1_000_003) + number);
      if (secure !== undefined && random.next() < 0.01) {
        if (await wrongKey(secure)) faults.push(`request ${number}: a wrong key was let in`);
        continue;
      }
      const attack = drawn(random, folder);
      const place = attack.secure && secure !== undefined ? secure : { path: socket };
      const answer = await said(connect(place), attack);
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === '200' && answer.includes('\r\n\r\n{"id":')) taken += 1;
      if (status.startsWith('5') && status !== '503')
        faults.push(`request ${number} (${attack.kind}): ${answer.slice(0, 400)}`);
      await onDone?.(number);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return { statuses, taken, faults };
}
