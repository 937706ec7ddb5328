#pragma once

#include <cstddef>
#include <vector>

#include "simulate/program.hpp"

namespace kroncut {

/// Gates that are applied block by block: a block holds all values of `active` bits and one value of the
/// others, so a run of gates costs one pass over the state.
struct Run {
  std::vector<int> active;         // bits of the state's index, ascending
  std::vector<std::size_t> gates;  // indices into the gates scheduled, in an order of application
};

/// Splits gates (whose qubits are bits of the state's index) into runs. Every run has min(block_bits, bits)
/// active bits (block_bits >= 2), among them the lowest `low_bits` as far as two others find room, so that
/// memory is read in pieces. A gate needs its bits active only where it is not diagonal on them. Gates change
/// places only where they commute: on every shared qubit both are diagonal, or there is none. Greedy: each
/// run takes what it can in time order.
[[nodiscard]] std::vector<Run> schedule(const std::vector<GateOperation>& gates, int bits, int block_bits,
                                        int low_bits);

}  // namespace kroncut
