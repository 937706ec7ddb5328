#include "simulate/state.hpp"

#include <algorithm>
#include <array>

#include "core/test_values.hpp"
#include "core/testing.hpp"
#include "simulate/reference.hpp"

namespace kroncut {
namespace {

/// Largest difference between the state after `gates` and the dense reference.
template <class Real>
double error_of(const GateProgram& program, const reference::VectorC& start, SimdLevel level,
                const ApplyOptions& options) {
  State<Real> state(program.qubits, options.threads, level);
  reference::VectorC expected = start;
  for (std::size_t k = 0; k < start.size(); ++k) state.set(k, start[k]);
  for (const auto& gate : program.gates) expected = reference::apply(gate, expected);
  Control control;
  state.apply(program.gates, options, control);
  double most = 0;
  for (std::size_t k = 0; k < start.size(); ++k) most = std::max(most, std::abs(state.get(k) - expected[k]));
  return most;
}

}  // namespace

KRONCUT_TEST(state_every_gate_shape_on_every_pair) {
  reference::Random random(11);
  for (const SimdLevel level : simd_levels()) {
    for (const int qubits : {1, 2, 3, 7}) {
      for (int first = 0; first < qubits; ++first) {
        for (int second = -1; second < qubits; ++second) {
          if (second == first) continue;
          GateProgram program{qubits, {}};
          for (int k = 0; k < 12; ++k) {
            program.gates.push_back(second < 0 ? random.one_qubit(first) : random.two_qubit(first, second));
          }
          const auto start = random.state(qubits);
          KRONCUT_CHECK_NEAR(error_of<double>(program, start, level, {}), 0, 1e-13);
          KRONCUT_CHECK_NEAR(error_of<float>(program, start, level, {}), 0, 1e-5);
        }
      }
    }
  }
}

KRONCUT_TEST(state_gates_that_move_amplitudes_together) {
  reference::Random random(13);
  constexpr std::array<std::array<int, 4>, 5> moves{
      {{0, 3, 2, 1}, {0, 1, 3, 2}, {0, 2, 1, 3}, {3, 0, 2, 1}, {2, 3, 0, 1}}};  // images of each value
  for (const SimdLevel level : simd_levels()) {
    for (int trial = 0; trial < 8; ++trial) {
      GateProgram program = random.program(9, 12);
      for (int k = 0; k < 60; ++k) {
        const int first = random.below(9);
        const int second = (first + 1 + random.below(8)) % 9;
        GateOperation gate{first, second, {}};
        const auto& move = moves[static_cast<std::size_t>(random.below(5))];
        for (std::size_t column = 0; column < 4; ++column) {
          gate.matrix[static_cast<std::size_t>(move[column]) * 4 + column] = 1.0;
        }
        program.gates.push_back(gate);
        if (k % 20 == 19) program.gates.push_back(random.one_qubit(first));
      }
      const auto start = random.state(9);
      for (const int block_bits : {6, 7}) {
        const ApplyOptions options{.threads = 1 + trial % 3, .block_bits = block_bits};
        KRONCUT_CHECK_NEAR(error_of<double>(program, start, level, options), 0, 1e-13);
        KRONCUT_CHECK_NEAR(error_of<float>(program, start, level, options), 0, 1e-5);
      }
    }
  }
}

KRONCUT_TEST(state_random_circuits_in_blocks_with_threads) {
  reference::Random random(12);
  for (const SimdLevel level : simd_levels()) {
    for (int trial = 0; trial < 6; ++trial) {
      const GateProgram program = random.program(8, 30);
      const auto start = random.state(8);
      for (const int block_bits : {5, 6, 7, 0}) {
        const ApplyOptions options{.threads = 1 + trial % 3, .block_bits = block_bits};
        KRONCUT_CHECK_NEAR(error_of<double>(program, start, level, options), 0, 1e-13);
        KRONCUT_CHECK_NEAR(error_of<float>(program, start, level, options), 0, 1e-5);
      }
      const ApplyOptions direct{.threads = 2, .cached = false};
      KRONCUT_CHECK_NEAR(error_of<double>(program, start, level, direct), 0, 1e-13);
    }
  }
}

KRONCUT_TEST(state_is_the_same_for_any_number_of_threads) {
  reference::Random random(13);
  const GateProgram program = random.program(17, 25);
  std::vector<std::vector<std::complex<double>>> results;
  for (const int threads : {1, 3}) {
    State<double> state(17, threads);
    state.set(5, 1.0);
    Control control;
    control.expect(25U << 17);
    state.apply(program.gates, {.threads = threads}, control);
    KRONCUT_CHECK(control.done() == control.total());
    std::vector<std::complex<double>> values;
    for (std::size_t k = 0; k < std::size_t{1} << 17; ++k) values.push_back(state.get(k));
    results.push_back(std::move(values));
  }
  KRONCUT_CHECK(results[0] == results[1]);
  // Large enough for several blocks and pieces; one pass per gate is the reference here.
  State<double> plain(17, 1, SimdLevel::portable);
  plain.set(5, 1.0);
  Control control;
  plain.apply(program.gates, {.cached = false}, control);
  double most = 0;
  for (std::size_t k = 0; k < results[0].size(); ++k) {
    most = std::max(most, std::abs(plain.get(k) - results[0][k]));
  }
  KRONCUT_CHECK_NEAR(most, 0, 1e-13);
}

KRONCUT_TEST(state_stops_when_cancelled) {
  reference::Random random(14);
  State<double> state(16);
  Control control;
  control.cancel();
  KRONCUT_CHECK_THROWS(state.apply(random.program(16, 3).gates, {}, control), ErrorCode::cancelled);
}

}  // namespace kroncut
