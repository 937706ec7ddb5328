/** The functions of a caller that a job calls while it works. */
import type { JobOptions } from './sessionOptions.js';

/**
 * The caller's `onProgress` and `onWarning`, and a signal that is aborted with the caller's, or once one of the two has
 * thrown: the places that call them, timers among them, could not tell the caller.
 */
export class Listeners {
  readonly onProgress: JobOptions['onProgress'];
  /** Hears of each warning once. */
  readonly onWarning: JobOptions['onWarning'];
  readonly #abort = new AbortController();
  readonly #forward: () => void;
  readonly #given: AbortSignal | undefined;
  #thrown: { readonly error: unknown } | undefined;

  constructor({ signal, onProgress, onWarning }: JobOptions) {
    this.#given = signal;
    this.#forward = (): void => this.#abort.abort(signal?.reason);
    if (signal?.aborted === true) this.#forward();
    else signal?.addEventListener('abort', this.#forward, { once: true });
    this.onProgress = this.#guarded(onProgress);
    this.onWarning = this.#guarded(onWarning === undefined ? undefined : eachOnce(onWarning));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Throws what one of the functions threw, as it was. */
  throwTheirs(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }

  /** The caller's signal is not listened to any more. */
  end(): void {
    this.#given?.removeEventListener('abort', this.#forward);
  }

  #guarded<T>(hear: ((told: T) => void) | undefined): ((told: T) => void) | undefined {
    if (hear === undefined) return undefined;
    const fail = (error: unknown): void => {
      this.#thrown ??= { error };
      this.#abort.abort(error);
    };
    return (told) => {
      if (this.#thrown !== undefined) return;
      try {
        const answer: unknown = hear(told);
        // An async function throws later.
        if (answer instanceof Promise) answer.catch(fail);
      } catch (error) {
        fail(error);
      }
    };
  }
}

/** Of what is said several times, only the first. */
function eachOnce(hear: (text: string) => void): (text: string) => void {
  const heard = new Set<string>();
  return (text) => {
    if (heard.size === heard.add(text).size) return;
    hear(text);
  };
}
