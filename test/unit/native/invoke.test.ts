import { describe, expect, it, vi } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import type { ControlHandle, NativeAddon } from '../../../src/native/addon.js';
import { invoke, toKroncutError } from '../../../src/native/invoke.js';
import { loadAddon } from '../../../src/native/load.js';

type ControlFunctions = Pick<NativeAddon, 'createControl' | 'cancelControl' | 'controlProgress'>;

/** The addon's own controls, and which of them were cancelled. */
function watchedAddon() {
  const { addon } = loadAddon();
  const cancelled = new Set<ControlHandle>();
  const watched: ControlFunctions = {
    createControl: () => addon.createControl(),
    controlProgress: (control) => addon.controlProgress(control),
    cancelControl: (control) => {
      cancelled.add(control);
      addon.cancelControl(control);
    },
  };
  return { watched, cancelled };
}

describe('invoke', () => {
  it('gives the result of the call and reports its end', async () => {
    const { watched } = watchedAddon();
    const onProgress = vi.fn();
    expect(await invoke(watched, async () => 42, { onProgress })).toBe(42);
    expect(onProgress).toHaveBeenLastCalledWith(0, 0);
  });

  it('cancels the control of a running call', async () => {
    const { watched, cancelled } = watchedAddon();
    const controller = new AbortController();
    let control: ControlHandle | undefined;
    const call = invoke(
      watched,
      (own) => {
        control = own;
        return new Promise((_, reject) => {
          controller.signal.addEventListener('abort', () =>
            reject(Object.assign(new Error('the operation was cancelled'), { code: 'cancelled' })),
          );
        });
      },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'KroncutError', code: 'cancelled', exitCode: 130 });
    expect(control !== undefined && cancelled.has(control)).toBe(true);
  });

  it('does not start a call whose signal is aborted already', async () => {
    const { watched } = watchedAddon();
    const body = vi.fn();
    await expect(invoke(watched, body, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe('toKroncutError', () => {
  it('keeps codes it knows and calls everything else internal', () => {
    const native = Object.assign(new Error('no device'), { code: 'device' });
    expect(toKroncutError(native)).toMatchObject({ code: 'device', message: 'no device', cause: native });
    expect(toKroncutError(Object.assign(new Error('gone'), { code: 'ENOENT' })).code).toBe('internal');
    expect(toKroncutError('text')).toMatchObject({ code: 'internal', message: 'text' });
    const own = new KroncutError('usage', 'wrong');
    expect(toKroncutError(own)).toBe(own);
  });
});
