#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/control.hpp"
#include "simulate/kernel.hpp"
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

/// A Pauli string on the traced qubits, S|t> = i^ys (-1)^|t & signs| |t ^ flips>: the masks count traced bits
/// from 0; Y is in both. It may come with outcomes: then S acts where the bits of `fixed` are `values`, and
/// is 0 elsewhere.
struct TracedString {
  std::size_t flips = 0;
  std::size_t signs = 0;
  int ys = 0;
  std::size_t fixed = 0;
  std::size_t values = 0;

  [[nodiscard]] bool identity() const noexcept { return flips == 0 && signs == 0; }
};

/// How the work is cut up; depends on the layout and the number of strings alone, so that sums do not depend
/// on the number of threads.
struct PauliPlan {
  /// Without strings, `strings` is 0: the tensor of all outcomes.
  explicit PauliPlan(const LegLayout& layout, std::size_t strings = 0);

  std::size_t strings;      // observables, at least 1
  bool observed;            // some observable may differ from the identity
  std::size_t together;     // strings that a task finds from what it loads once
  std::size_t groups;       // tasks of strings, at most
  std::size_t lanes;        // outcomes per chunk
  std::size_t traced;       // traced values per chunk
  std::size_t width;        // components side by side: the lanes, or these times some traced values
  std::size_t lane_chunks;  // chunks of outcomes
  std::size_t trace_chunks;
  std::size_t parts;  // shares of the traced values that are summed apart, then in order
  std::size_t flat;   // numbers per vector, padded to one cache line
  int split;          // components that are not found in place come in 2^split pieces of 2^-split of them
  [[nodiscard]] std::size_t tasks() const noexcept { return groups * lane_chunks * parts; }
  /// Strings that flip the same qubits are found together, as signed sums of the same products.
  [[nodiscard]] bool sums() const noexcept { return observed && lanes == 1 && width == SignedSums::lanes; }
  /// A chunk holds all outcomes, so its components may go straight into the result.
  [[nodiscard]] bool in_place() const noexcept { return lane_chunks == 1 && width == lanes; }
  /// Numbers in a worker's scratch space: real and imaginary parts, those of what an observable makes of
  /// them, and the components of one chunk.
  [[nodiscard]] std::size_t scratch(const LegLayout& layout) const noexcept;
  /// What `control` advances by: numbers of the result, or where observables are found, products of two
  /// amplitudes.
  [[nodiscard]] std::uint64_t work(const LegLayout& layout) const noexcept;
  /// Bytes of all scratch space and partial sums.
  [[nodiscard]] std::uint64_t bytes(const LegLayout& layout, int threads) const noexcept;
};

/// out[strings][4^legs][2^outcomes]: for every string and outcome the Pauli components of the legs, traced
/// qubits summed, each with its value of the string. Without strings that of the identity alone. Strings come
/// without outcomes. `control` advances by the plan's work.
template <class Real>
void pauli_components(const State<Real>& state, const LegLayout& layout,
                      std::span<const TracedString> strings, int threads, std::span<double> out,
                      Control& control, SimdLevel level);

/// The amplitudes of a state whose traced bits have the outcomes of a string, as a state without these bits;
/// `layout` and `string` are changed to what then is left.
template <class Real>
[[nodiscard]] State<Real> with_outcomes(const State<Real>& state, LegLayout& layout, TracedString& string,
                                        SimdLevel level);

}  // namespace kroncut
