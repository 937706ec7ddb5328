#pragma once

#include <cstdint>

#include "device/cuda/tensor/state_kernels.hpp"

/// From an isometry to Pauli components, outcome by outcome (Peng et al. 2019, Eq. 2; CutQC,
/// arXiv:2012.02333). Let k number the basis states of the D = 2^legs cut legs and psi[k] be the amplitudes
/// of one outcome. A Pauli string with flip bits m (X or Y) and sign bits z (Y or Z) has
///   Tr(P rho) = phase * sum_k (-1)^(k.z) v_m[k],   v_m[k] = psi[k] conj(psi[k ^ m]).
/// Since v_m[k ^ m] = conj(v_m[k]), the sum over the real parts of v vanishes where the number of Y is odd
/// and the sum over the imaginary parts where it is even. So one real Walsh-Hadamard transform over k of Re v
/// + Im v gives every component up to its sign, in D^2 numbers and D^2 log2 D additions per outcome.
namespace kroncut::cuda {

/// Shapes of one chunk of outcomes. Index bits of the state: the legs' (bit legs - 1 - l of k is leg l), the
/// outcomes' and the traced qubits'. The work array is [2^part_bits][m: 2^legs][k: 2^legs][2^chunk_bits].
struct TensorTask {
  int inputs = 0;
  int outputs = 0;
  int chunk_bits = 0;
  int part_bits = 0;  // the sum over traced qubits is split in this many equal parts (as a power of two)
  int traced_bits = 0;
  std::uint64_t traced_mask = 0;
  std::uint64_t outcome_begin = 0;  // first outcome of the chunk, a multiple of 2^chunk_bits
  BitList legs;                     // position of bit j of k
  BitList outcomes;                 // position of outcome bit j
};

/// a * b, never contracted with an addition: so that v_m[k] and v_m[k ^ m] are exact conjugates and
/// components that vanish by symmetry are exact zeros.
KRONCUT_HD double exact_product(double a, double b) {
#if defined(__CUDA_ARCH__)
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}

/// Number of elements of the work array (with all parts), and of the result.
KRONCUT_HD std::uint64_t work_size(const TensorTask& task) {
  return std::uint64_t{1} << (2 * task.legs.count + task.chunk_bits + task.part_bits);
}
KRONCUT_HD std::uint64_t result_size(const TensorTask& task) {
  return std::uint64_t{1} << (2 * task.legs.count + task.chunk_bits);
}

/// work[e] = sum over the part's traced states of Re v + Im v; e < work_size.
template <class T>
KRONCUT_HD void pair_product(const TensorTask& task, const Complex<T>* state, double* work, std::uint64_t e) {
  const int legs = task.legs.count;
  const std::uint64_t leg_mask = (std::uint64_t{1} << legs) - 1;
  const std::uint64_t chunk_mask = (std::uint64_t{1} << task.chunk_bits) - 1;
  const std::uint64_t outcome = task.outcome_begin + (e & chunk_mask);
  const std::uint64_t k = (e >> task.chunk_bits) & leg_mask;
  const std::uint64_t m = (e >> (task.chunk_bits + legs)) & leg_mask;
  const std::uint64_t part = e >> (task.chunk_bits + 2 * legs);
  const std::uint64_t base = scatter(outcome, task.outcomes);
  const Complex<T>* const left = state + (base | scatter(k, task.legs));
  const Complex<T>* const right = state + (base | scatter(k ^ m, task.legs));
  const int step_bits = task.traced_bits - task.part_bits;
  std::uint64_t traced = deposit(part << step_bits, task.traced_mask);
  double sum = 0;
  for (std::uint64_t step = 0; step < (std::uint64_t{1} << step_bits); ++step) {
    const double a_re = static_cast<double>(left[traced].re);
    const double a_im = static_cast<double>(left[traced].im);
    const double b_re = static_cast<double>(right[traced].re);
    const double b_im = static_cast<double>(right[traced].im);
    const double re = exact_product(a_re, b_re) + exact_product(a_im, b_im);
    const double im = exact_product(a_im, b_re) - exact_product(a_re, b_im);
    sum += re + im;
    traced = ((traced | ~task.traced_mask) + 1) & task.traced_mask;
  }
  work[e] = sum;
}

/// Adds the parts, in order, into the first one; e < result_size.
KRONCUT_HD void add_parts(const TensorTask& task, double* work, std::uint64_t e) {
  const std::uint64_t size = result_size(task);
  double sum = work[e];
  for (std::uint64_t part = 1; part < (std::uint64_t{1} << task.part_bits); ++part) {
    sum += work[part * size + e];
  }
  work[e] = sum;
}

/// Walsh-Hadamard transform over `bits` neighbouring index bits from `position` up; i < size / 2^bits.
template <int bits>
KRONCUT_HD void walsh_step(int position, double* values, std::uint64_t i) {
  constexpr int count = 1 << bits;
  const std::uint64_t low = i & ((std::uint64_t{1} << position) - 1);
  double* const first = values + (((i >> position) << (position + bits)) | low);
  double v[count];
  for (int j = 0; j < count; ++j) v[j] = first[static_cast<std::uint64_t>(j) << position];
  for (int half = 1; half < count; half *= 2) {
    for (int j = 0; j < count; ++j) {
      if ((j & half) != 0) continue;
      const double a = v[j];
      const double b = v[j | half];
      v[j] = a + b;
      v[j | half] = a - b;
    }
  }
  for (int j = 0; j < count; ++j) first[static_cast<std::uint64_t>(j) << position] = v[j];
}

/// result[e] = the Pauli component, e = (Pauli index, outcome in the chunk); the Pauli index has two bits per
/// leg (I, X, Y, Z), leg 0 highest. Output legs: Tr(P rho); input legs: the prepared operator is P / 2.
KRONCUT_HD void pauli_component(const TensorTask& task, const double* work, double* result, std::uint64_t e) {
  const std::uint64_t outcome = e & ((std::uint64_t{1} << task.chunk_bits) - 1);
  const std::uint64_t pauli = e >> task.chunk_bits;
  std::uint64_t m = 0;
  std::uint64_t z = 0;
  int y_outputs = 0;
  int y_inputs = 0;
  for (int bit = 0; bit < task.legs.count; ++bit) {
    const unsigned digit = static_cast<unsigned>(pauli >> (2 * bit)) & 3U;
    m |= static_cast<std::uint64_t>(((digit + 1) >> 1) & 1U) << bit;
    z |= static_cast<std::uint64_t>(digit >> 1) << bit;
    if (digit == 2) ++(bit < task.outputs ? y_outputs : y_inputs);
  }
  // Y of an output leg brings i, of an input leg -i, an odd number of them one more i from the imaginary sum.
  const int quarter_turns = y_outputs + 3 * y_inputs + ((y_outputs + y_inputs) & 1);
  double scale = (quarter_turns & 2) != 0 ? -1.0 : 1.0;
  for (int input = 0; input < task.inputs; ++input) scale *= 0.5;
  result[e] = scale * work[((((m << task.legs.count) | z) << task.chunk_bits) | outcome)];
}

}  // namespace kroncut::cuda
