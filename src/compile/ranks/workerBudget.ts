/** What the blocks that a rank compiles side by side may take together. */
import { KroncutError } from '../../error.js';

export interface Share {
  readonly memory: number;
  /** Memory of a device. */
  readonly device: number;
}

/** Hands out memory in the order of asking. */
export class WorkerBudget {
  private free: Share;
  private readonly waiting: { readonly share: Share; readonly grant: () => void }[] = [];

  constructor(private readonly whole: Share) {
    this.free = whole;
  }

  /**
   * Runs `body` while it holds `share`; where memory gives out all the same, because others on the machine took it, once
   * more when nothing else here holds any (`alone`).
   */
  async run<T>(share: Share, body: (alone: boolean) => Promise<T>): Promise<T> {
    try {
      return await this.hold(share, () => body(false));
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return this.hold(this.whole, () => body(true));
    }
  }

  /** Runs `body` while it holds `share`; one that is more than the whole gets the whole. */
  async hold<T>(share: Share, body: () => Promise<T>): Promise<T> {
    const taken: Share = {
      memory: Math.min(share.memory, this.whole.memory),
      device: Math.min(share.device, this.whole.device),
    };
    await new Promise<void>((grant) => {
      this.waiting.push({ share: taken, grant });
      this.serve();
    });
    try {
      return await body();
    } finally {
      this.free = { memory: this.free.memory + taken.memory, device: this.free.device + taken.device };
      this.serve();
    }
  }

  private serve(): void {
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined) return;
      const { memory, device } = first.share;
      if (memory > this.free.memory || device > this.free.device) return;
      this.free = { memory: this.free.memory - memory, device: this.free.device - device };
      this.waiting.shift();
      first.grant();
    }
  }
}

/** Whether the addon, or the JavaScript engine, found no memory. */
function isOutOfMemory(error: unknown): boolean {
  if (error instanceof KroncutError) return error.code === 'memory';
  return error instanceof RangeError && /allocation/i.test(error.message);
}
