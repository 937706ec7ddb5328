#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "simulate/program.hpp"

/// Random gates and subcircuits for the tests of this folder.
namespace kroncut::cuda {

using Amplitude = std::complex<double>;
using Random = std::mt19937_64;

inline double uniform(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

inline int pick(Random& random, int count) {
  return std::uniform_int_distribution<int>(0, count - 1)(random);
}

inline Amplitude random_phase(Random& random) {
  return std::polar(1.0, uniform(random, -std::numbers::pi, std::numbers::pi));
}

/// A generic 2x2 unitary, row-major.
inline std::array<Amplitude, 4> random_unitary(Random& random) {
  const double angle = uniform(random, 0, std::numbers::pi);
  const Amplitude a = std::cos(angle) * random_phase(random);
  const Amplitude b = std::sin(angle) * random_phase(random);
  const Amplitude phase = random_phase(random);
  return {a, b, -phase * std::conj(b), phase * std::conj(a)};
}

/// A gate of any of the forms that the device tells apart: generic, controlled, diagonal on all or part.
inline GateOperation random_gate(Random& random, int qubits) {
  GateOperation gate;
  gate.first = pick(random, qubits);
  const int form = pick(random, qubits > 1 ? 8 : 3);
  const auto u = random_unitary(random);
  if (form < 3) {
    if (form == 0) std::copy(u.begin(), u.end(), gate.matrix.begin());
    if (form == 1) gate.matrix = {random_phase(random), 0, 0, random_phase(random)};
    if (form == 2) gate.matrix = {1, 0, 0, random_phase(random)};
    return gate;
  }
  gate.second = (gate.first + 1 + pick(random, qubits - 1)) % qubits;
  if (form == 3) {  // control: first, target: second
    gate.matrix = {1, 0, 0, 0, 0, u[0], 0, u[1], 0, 0, 1, 0, 0, u[2], 0, u[3]};
  } else if (form == 4) {  // control: second, target: first
    gate.matrix = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, u[0], u[1], 0, 0, u[2], u[3]};
  } else if (form == 5) {
    for (std::size_t k = 0; k < 4; ++k) gate.matrix[5 * k] = random_phase(random);
  } else if (form == 6) {
    for (std::size_t k = 0; k < 4; ++k) gate.matrix[5 * k] = 1;
    gate.matrix[5 * (pick(random, 2) == 0 ? 1 : 3)] = random_phase(random);
    gate.matrix[15] = random_phase(random);
  } else {  // (v on second)(swap-like phase mix)(u on first): entangling and without zeros
    const auto v = random_unitary(random);
    const Amplitude twist = random_phase(random);
    for (std::size_t row = 0; row < 4; ++row) {
      for (std::size_t column = 0; column < 4; ++column) {
        Amplitude sum = 0;
        for (std::size_t k = 0; k < 4; ++k) {
          const Amplitude left = u[2 * (row & 1) + (k & 1)] * v[2 * (row >> 1) + (k >> 1)];
          const Amplitude right = v[2 * (k & 1) + (column & 1)] * u[2 * (k >> 1) + (column >> 1)];
          sum += left * (k == 3 ? twist : Amplitude(1)) * right;
        }
        gate.matrix[4 * row + column] = sum;
      }
    }
  }
  return gate;
}

inline GateProgram random_program(Random& random, int qubits, int gates) {
  GateProgram program;
  program.qubits = qubits;
  for (int gate = 0; gate < gates; ++gate) program.gates.push_back(random_gate(random, qubits));
  return program;
}

/// A subcircuit whose cut ends and outcomes are random qubits in random order; the rest is traced out. Some
/// of the `outputs` are mirrored legs.
inline SubcircuitProgram random_subcircuit(Random& random, int qubits, int inputs, int outputs,
                                           int outcomes) {
  SubcircuitProgram program;
  program.circuit = random_program(random, qubits, 6 * qubits);
  std::vector<int> order(static_cast<std::size_t>(qubits));
  for (int qubit = 0; qubit < qubits; ++qubit) order[static_cast<std::size_t>(qubit)] = qubit;
  std::shuffle(order.begin(), order.end(), random);
  program.inputs.assign(order.begin(), order.begin() + inputs);
  std::shuffle(order.begin(), order.end(), random);
  const int mirrored = pick(random, outputs + 1);
  program.mirrored.assign(order.begin(), order.begin() + mirrored);
  program.outputs.assign(order.begin() + mirrored, order.begin() + outputs);
  program.outcomes.assign(order.begin() + outputs, order.begin() + outputs + outcomes);
  return program;
}

}  // namespace kroncut::cuda
