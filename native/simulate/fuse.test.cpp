#include "simulate/fuse.hpp"

#include <algorithm>
#include <cmath>

#include "core/testing.hpp"
#include "simulate/gate_matrix.hpp"
#include "simulate/reference.hpp"
#include "simulate/schedule.hpp"

namespace kroncut {
namespace {

double distance(const reference::MatrixC& a, const reference::MatrixC& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a.size(); ++j) most = std::max(most, std::abs(a[i][j] - b[i][j]));
  }
  return most;
}

}  // namespace

KRONCUT_TEST(fuse_keeps_the_unitary) {
  reference::Random random(1);
  for (int trial = 0; trial < 60; ++trial) {
    const GateProgram program = random.program(1 + trial % 5, 3 + trial % 30);
    const GateProgram fused{program.qubits, fuse(program)};
    KRONCUT_CHECK(fused.gates.size() <= program.gates.size());
    KRONCUT_CHECK_NEAR(distance(reference::unitary(program), reference::unitary(fused)), 0, 1e-13);
  }
}

KRONCUT_TEST(fuse_joins_neighbours) {
  reference::Random random(2);
  const auto one = [&](int q) { return random.gate(q, -1, random.haar(2)); };
  const auto two = [&](int a, int b) { return random.gate(a, b, random.haar(4)); };
  const auto count = [](int qubits, const std::vector<GateOperation>& gates) {
    return fuse({qubits, gates}).size();
  };
  KRONCUT_CHECK(count(1, {one(0), one(0), one(0)}) == 1);
  KRONCUT_CHECK(count(2, {one(0), one(1), two(0, 1), one(0), one(1), two(1, 0), one(1)}) == 1);
  KRONCUT_CHECK(count(3, {two(0, 1), two(1, 2), two(0, 1)}) == 3);
  const GateOperation cx = random.gate(0, 1, {{1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}});
  const GateOperation flipped = random.gate(1, 0, {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}});
  KRONCUT_CHECK(count(2, {cx, cx}) == 0);
  KRONCUT_CHECK(count(2, {cx, flipped}) == 0);
  const GateOperation cz = random.gate(0, 1, {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, -1}});
  KRONCUT_CHECK(count(2, {one(0), one(1), cz}) == 1);
  // A Hadamard gate is real and a controlled phase touches a quarter of the state: together they would be
  // complex everywhere.
  const GateOperation h =
      random.gate(0, -1, {{std::sqrt(0.5), std::sqrt(0.5)}, {std::sqrt(0.5), -std::sqrt(0.5)}});
  const GateOperation cp =
      random.gate(0, 1, {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, {0.6, 0.8}}});
  KRONCUT_CHECK(count(2, {h, cp}) == 2);
}

KRONCUT_TEST(gates_know_their_shape) {
  reference::Random random(3);
  GateOperation gate = random.gate(0, 1, {{1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}});
  KRONCUT_CHECK(is_diagonal_on(gate, 0));
  KRONCUT_CHECK(!is_diagonal_on(gate, 1));
  KRONCUT_CHECK(!is_identity(gate));
  gate = random.gate(0, -1, {{{1, 1e-17}, {-1e-17, 0}}, {0, 1.0 - 1e-16}});
  snap(gate);
  KRONCUT_CHECK(is_identity(gate));
  KRONCUT_CHECK(is_diagonal_on(gate, 0));
}

KRONCUT_TEST(schedule_keeps_the_unitary_and_the_block_size) {
  reference::Random random(4);
  for (int trial = 0; trial < 60; ++trial) {
    const GateProgram program = random.program(2 + trial % 4, 25);
    const int block_bits = 2 + trial % 3;
    const int low_bits = trial % 2;
    GateProgram ordered{program.qubits, {}};
    for (const Run& run : schedule(program.gates, program.qubits, block_bits, low_bits)) {
      KRONCUT_CHECK(static_cast<int>(run.active.size()) == std::min(block_bits, program.qubits));
      KRONCUT_CHECK(!run.gates.empty());
      for (int bit = 0; bit < std::min(low_bits, block_bits - 2); ++bit) {
        KRONCUT_CHECK(run.active[static_cast<std::size_t>(bit)] == bit);
      }
      for (const std::size_t index : run.gates) {
        const GateOperation& gate = program.gates[index];
        ordered.gates.push_back(gate);
        for (int bit = 0; bit < (gate.second < 0 ? 1 : 2); ++bit) {
          const bool active =
              std::find(run.active.begin(), run.active.end(), gate_qubit(gate, bit)) != run.active.end();
          KRONCUT_CHECK(active || is_diagonal_on(gate, bit));
        }
      }
    }
    KRONCUT_CHECK(ordered.gates.size() == program.gates.size());
    KRONCUT_CHECK_NEAR(distance(reference::unitary(program), reference::unitary(ordered)), 0, 1e-13);
  }
}

KRONCUT_TEST(schedule_lets_controls_lie_outside_a_block) {
  reference::Random random(5);
  std::vector<GateOperation> gates;
  for (int k = 2; k < 10; ++k) {
    gates.push_back(random.gate(k, 0, {{1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}}));
  }
  KRONCUT_CHECK(schedule(gates, 10, 2, 0).size() == 1);
}

}  // namespace kroncut
