#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/control.hpp"
#include "simulate/state.hpp"

namespace kroncut {

/// How the bits of an evolved state are used, from the lowest: outcomes, traced qubits, legs (the last leg
/// lowest). The first `inputs` legs are inputs.
struct LegLayout {
  int outcomes = 0;
  int traced = 0;
  int legs = 0;
  int inputs = 0;
};

/// How the work is cut up; depends on the layout alone, so that sums do not depend on the number of threads.
struct PauliPlan {
  explicit PauliPlan(const LegLayout& layout);

  std::size_t lanes;        // outcomes per chunk
  std::size_t traced;       // traced values per chunk
  std::size_t lane_chunks;  // chunks of outcomes
  std::size_t trace_chunks;
  std::size_t parts;  // shares of the traced values that are summed apart, then in order
  std::size_t flat;   // numbers per vector, padded to one cache line
  [[nodiscard]] std::size_t tasks() const noexcept { return lane_chunks * parts; }
  /// A chunk holds all outcomes, so its components may go straight into the result.
  [[nodiscard]] bool in_place() const noexcept { return lane_chunks == 1; }
  /// Numbers in a worker's scratch space: real and imaginary parts, and the components of one chunk.
  [[nodiscard]] std::size_t scratch(const LegLayout& layout) const noexcept;
  /// Bytes of all scratch space and partial sums.
  [[nodiscard]] std::uint64_t bytes(const LegLayout& layout, int threads) const noexcept;
};

/// out[4^legs][2^outcomes]: for every outcome the Pauli components of the legs, traced qubits summed.
/// `control` advances by the size of `out`.
template <class Real>
void pauli_components(const State<Real>& state, const LegLayout& layout, int threads, std::span<double> out,
                      Control& control, SimdLevel level);

}  // namespace kroncut
