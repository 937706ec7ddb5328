#include "synthesize/lm/transfer_matrix.hpp"

#include <cmath>
#include <utility>

#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {
namespace {

void transfer_one(const Complex* gate, double* matrix) {
  const Complex a = gate[0], b = gate[1], c = gate[2], d = gate[3];
  const Complex ad = multiply(a, std::conj(d)), bc = multiply(b, std::conj(c));
  const Complex ab = multiply(a, std::conj(b)), cd = multiply(c, std::conj(d));
  const Complex z = multiply(a, std::conj(c)) - multiply(b, std::conj(d));
  matrix[0] = ad.real() + bc.real();
  matrix[3] = -ad.imag() - bc.imag();
  matrix[6] = ab.real() - cd.real();
  matrix[1] = ad.imag() - bc.imag();
  matrix[4] = ad.real() - bc.real();
  matrix[7] = ab.imag() - cd.imag();
  matrix[2] = z.real();
  matrix[5] = -z.imag();
  matrix[8] = (std::norm(a) - std::norm(b) - std::norm(c) + std::norm(d)) / 2;
}

}  // namespace

void transfer_matrix(int arity, const Complex* gate, double* matrix) {
  if (arity == 1) return transfer_one(gate, matrix);
  const int d = 1 << arity;
  const int size = (1 << (2 * arity)) - 1;
  std::vector<std::vector<Complex>> paulis;
  for (int p = 1; p <= size; ++p) paulis.push_back(pauli_matrix(arity, p));
  std::vector<Complex> dagger(static_cast<std::size_t>(d * d)), half(dagger.size()), moved(dagger.size());
  adjoint(d, gate, dagger.data());
  for (int q = 0; q < size; ++q) {
    multiply(d, gate, paulis[static_cast<std::size_t>(q)].data(), half.data());
    multiply(d, half.data(), dagger.data(), moved.data());
    for (int p = 0; p < size; ++p) {
      double sum = 0;
      const std::vector<Complex>& pauli = paulis[static_cast<std::size_t>(p)];
      for (std::size_t k = 0; k < moved.size(); ++k) sum += multiply(std::conj(pauli[k]), moved[k]).real();
      matrix[p * size + q] = sum / d;
    }
  }
}

void transpose(int size, double* matrix) noexcept {
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < i; ++j) std::swap(matrix[i * size + j], matrix[j * size + i]);
  }
}

SignedPermutation signed_permutation(int arity, const std::vector<double>& transfer) {
  const std::size_t size = (std::size_t{1} << (2 * arity)) - 1;
  SignedPermutation result;
  result.source = {0};
  result.sign = {1};
  for (std::size_t p = 0; p < size; ++p) {
    for (std::size_t q = 0; q < size; ++q) {
      const double value = transfer[p * size + q];
      if (std::abs(std::abs(value) - 1) < 1e-15) {
        result.source.push_back(static_cast<int>(q) + 1);
        result.sign.push_back(value < 0 ? -1 : 1);
      } else if (std::abs(value) > 1e-15) {
        return {};
      }
    }
    if (result.source.size() != p + 2) return {};
  }
  return result;
}

const SignedSwaps& controlled_swaps(GateKind kind) {
  const auto swaps_of = [](GateKind controlled) {
    TemplateGate gate;
    gate.kind = controlled;
    gate.arity = 2;
    gate.qubits = {0, 1, 0};
    const Plan plan = make_plan({2, {gate}, {}});
    std::vector<double> transfer(15 * 15);
    transfer_matrix(2, plan.fixed.data(), transfer.data());
    const SignedPermutation permutation = signed_permutation(2, transfer);
    SignedSwaps swaps;
    for (int member = 0; member < 16; ++member) {
      const int source = permutation.source[static_cast<std::size_t>(member)];
      if (source <= member) continue;
      swaps.pairs.insert(swaps.pairs.end(), {member, source});
      swaps.signs.push_back(permutation.sign[static_cast<std::size_t>(member)]);
    }
    return swaps;
  };
  static const SignedSwaps cx = swaps_of(GateKind::cx);
  static const SignedSwaps cz = swaps_of(GateKind::cz);
  return kind == GateKind::cx ? cx : cz;
}

}  // namespace kroncut::synthesize
