#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/control.hpp"
#include "core/simd.hpp"
#include "simulate/kernel.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// Bits of a block of a cached run: 2^14 complex doubles or 2^15 complex floats are 256 KiB, half of a small
/// second-level cache, the other half being for the memory they come from.
template <class Real>
inline constexpr int cached_block_bits = sizeof(Real) == 8 ? 14 : 15;

/// Lowest bits that are part of every block, so that memory is read in pieces of 1 KiB.
template <class Real>
inline constexpr int cached_low_bits = sizeof(Real) == 8 ? 6 : 7;

/// How a state applies gates; the defaults are what fast simulation wants, the rest is for tests and
/// benchmarks.
struct ApplyOptions {
  int threads = 1;
  int block_bits = 0;  // 0: cached_block_bits
  bool cached = true;  // false: one pass over the state per gate
};

/// 2^bits complex amplitudes, in the order of `Layout`. States below one vector are padded with zeros.
template <class Real>
class State {
 public:
  /// All zero. Throws Error(memory) with the figure where there is not so much.
  explicit State(int bits, int threads = 1, SimdLevel level = simd_level());

  [[nodiscard]] int bits() const noexcept { return bits_; }
  [[nodiscard]] const Real* data() const noexcept { return amplitudes_.data(); }
  [[nodiscard]] Real* data() noexcept { return amplitudes_.data(); }
  /// Takes the amplitudes of a state of as many bits.
  void copy_from(const State& other, int threads = 1);
  /// All zero but one amplitude, which is 1.
  void reset(std::size_t index = 0, int threads = 1);
  [[nodiscard]] std::complex<double> get(std::size_t index) const noexcept;
  void set(std::size_t index, std::complex<double> value) noexcept;

  /// Applies gates in time order; a gate's qubits are bits of the index. Small states and states of one block
  /// run on the calling thread. `control` advances by 2^bits per gate, and cancels within a block.
  void apply(const std::vector<GateOperation>& gates, const ApplyOptions& options, Control& control);

  /// Bytes of a state of so many bits, and of the buffers that `apply` adds.
  [[nodiscard]] static std::uint64_t bytes(int bits) noexcept;
  [[nodiscard]] static std::uint64_t apply_bytes(int bits, int threads) noexcept;

 private:
  void clear(int threads);

  int bits_;
  int padded_bits_;
  SimdLevel level_;
  AlignedArray<Real> amplitudes_;
};

}  // namespace kroncut
