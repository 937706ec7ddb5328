/** Reduced tensors of a store, as queries find them. */
import type { CutCircuit } from '../../../cut/model/cutCircuit.js';
import { KroncutError } from '../../../error.js';
import type { Precision, TensorHandle } from '../../../native/addon.js';
import type { KeptQuestion } from '../../../run/directory/manifest.js';
import type { TensorStore } from '../../../run/tensors/tensorStore.js';
import {
  tensorMember,
  tensorNetwork,
  type NetworkMember,
  type TensorNetwork,
  type Uncertainties,
} from '../../network/tensorNetwork.js';
import type { ReducedSource } from '../query.js';
import { marginalTensors } from '../reduced.js';

/**
 * The tensors that were made for some questions. No network of them answers all: the one given here has their bonds and
 * no outcomes, to plan with, and each question finds its own members.
 */
export function reducedNetwork(
  cut: CutCircuit,
  store: Pick<TensorStore, 'open' | 'openAll' | 'counts'>,
  precision: Precision,
  kept: readonly KeptQuestion[],
  uncertainties: Uncertainties = {},
): { readonly network: TensorNetwork; readonly reduced: ReducedSource } {
  // What is not exact in one tensor is not exact in any answer.
  const [uncertainty] = Object.values(uncertainties);
  const members = marginalTensors(cut, []).map(({ name, subcircuit }) =>
    tensorMember(cut, subcircuit, store, name, precision, { uncertainty }),
  );
  const known = new Map<string, readonly NetworkMember[]>();
  return {
    network: { ...tensorNetwork(cut, store, precision), members },
    reduced: {
      kept,
      membersOf({ name, subcircuit, strings = [] }) {
        const found = known.get(name);
        if (found !== undefined) return found;
        const member = tensorMember(cut, subcircuit, store, name, precision, {
          uncertainty: uncertainties[name],
        });
        let opened: Promise<readonly TensorHandle[]> | undefined;
        const made = strings.map((_, index) => ({
          ...member,
          async open() {
            opened ??= store.openAll(name, member.bonds, member.bits);
            const handle = (await opened)[index];
            if (handle === undefined) throw new KroncutError('internal', `${name} holds too few tensors`);
            return handle;
          },
        }));
        known.set(name, made);
        return made;
      },
    },
  };
}
