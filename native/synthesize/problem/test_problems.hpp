#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "synthesize/problem/linear.hpp"
#include "synthesize/problem/starts.hpp"

/// Templates and targets that several tests share.
namespace kroncut::synthesize::testing {

using Pairs = std::vector<std::pair<int, int>>;

inline TemplateGate gate(GateKind kind, std::initializer_list<int> qubits) {
  TemplateGate result;
  result.kind = kind;
  result.arity = static_cast<int>(qubits.size());
  std::size_t place = 0;
  for (const int qubit : qubits) result.qubits[place++] = qubit;
  return result;
}

inline TemplateGate constant(std::initializer_list<int> qubits, Random& random) {
  TemplateGate result = gate(GateKind::constant, qubits);
  result.matrix.resize(std::size_t{1} << (2 * qubits.size()));
  haar_unitary(1 << qubits.size(), random, result.matrix.data());
  return result;
}

/// Toffoli with target qubit 2; the two controls and the target are equivalent up to one-qubit gates.
inline Target toffoli() {
  Target target{3, TargetKind::unitary, std::vector<Complex>(64)};
  for (std::size_t column = 0; column < 8; ++column) {
    const std::size_t row = (column & 3) == 3 ? column ^ 4 : column;
    target.values[row * 8 + column] = 1;
  }
  return target;
}

inline Template two_qubit_unitaries(const Pairs& pairs) {
  Template result;
  result.qubits = 3;
  for (const auto& [a, b] : pairs) result.gates.push_back(gate(GateKind::free, {a, b}));
  return result;
}

/// One-qubit gates on every qubit, then around each cx.
inline Template cx_ladder(int qubits, const Pairs& pairs) {
  Template result;
  result.qubits = qubits;
  for (int q = 0; q < qubits; ++q) result.gates.push_back(gate(GateKind::u3, {q}));
  for (const auto& [a, b] : pairs) {
    result.gates.push_back(gate(GateKind::cx, {a, b}));
    result.gates.push_back(gate(GateKind::u3, {a}));
    result.gates.push_back(gate(GateKind::u3, {b}));
  }
  return result;
}

/// A gate of every kind, on qubits in every order.
inline Template every_kind(Random& random) {
  Template result;
  result.qubits = 4;
  result.gates = {gate(GateKind::u3, {0}),         gate(GateKind::u3, {2}),     gate(GateKind::cx, {2, 0}),
                  gate(GateKind::free, {3, 1}),    constant({2, 0, 3}, random), gate(GateKind::rx, {1}),
                  gate(GateKind::ry, {2}),         gate(GateKind::rz, {3}),     gate(GateKind::cz, {1, 2}),
                  gate(GateKind::rxx, {3, 0}),     constant({2}, random),       gate(GateKind::ryy, {0, 2}),
                  gate(GateKind::free, {2, 0, 1}), constant({1, 0}, random),    gate(GateKind::rzz, {2, 1}),
                  gate(GateKind::free, {3}),       gate(GateKind::cx, {0, 1})};
  return result;
}

/// What the template is with random values.
inline Target random_target(const Template& pattern, TargetKind kind, Random& random) {
  const Plan plan = make_plan(pattern);
  const Matrices matrices = random_start(plan, random);
  return {pattern.qubits, kind,
          kind == TargetKind::state ? composite_state(plan, matrices) : composite(plan, matrices)};
}

}  // namespace kroncut::synthesize::testing
