/** Where activities that run side by side leave what they want, until all of them wait. */

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
}

export class RequestBoard<Request, Answer> {
  private running = 0;
  private waiting: Waiting<Request, Answer>[] = [];
  private whenQuiet: (() => void) | undefined;

  /** An activity begins, and ends. */
  begin(): void {
    this.running += 1;
  }
  end(): void {
    this.running -= 1;
    this.tell();
  }

  /** Called by an activity, which waits for the answer. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push({ request, resolve });
      this.end();
    });
  }

  /** Resolves when no activity goes on without an answer. */
  async quiet(): Promise<void> {
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      this.whenQuiet = resolve;
    });
  }

  /** True where nobody waits. */
  isIdle(): boolean {
    return this.waiting.length === 0;
  }

  requests(): Request[] {
    return this.waiting.map(({ request }) => request);
  }

  /** Answers all requests. */
  answer(give: (request: Request) => Answer): void {
    const { waiting } = this;
    this.waiting = [];
    this.running += waiting.length;
    for (const { request, resolve } of waiting) resolve(give(request));
  }

  private tell(): void {
    if (this.running > 0) return;
    this.whenQuiet?.();
    this.whenQuiet = undefined;
  }
}
