/** A browser without a window, spoken to over pipes by its DevTools protocol. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const message = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.infer<typeof message>;

/** What a browser saw of a page. */
export interface Seen {
  /** Errors, warnings and violations of the page's policy. */
  readonly complaints: string[];
  /** Addresses that it asked for, other than the page itself. */
  readonly requests: string[];
}

export interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

const SPECIAL = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];

export class Browser {
  readonly #answers = new Map<number, (answer: Message) => void>();
  readonly #heard: Message[] = [];
  readonly #child;
  readonly #profile = mkdtempSync(join(tmpdir(), 'kroncut-chromium-'));
  readonly #input: Writable;
  readonly #ended: Promise<unknown>;
  #session: string | undefined;
  #number = 0;

  constructor(program: string) {
    this.#child = spawn(
      program,
      [
        '--headless=new',
        ...SPECIAL,
        `--user-data-dir=${this.#profile}`,
        '--remote-debugging-pipe',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    // Of the five streams these two are pipes of ours.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const [input, output] = [this.#child.stdio[3] as Writable, this.#child.stdio[4] as Readable];
    this.#input = input;
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve));
    let text = '';
    output.setEncoding('utf8').on('data', (part: string) => {
      const parts = (text + part).split('\0');
      text = parts.pop() ?? '';
      for (const each of parts) this.#hear(message.parse(JSON.parse(each)));
    });
  }

  #hear(heard: Message): void {
    if (heard.id === undefined) this.#heard.push(heard);
    else this.#answers.get(heard.id)?.(heard);
  }

  async #ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#number += 1;
    const id = this.#number;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** Opens a file as a reader would; gives what the browser saw when all was drawn. */
  async open(file: string, { width, scheme }: Look): Promise<Seen> {
    this.#session = undefined;
    const { targetId } = await this.#ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#ask('Target.attachToTarget', { targetId, flatten: true });
    this.#session = z.string().parse(sessionId);
    this.#heard.length = 0;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await this.#ask(`${domain}.enable`);
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#ask('Emulation.setEmulatedMedia', { features });
    await this.#ask('Emulation.setDeviceMetricsOverride', {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    const url = pathToFileURL(file).href;
    await this.#ask('Page.navigate', { url });
    while (!this.#heard.some(({ method }) => method === 'Page.loadEventFired')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Two frames later all is drawn, and what it would have asked for is known.
    await this.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))',
    );
    const seen: Seen = { complaints: [], requests: [] };
    for (const { method = '', params = {} } of this.#heard) {
      if (/^(?:Log\.entryAdded|Runtime\.(?:exceptionThrown|consoleAPICalled))$/.test(method)) {
        seen.complaints.push(JSON.stringify(params));
      }
      if (method !== 'Network.requestWillBeSent') continue;
      const asked = z.object({ request: z.object({ url: z.string() }) }).parse(params).request.url;
      if (asked !== url && asked !== 'data:,') seen.requests.push(asked);
    }
    return seen;
  }

  /** The value of an expression in the page that is open. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', options);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return z.object({ value: z.unknown() }).parse(result).value;
  }

  /** The page that is open as a PDF. */
  async print(): Promise<Buffer> {
    const { data } = await this.#ask('Page.printToPDF', { printBackground: false });
    return Buffer.from(z.string().parse(data), 'base64');
  }

  async close(): Promise<void> {
    this.#session = undefined;
    // It ends before it has answered.
    void this.#ask('Browser.close').catch(() => {});
    await this.#ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
