#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "contract/product/product.hpp"
#include "core/bits.hpp"
#include "device/cuda/runtime/cuda_support.hpp"
#include "simulate/program.hpp"
#include "synthesize/problem/options.hpp"
#include "synthesize/problem/test_problems.hpp"

/// What timings compute with.
namespace kroncut::cuda {

/// Numbers of size one, drawn by a fixed seed.
inline std::vector<double> plain_values(std::size_t count) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> draw(-1, 1);
  std::vector<double> values(count);
  for (double& value : values) value = draw(random);
  return values;
}

template <class T>
DeviceArray<T> device_copy(const std::vector<T>& values) {
  DeviceArray<T> result(values.size());
  const Stream stream;
  check(cudaMemcpyAsync(result.get(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice,
                        stream.get()),
        "copying operands to the device");
  stream.wait();
  return result;
}

/// A product over some bits, the lower half of which number columns.
struct MadeProduct {
  MadeProduct(int bits, std::size_t inner) {
    product.inner = inner;
    product.column_mask = low_mask(bits / 2);
    product.row_mask = low_mask(bits) & ~product.column_mask;
    left = plain_values(inner << std::popcount(product.row_mask));
    right = plain_values(inner << std::popcount(product.column_mask));
    product.left = left.data();
    product.right = right.data();
  }
  MadeProduct(const MadeProduct&) = delete;
  MadeProduct& operator=(const MadeProduct&) = delete;
  Product product;
  std::vector<double> left;
  std::vector<double> right;
};

inline GateOperation turn(int qubit) {
  GateOperation gate;
  gate.first = qubit;
  gate.matrix = {std::cos(0.3), -std::sin(0.3), std::sin(0.3), std::cos(0.3)};
  return gate;
}

/// A turn on one qubit, then another one on two: no zeros.
inline GateOperation entangling(int first, int second) {
  GateOperation gate;
  gate.first = first;
  gate.second = second;
  const double c = std::cos(0.4);
  const double s = std::sin(0.4);
  const double a[2][2] = {{c, -s}, {s, c}};
  const std::size_t moved[4] = {0, 3, 2, 1};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      gate.matrix[4 * row + moved[column]] = a[row & 1][column & 1] * a[row >> 1][column >> 1];
    }
  }
  return gate;
}

/// Gates on neighbours in turn; four qubits enter through cuts and two leave.
inline SubcircuitProgram brickwork(int qubits, int gates) {
  SubcircuitProgram program;
  program.circuit.qubits = qubits;
  for (int gate = 0; gate < gates; ++gate) {
    const int first = (2 * gate + gate / qubits) % (qubits - 1);
    program.circuit.gates.push_back(entangling(first, first + 1));
  }
  for (int qubit = 0; qubit < qubits; ++qubit) {
    if (qubit < std::min(4, qubits)) program.inputs.push_back(qubit);
    (qubit < 2 ? program.outputs : program.outcomes).push_back(qubit);
  }
  return program;
}

inline std::size_t tensor_size(const SubcircuitProgram& program) {
  return std::size_t{1} << (2 * program.legs() + program.outcomes.size());
}

/// A chain of cx with one-qubit gates around them, and a unitary that no values of it give: every start runs
/// through all its iterations.
struct Ladder {
  Ladder(int qubits, int iterations) : iterations_(iterations) {
    namespace syn = synthesize;
    syn::testing::Pairs pairs;
    for (int q = 0; q + 1 < qubits; ++q) pairs.emplace_back(q + 1, q);
    pattern = syn::testing::cx_ladder(qubits, pairs);
    target.qubits = qubits;
    target.kind = syn::TargetKind::unitary;
    target.values.resize(std::size_t{1} << (2 * qubits));
    syn::Random random(7, static_cast<std::uint64_t>(qubits));
    syn::haar_unitary(1 << qubits, random, target.values.data());
  }
  [[nodiscard]] synthesize::Options options(int starts) const {
    synthesize::Options result;
    result.method = synthesize::Method::qfactor;
    result.multistarts = starts;
    result.max_iters = iterations_;
    result.min_iters = iterations_;
    result.polish = false;
    result.all_starts = true;
    return result;
  }
  synthesize::Template pattern;
  synthesize::Target target;

 private:
  int iterations_;
};

}  // namespace kroncut::cuda
