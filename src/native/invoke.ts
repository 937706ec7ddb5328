import { hostname } from 'node:os';
import { cancelledBy, isErrorCode, KroncutError } from '../error.js';
import { checkArgument, checkOptions, type OptionTable } from '../options/option.js';
import { aFunction, aSignal, has, value } from '../options/readers.js';
import { systemError } from '../systemError.js';
import type { ControlHandle, NativeAddon } from './addon.js';

/** How a native call is cancelled, and who hears of its progress. */
export interface InvokeOptions {
  /** Cancels the native call, which then rejects with code 'cancelled'. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then while the call runs, and once at its end, with amounts of work in the call's own unit. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const INVOKE_OPTIONS = {
  signal: { reader: aSignal },
  onProgress: { reader: aFunction() },
} satisfies OptionTable<InvokeOptions>;
const ADDON = value('what loadKernels gives', (given) => has(given, 'createControl'));
const CALL = aFunction('a function that makes the call');

type ControlFunctions = Pick<NativeAddon, 'createControl' | 'cancelControl' | 'controlProgress'>;

const PROGRESS_INTERVAL_MS = 100;

/**
 * Makes one native call with a control of its own: an AbortSignal cancels it, its progress is polled, and what it
 * throws becomes a KroncutError.
 *
 * @throws KroncutError with the code of the native error; 'cancelled' once `signal` is aborted; 'usage' for arguments of another kind.
 */
export async function invoke<T>(
  addon: ControlFunctions,
  call: (control: ControlHandle) => Promise<T> | T,
  options: InvokeOptions = {},
): Promise<T> {
  checkArgument('addon', ADDON, addon);
  checkArgument('call', CALL, call);
  checkOptions(INVOKE_OPTIONS, options);
  const { signal, onProgress } = options;
  if (signal?.aborted === true) throw cancelledBy(signal, 'the operation was cancelled');
  const control = addon.createControl();
  const cancel = () => addon.cancelControl(control);
  const report = () => {
    const { done, total } = addon.controlProgress(control);
    onProgress?.(done, total);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = onProgress === undefined ? undefined : setInterval(report, PROGRESS_INTERVAL_MS);
  try {
    const result = await call(control);
    report();
    return result;
  } catch (error) {
    const { code, message, details } = toKroncutError(error);
    if (code === 'cancelled') throw cancelledBy(signal, message, { details, cause: error });
    // The other ranks may hear of it as well: it says whose device it was.
    if (code === 'device')
      throw new KroncutError(code, message, { details: { ...details, failed: here() }, cause: error });
    throw toKroncutError(error);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** This process, among those of all nodes. */
function here(): string {
  return `${hostname()} ${process.pid}`;
}

/** Whether a native call of this very process failed because of its device. */
export function isOwnDeviceError(error: KroncutError): boolean {
  return error.code === 'device' && error.details['failed'] === here();
}

/**
 * A KroncutError with the code that a native error carries, or the sentence for an error of the system about a file. Errors
 * that are KroncutErrors already are returned as they are; anything else is an internal error.
 */
export function toKroncutError(error: unknown): KroncutError {
  if (error instanceof KroncutError) return error;
  if (error instanceof Error) {
    const ofSystem = systemError(error);
    if (ofSystem !== undefined) return ofSystem;
    const code = 'code' in error && isErrorCode(error.code) ? error.code : 'internal';
    return new KroncutError(code, error.message, { cause: error });
  }
  return new KroncutError('internal', String(error), { cause: error });
}
