#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/aligned.hpp"
#include "simulate/kernel.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// Position of a qubit whose bit is the same all over a block: the block's number says which.
inline constexpr int outside_block = -1;

/// A gate as sweeps over a block of 2^bits amplitudes. There is one list of steps per value of the gate's
/// bits outside the block, so a control out there costs nothing where it is 0.
template <class Real>
class CompiledGate {
 public:
  /// `positions[k]` is the bit of the amplitude index within a block that bit k of the gate's matrix index
  /// stands for, or `outside_block`; the gate must then be diagonal on that bit.
  CompiledGate(const GateOperation& gate, std::array<int, 2> positions, const KernelSet<Real>& kernels);

  /// Applies the gate to a block, or to part `part` of `parts` (a power of two) equal parts of every sweep,
  /// so that threads can share a gate. Bit k of `outside` is the value of matrix bit k where that lies
  /// outside the block, 0 elsewhere.
  void apply(Real* block, int bits, unsigned outside, std::size_t part = 0, std::size_t parts = 1) const {
    for (const Step<Real>& step : steps_[outside]) {
      const std::size_t count = std::size_t{1} << (bits - vector_bits_ - step.fixed);
      step.kernel(block, step, count * part / parts, count * (part + 1) / parts);
    }
  }

 private:
  int vector_bits_;
  std::array<std::vector<Step<Real>>, 4> steps_;  // by value of the bits outside
  AlignedArray<Real> coefficients_;
};

}  // namespace kroncut
