#include "synthesize/problem/template.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/testing.hpp"
#include "synthesize/problem/test_problems.hpp"

namespace kroncut::synthesize {
namespace {

using testing::gate;

/// The matrix of a gate on all qubits, entry by entry: bit j of the small index is bit qubits[j] of the large
/// one.
std::vector<Complex> enlarge(int qubits, const PlannedGate& gate, const Complex* small) {
  const std::size_t size = std::size_t{1} << qubits;
  std::vector<Complex> result(size * size);
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column < size; ++column) {
      std::size_t i = 0, j = 0, mask = 0;
      for (int q = 0; q < gate.arity; ++q) {
        const int bit = gate.qubits[static_cast<std::size_t>(q)];
        i |= (row >> bit & 1) << q;
        j |= (column >> bit & 1) << q;
        mask |= std::size_t{1} << bit;
      }
      if ((row & ~mask) == (column & ~mask)) {
        result[row * size + column] = small[i * static_cast<std::size_t>(gate.dimension()) + j];
      }
    }
  }
  return result;
}

KRONCUT_TEST(composite_is_the_product_of_enlarged_matrices) {
  Random random(3, 0);
  const Plan plan = make_plan(testing::every_kind(random));
  const Matrices matrices = random_start(plan, random);
  std::vector<Complex> product(256), next(256);
  for (std::size_t i = 0; i < 16; ++i) product[17 * i] = 1;
  for (const PlannedGate& gate : plan.gates) {
    multiply(16, enlarge(4, gate, &matrices[gate.matrix]).data(), product.data(), next.data());
    product = next;
  }
  const std::vector<Complex> fast = composite(plan, matrices);
  const std::vector<Complex> state = composite_state(plan, matrices);
  for (std::size_t k = 0; k < 256; ++k) KRONCUT_CHECK_NEAR(std::abs(fast[k] - product[k]), 0, 1e-13);
  for (std::size_t k = 0; k < 16; ++k) KRONCUT_CHECK_NEAR(std::abs(state[k] - product[16 * k]), 0, 1e-13);
}

KRONCUT_TEST(distance_is_that_of_the_dense_matrices) {
  Random random(8, 0);
  const Template pattern = testing::every_kind(random);
  const Plan plan = make_plan(pattern);
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  const Target state = testing::random_target(pattern, TargetKind::state, random);
  const Matrices matrices = random_start(plan, random);
  const std::vector<Complex> dense = composite(plan, matrices);
  Complex trace = 0, overlap = 0;
  for (std::size_t k = 0; k < dense.size(); ++k) trace += std::conj(target.values[k]) * dense[k];
  for (std::size_t k = 0; k < 16; ++k) overlap += std::conj(state.values[k]) * dense[16 * k];
  KRONCUT_CHECK_NEAR(distance(target, plan, matrices), 1 - std::abs(trace) / 16, 1e-14);
  KRONCUT_CHECK_NEAR(distance(state, plan, matrices), 1 - std::abs(overlap), 1e-14);
  Matrices broken = matrices;
  broken[0] = std::numeric_limits<double>::quiet_NaN();
  KRONCUT_CHECK(std::isnan(distance(target, plan, broken)));
}

KRONCUT_TEST(parameters_give_back_the_gates_up_to_a_phase) {
  Random random(4, 0);
  const Template pattern = testing::every_kind(random);
  const Plan plan = make_plan(pattern);
  for (int trial = 0; trial < 50; ++trial) {
    const Matrices matrices = random_start(plan, random);
    const Target target{4, TargetKind::unitary, composite(plan, matrices)};
    const Matrices again = to_matrices(plan, to_parameters(plan, matrices));
    KRONCUT_CHECK_NEAR(distance(target, plan, again), 0, 1e-14);
  }
}

KRONCUT_TEST(u3_angles_of_diagonal_and_antidiagonal_gates) {
  Template pattern;
  pattern.qubits = 1;
  pattern.gates = {gate(GateKind::u3, {0})};
  const Plan plan = make_plan(pattern);
  for (const double tiny : {0.0, 1e-300, 1e-17, 1e-12, 1e-7}) {
    for (const double theta : {tiny, std::acos(-1.0) - tiny}) {
      const Matrices matrices = to_matrices(plan, std::vector<double>{theta, 0.7, -2.1});
      const Target target{1, TargetKind::unitary, composite(plan, matrices)};
      KRONCUT_CHECK_NEAR(distance(target, plan, to_matrices(plan, to_parameters(plan, matrices))), 0, 1e-15);
    }
  }
}

/// What a template does, as real numbers, moved along each generator, or direction, of its gates.
std::vector<std::vector<double>> moves(const Plan& plan, const Matrices& matrices, bool all) {
  constexpr double step = 1e-5;
  std::vector<std::vector<double>> columns;
  for (const PlannedGate& gate : plan.gates) {
    const std::vector<int>& chosen = all ? gate.generators : gate.directions;
    for (const int generator : chosen) {
      std::vector<double> column;
      for (const double side : {step, -step}) {
        Matrices moved = matrices;
        turn(gate.arity, std::span(&generator, 1), &side, &moved[gate.matrix]);
        const std::vector<Complex> there = composite(plan, moved);
        column.resize(2 * there.size());
        for (std::size_t k = 0; k < there.size(); ++k) {
          column[2 * k] += there[k].real() / (2 * side);
          column[2 * k + 1] += there[k].imag() / (2 * side);
        }
      }
      columns.push_back(column);
    }
  }
  return columns;
}

KRONCUT_TEST(directions_reach_all_that_generators_reach) {
  Random random(9, 0);
  const std::array<Template, 3> patterns = {testing::every_kind(random),
                                            testing::cx_ladder(3, {{0, 1}, {1, 0}, {1, 2}, {2, 0}, {0, 1}}),
                                            testing::two_qubit_unitaries({{0, 1}, {2, 1}, {0, 2}})};
  for (const Template& pattern : patterns) {
    const Plan plan = make_plan(pattern);
    const Matrices matrices = random_start(plan, random);
    KRONCUT_CHECK(plan.directions < plan.generators);
    std::vector<std::vector<double>> basis;
    const auto beyond = [&](std::vector<double> vector) {
      for (int pass = 0; pass < 2; ++pass) {
        for (const auto& unit : basis) {
          double along = 0;
          for (std::size_t k = 0; k < unit.size(); ++k) along += unit[k] * vector[k];
          for (std::size_t k = 0; k < unit.size(); ++k) vector[k] -= along * unit[k];
        }
      }
      return vector;
    };
    const auto norm = [](const std::vector<double>& vector) {
      double sum = 0;
      for (const double value : vector) sum += value * value;
      return std::sqrt(sum);
    };
    for (const std::vector<double>& column : moves(plan, matrices, false)) {
      std::vector<double> rest = beyond(column);
      const double length = norm(rest);
      if (length < 1e-6) continue;
      for (double& value : rest) value /= length;
      basis.push_back(rest);
    }
    for (const std::vector<double>& column : moves(plan, matrices, true)) {
      KRONCUT_CHECK(norm(beyond(column)) < 1e-6);
    }
  }
  // Three angles for each first gate, and behind each cx what does not go through it: two for each qubit.
  KRONCUT_CHECK(make_plan(testing::cx_ladder(4, {{0, 1}, {2, 3}, {1, 2}})).directions == 3 * 4 + 4 * 3);
}

KRONCUT_TEST(malformed_templates_are_refused) {
  const auto refused = [](const TemplateGate& gate, int qubits) {
    Template pattern;
    pattern.qubits = qubits;
    pattern.gates = {gate};
    KRONCUT_CHECK_THROWS(make_plan(pattern), ErrorCode::input);
  };
  refused(gate(GateKind::u3, {2}), 2);
  refused(gate(GateKind::u3, {-1}), 2);
  refused(gate(GateKind::u3, {0, 1}), 2);
  refused(gate(GateKind::cx, {0}), 2);
  refused(gate(GateKind::free, {1, 1}), 2);
  refused(gate(GateKind::u3, {0}), 0);
  refused(gate(GateKind::u3, {0}), 13);
  refused(gate(GateKind::constant, {0}), 2);
  TemplateGate skew = gate(GateKind::constant, {0});
  skew.matrix = {1, 0, 0, 2};
  refused(skew, 2);
  skew.matrix = {1, 0, 0, std::numeric_limits<double>::quiet_NaN()};
  refused(skew, 2);
  Template pattern;
  pattern.qubits = 1;
  pattern.gates = {gate(GateKind::u3, {0})};
  pattern.parameters = {0, 0};
  KRONCUT_CHECK_THROWS(make_plan(pattern), ErrorCode::input);
  pattern.parameters = {0, 0, std::numeric_limits<double>::infinity()};
  KRONCUT_CHECK_THROWS(make_plan(pattern), ErrorCode::input);
}

KRONCUT_TEST(targets_that_are_not_unitary_are_refused) {
  Target target = testing::toffoli();
  check_target(target, 3);
  KRONCUT_CHECK_THROWS(check_target(target, 2), ErrorCode::input);
  target.values[9] = 1.001;
  KRONCUT_CHECK_THROWS(check_target(target, 3), ErrorCode::input);
  target.values[9] = std::numeric_limits<double>::quiet_NaN();
  KRONCUT_CHECK_THROWS(check_target(target, 3), ErrorCode::input);
  Target state{1, TargetKind::state, {Complex(0.6), Complex(0, 0.8)}};
  check_target(state, 1);
  state.values[0] = 0.7;
  KRONCUT_CHECK_THROWS(check_target(state, 1), ErrorCode::input);
  Target large{7, TargetKind::unitary, std::vector<Complex>(std::size_t{1} << 14)};
  for (std::size_t i = 0; i < 128; ++i) large.values[129 * i] = 1;
  check_target(large, 7);
  large.values[5] = 1e-3;
  KRONCUT_CHECK_THROWS(check_target(large, 7), ErrorCode::input);
}

}  // namespace
}  // namespace kroncut::synthesize
