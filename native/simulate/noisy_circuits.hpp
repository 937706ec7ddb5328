#pragma once

#include "simulate/noisy_reference.hpp"

/// Circuits with noise and cut ends of every kind, for the tests.
namespace kroncut::reference {

class NoisyRandom {
 public:
  explicit NoisyRandom(unsigned seed) : random_(seed) {}

  /// Steps on qubits below `qubits`: gates, and noise after each of them.
  std::vector<NoisyStep> steps(int qubits, int gates, double strength) {
    std::vector<NoisyStep> result;
    for (const GateOperation& gate : random_.program(qubits, gates).gates) add(result, gate, strength);
    return result;
  }

  std::vector<NoisyStep> turn(int qubit, double strength) {
    std::vector<NoisyStep> result;
    add(result, Random::gate(qubit, -1, random_.haar(2)), strength);
    return result;
  }

  static NoisyStep measured(int qubit) { return {NoisyStep::Kind::measure, {qubit, -1, {}}, {}}; }

  /// On `qubits` qubits, the last of which is an ancilla: a prepared wire on qubit 0, an end in the middle
  /// that measures or not, one with two places that uses the ancilla or not, and two wires measured at the
  /// end.
  NoisyProgram program(int qubits, double strength) {
    const int own = qubits - 1;
    NoisyProgram result;
    result.qubits = qubits;
    result.items = {
        {0, 0, {}}, {-1, 0, steps(own, 4, strength)}, {2, 0, {}}, {-1, 0, steps(own, 3, strength)},
        {1, 0, {}}, {-1, 0, steps(own, 3, strength)}, {2, 1, {}}, {3, 0, {}},
        {4, 0, {}}};
    result.trailing = 2;
    result.ends.resize(5);
    for (int k = 0; k < 2; ++k) result.ends[0].push_back({{turn(0, strength)}, -1});
    std::vector<NoisyStep> middle = turn(1, strength);
    middle.push_back(measured(1));
    for (const NoisyStep& step : turn(1, strength)) middle.push_back(step);
    result.ends[1] = {{{middle}, -1}, {{turn(1, strength)}, -1}};
    std::vector<NoisyStep> coupled;
    add(coupled, random_.two_qubit(own, 0), strength);
    result.ends[2] = {{{turn(0, strength), {}}, -1}, {{coupled, turn(own, strength)}, own}};
    for (const int qubit : {0, 2}) {
      for (int k = 0; k < (qubit == 0 ? 2 : 1); ++k) {
        result.ends[qubit == 0 ? 3 : 4].push_back({{turn(qubit, strength)}, qubit});
      }
    }
    for (int qubit = own - 1; qubit >= 0; --qubit) {
      if (qubit != 0 && qubit != 2) result.outcomes.push_back(qubit);
    }
    return result;
  }

  Random& random() { return random_; }

 private:
  void add(std::vector<NoisyStep>& steps, const GateOperation& gate, double strength) {
    steps.push_back({NoisyStep::Kind::map, gate, {}});
    if (strength == 0) return;
    steps.push_back({NoisyStep::Kind::depolarizing, gate, {strength, 0}});
    for (const int qubit : {gate.first, gate.second}) {
      if (qubit < 0) continue;
      steps.push_back({NoisyStep::Kind::damping, {qubit, -1, {}}, {strength / 2, strength / 3}});
    }
  }

  Random random_;
};

/// All choices of settings, the last end's first.
inline std::vector<std::vector<int>> choices_of(const NoisyProgram& program) {
  std::vector<std::vector<int>> result{{}};
  for (const auto& settings : program.ends) {
    std::vector<std::vector<int>> next;
    for (const auto& before : result) {
      for (std::size_t setting = 0; setting < settings.size(); ++setting) {
        next.push_back(before);
        next.back().push_back(static_cast<int>(setting));
      }
    }
    result = next;
  }
  return result;
}

/// Frequencies of one subexperiment in the result of `density_frequencies`.
inline std::vector<double> frequencies_in(const NoisyProgram& program, const std::vector<double>& all,
                                          const std::vector<int>& settings) {
  const std::size_t inner = std::size_t{1} << program.outcomes.size();
  std::vector<std::size_t> places{0};
  for (std::size_t end = 0; end < program.ends.size(); ++end) {
    std::size_t row = 0;
    for (int k = 0; k < settings[end]; ++k) {
      row += static_cast<std::size_t>(program.ends[end][static_cast<std::size_t>(k)].rows());
    }
    const int rows = program.ends[end][static_cast<std::size_t>(settings[end])].rows();
    std::vector<std::size_t> next;
    for (int bit = 0; bit < rows; ++bit) {
      for (const std::size_t place : places) {
        next.push_back(place * program.rows(end) + row + static_cast<std::size_t>(bit));
      }
    }
    places = next;
  }
  std::vector<double> result;
  for (const std::size_t place : places) {
    for (std::size_t k = 0; k < inner; ++k) result.push_back(all[place * inner + k]);
  }
  return result;
}

}  // namespace kroncut::reference
