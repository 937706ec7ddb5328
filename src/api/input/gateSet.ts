/** The gates that a result is to have: a name, or what a file says of a device. */
import { readDeviceGates, type DeviceGates } from '../../compile/gates/deviceGates.js';
import type { GateSet } from '../../compile/gates/gateSets.js';
import type { Context } from '../../run/context.js';
import { type DeviceGatesFile, isDeviceGatesFile } from '../options/compile.js';

/** For use on the root. Throws `input` for a file that says no gates. */
export async function gateSetOf(
  { inputs, signal }: Pick<Context, 'inputs' | 'signal'>,
  { gateSet = 'u3-cx' }: { readonly gateSet?: GateSet | DeviceGatesFile | undefined },
): Promise<GateSet | DeviceGates> {
  return isDeviceGatesFile(gateSet) ? readDeviceGates(await inputs.read(gateSet, signal), gateSet) : gateSet;
}
