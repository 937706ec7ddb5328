#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/simd.hpp"

namespace kroncut {

/// How amplitudes lie in memory: groups of 64 bytes of real parts, then 64 bytes of imaginary parts, so that
/// complex arithmetic needs no shuffles at any vector width up to 512 bits and a gate has half as many memory
/// streams as with two separate arrays. The layout is the same for every instruction set.
template <class Real>
struct Layout {
  static constexpr int lane_bits = sizeof(Real) == 8 ? 3 : 4;
  static constexpr std::size_t lanes = std::size_t{1} << lane_bits;

  /// Place of the real part of amplitude `index`, in units of Real; the imaginary part is `lanes` later.
  /// Offsets of disjoint index bits add up.
  static constexpr std::size_t offset(std::size_t index) noexcept {
    return (index & (lanes - 1)) | ((index >> lane_bits) << (lane_bits + 1));
  }
};

/// One sweep of a kernel: replaces amplitudes (m, j) by sum over n, p of c[m][n][p] * amplitude (n, j ^ p),
/// for the members m, n of a set of index values of the gate's bits above a vector, every vector j, and lane
/// patterns p.
template <class Real>
struct Step {
  using Kernel = void (*)(Real* amplitudes, const Step& step, std::size_t begin, std::size_t end);
  Kernel kernel = nullptr;
  /// Masks of the vector-index bits below each bit that the gate fixes, lowest first; all ones if unused.
  std::array<std::size_t, 2> below{~std::size_t{0}, ~std::size_t{0}};
  int fixed = 0;                        // number of bits fixed; vectors to visit: 2^(bits - vector - fixed)
  std::array<std::size_t, 4> member{};  // offset of each member, in units of Real
  const Real* coefficients = nullptr;   // c, aligned to 64 bytes
};

/// What a kernel is specialised for.
struct KernelKey {
  int members = 1;             // 1, 2 or 4
  std::array<int, 2> flips{};  // lane patterns: none, {p, 0}, or {p, q} for 0, p, q, p ^ q
  bool per_lane = false;       // coefficients differ from lane to lane: a vector each, else a number each
  bool real = false;           // coefficients are real: [re] instead of [re, im]
  bool exchange = false;       // two members that change places: c[0], c[1] only, out[m] = c[m] in[1 - m]
};

/// The kernels of one instruction set.
template <class Real>
struct KernelSet {
  int vector_bits = 0;  // log2 of the numbers in a vector
  typename Step<Real>::Kernel (*find)(const KernelKey& key) = nullptr;
};

/// Kernels for a level; a level that this build lacks gives the next lower one.
template <class Real>
[[nodiscard]] KernelSet<Real> kernel_set(SimdLevel level) noexcept;

/// Sums of products of amplitudes over traced values t, one a lane, each with signs (-1)^|t & pattern| of its
/// own, found together: a Walsh-Hadamard transform without the branches that no lane asks for. A node has the
/// values whose remaining, lower bits are still to be summed.
struct SignedSums {
  static constexpr std::size_t lanes = 8;
  struct Node {
    int zero = -1;       // child of the lanes whose pattern is 0 in the highest bit left, or none
    int one = -1;        // of those where it is 1
    bool plain = false;  // what is left of all patterns is 0
    std::array<int, lanes> lane_of{};       // lanes that end here, `count` of them
    std::array<unsigned, lanes> pattern{};  // and what is left of their patterns
    int count = 0;
  };
  std::vector<Node> nodes;  // the root first
  /// What the sum r + i s of a lane becomes: real * r + imaginary * s, and real * s - imaginary * r.
  alignas(64) std::array<double, lanes> real{};
  alignas(64) std::array<double, lanes> imaginary{};
  double* products = nullptr;  // scratch: [2][flat]
};

/// Turns products of amplitudes into the Pauli basis; see pauli_kernel.inc.hpp.
struct PauliTask {
  int legs = 0;
  int inputs = 0;              // the first `inputs` legs are inputs, the others outputs
  std::size_t lanes = 1;       // outcomes handled at once
  std::size_t flat = 8;        // traced values times lanes, padded to 8: length of each vector
  double scale = 1;            // 2^(1 - inputs)
  const double* re = nullptr;  // [2^legs][flat], aligned to 64 bytes
  const double* im = nullptr;
  const double* left_re = nullptr;  // the same after the observable; re and im where there is none
  const double* left_im = nullptr;
  const SignedSums* sums = nullptr;  // lanes are sums over all traced values, 8 of them, and not outcomes
  bool (*cancelled)(const void*) = nullptr;  // asked now and then; true ends the work early
  const void* context = nullptr;
  /// Where given, components come in pieces of 4^(legs - split) rows [lanes] from `row` on, each once, and
  /// are not kept: `out` is space for 2^split of them.
  void (*emit)(void* taker, std::size_t row, double* components) = nullptr;
  void* taker = nullptr;
  int split = 0;
};
/// out[4^legs][lanes]
using PauliKernel = void (*)(const PauliTask& task, double* out);
[[nodiscard]] PauliKernel pauli_kernel(SimdLevel level) noexcept;

// One source (gate_kernel.inc.hpp, pauli_kernel.inc.hpp), compiled once per instruction set.
namespace portable {
KernelSet<float> kernels_float() noexcept;
KernelSet<double> kernels_double() noexcept;
void pauli(const PauliTask& task, double* out);
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
KernelSet<float> kernels_float() noexcept;
KernelSet<double> kernels_double() noexcept;
void pauli(const PauliTask& task, double* out);
}  // namespace avx2
namespace avx512 {
KernelSet<float> kernels_float() noexcept;
KernelSet<double> kernels_double() noexcept;
void pauli(const PauliTask& task, double* out);
}  // namespace avx512
#endif

}  // namespace kroncut
