#include "synthesize/lm/jacobian.hpp"

#include <cmath>

#include "core/testing.hpp"
#include "synthesize/lm/lm.hpp"
#include "synthesize/lm/transfer_matrix.hpp"
#include "synthesize/problem/test_problems.hpp"

namespace kroncut::synthesize {
namespace {

/// What the template does, as one vector: all columns, or that of |0...0>.
std::vector<Complex> image(const Plan& plan, const Target& target, const Matrices& matrices) {
  return target.kind == TargetKind::state ? composite_state(plan, matrices) : composite(plan, matrices);
}

/// J^T J and -J^T r by central differences of the dense composite.
void check_against_differences(const Template& pattern, TargetKind kind) {
  Random random(11, 0);
  const Plan plan = make_plan(pattern);
  const Target target = testing::random_target(pattern, kind, random);
  const Matrices matrices = random_start(plan, random);
  const std::unique_ptr<Jacobian> jacobian = make_jacobian(plan, target);
  const std::size_t size = jacobian->size();
  KRONCUT_CHECK_NEAR(jacobian->evaluate(matrices), distance(target, plan, matrices), 1e-13);
  AlignedArray<double> normal(size * size);
  AlignedArray<double> gradient(size);
  jacobian->linearise(matrices, normal.data(), gradient.data());

  const std::vector<Complex> here = image(plan, target, matrices);
  const double scale = kind == TargetKind::state ? 1 : static_cast<double>(plan.dimension());
  Complex overlap = 0;
  for (std::size_t k = 0; k < here.size(); ++k) overlap += std::conj(target.values[k]) * here[k];
  const Complex phase = overlap / std::abs(overlap);
  constexpr double step = 1e-6;
  std::vector<std::vector<Complex>> columns(size);
  for (std::size_t t = 0; t < plan.gates.size(); ++t) {
    const PlannedGate& gate = plan.gates[t];
    for (std::size_t j = 0; j < gate.directions.size(); ++j) {
      std::vector<Complex> column(here.size());
      for (const double side : {step, -step}) {
        Matrices moved = matrices;
        std::vector<double> coefficients(gate.directions.size());
        coefficients[j] = side;
        turn(gate.arity, gate.directions, coefficients.data(), &moved[gate.matrix]);
        const std::vector<Complex> there = image(plan, target, moved);
        for (std::size_t k = 0; k < here.size(); ++k) column[k] += there[k] / (2 * side);
      }
      Complex along = 0;
      for (std::size_t k = 0; k < here.size(); ++k) along += std::conj(here[k]) * column[k];
      for (std::size_t k = 0; k < here.size(); ++k) column[k] -= Complex(0, along.imag() / scale) * here[k];
      columns[jacobian->column(t) + j] = column;
    }
  }
  const auto product = [&](const std::vector<Complex>& a, const std::vector<Complex>& b) {
    double sum = 0;
    for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) sum += (std::conj(a[k]) * b[k]).real();
    return sum / scale;
  };
  std::vector<Complex> residual(here.size());
  for (std::size_t k = 0; k < here.size(); ++k) residual[k] = phase * target.values[k] - here[k];
  for (std::size_t i = 0; i < size; ++i) {
    KRONCUT_CHECK_NEAR(gradient[i], product(columns[i], residual), 1e-8);
    for (std::size_t j = i; j < size; ++j) {
      KRONCUT_CHECK_NEAR(normal[i * size + j], product(columns[i], columns[j]), 1e-8);
    }
  }
}

KRONCUT_TEST(jacobian_of_a_unitary_agrees_with_differences) {
  Random random(5, 0);
  check_against_differences(testing::every_kind(random), TargetKind::unitary);
  check_against_differences(testing::cx_ladder(3, {{2, 0}, {0, 1}}), TargetKind::unitary);
  Template one;
  one.qubits = 1;
  one.gates = {testing::gate(GateKind::rz, {0}), testing::gate(GateKind::u3, {0})};
  check_against_differences(one, TargetKind::unitary);
}

KRONCUT_TEST(jacobian_of_a_state_agrees_with_differences) {
  Random random(6, 0);
  check_against_differences(testing::every_kind(random), TargetKind::state);
  check_against_differences(testing::cx_ladder(2, {{1, 0}}), TargetKind::state);
}

KRONCUT_TEST(transfer_matrix_moves_pauli_products) {
  Random random(7, 0);
  for (int arity = 1; arity <= 3; ++arity) {
    const int d = 1 << arity;
    const auto entries = static_cast<std::size_t>(d * d);
    const int size = d * d - 1;
    std::vector<Complex> gate(entries), dagger(entries), half(entries), moved(entries);
    haar_unitary(d, random, gate.data());
    adjoint(d, gate.data(), dagger.data());
    std::vector<double> matrix(static_cast<std::size_t>(size * size));
    transfer_matrix(arity, gate.data(), matrix.data());
    for (int q = 0; q < size; ++q) {
      multiply(d, gate.data(), pauli_matrix(arity, q + 1).data(), half.data());
      multiply(d, half.data(), dagger.data(), moved.data());
      for (int p = 0; p < size; ++p) {
        const std::vector<Complex> pauli = pauli_matrix(arity, p + 1);
        for (std::size_t k = 0; k < entries; ++k) {
          moved[k] -= matrix[static_cast<std::size_t>(p * size + q)] * pauli[k];
        }
      }
      for (const Complex& value : moved) KRONCUT_CHECK_NEAR(std::abs(value), 0, 1e-13);
    }
  }
}

KRONCUT_TEST(hopeless_leaves_plateaus_and_keeps_growth) {
  std::vector<double> flat(20, 0.2);
  std::vector<double> falling, growing;
  for (int k = 0; k < 20; ++k) {
    falling.push_back(0.2 * std::pow(0.9, k));
    growing.push_back(1 - 1e-6 * std::pow(1.1, k));
  }
  KRONCUT_CHECK(hopeless(flat));
  KRONCUT_CHECK(!hopeless(falling));
  KRONCUT_CHECK(!hopeless(growing));
  KRONCUT_CHECK(!hopeless(std::span(flat).first(4)));
}

}  // namespace
}  // namespace kroncut::synthesize
