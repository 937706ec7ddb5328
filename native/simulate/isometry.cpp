#include "simulate/isometry.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "simulate/fuse.hpp"
#include "simulate/pauli_stage.hpp"
#include "simulate/state.hpp"

namespace kroncut {
namespace {

/// Where each qubit lies in the index of the evolved state: outcomes lowest, so that the last stage works on
/// whole vectors of outcomes, then traced qubits, then the cut legs, outputs lowest and inputs highest. The
/// bits of the inputs' basis states are not qubits: no gate acts on them.
struct Placement {
  explicit Placement(const SubcircuitProgram& program) {
    const int qubits = program.circuit.qubits;
    layout.outcomes = static_cast<int>(program.outcomes.size());
    basis_bits = static_cast<int>(program.inputs.size());
    layout.inputs = basis_bits + static_cast<int>(program.mirrored.size());
    layout.legs = static_cast<int>(program.legs());
    layout.traced = qubits - layout.outcomes - (layout.legs - basis_bits);
    bits = qubits + basis_bits;
    constexpr int most_bits = 48;
    if (bits > most_bits) {
      throw Error(ErrorCode::memory, "a state of " + std::to_string(qubits) + " qubits with " +
                                         std::to_string(basis_bits) + " cut inputs fits no memory");
    }
    bit_of.assign(static_cast<std::size_t>(qubits), -1);
    int next = 0;
    for (const int qubit : program.outcomes) bit_of[static_cast<std::size_t>(qubit)] = next++;
    int leg = qubits;
    for (const int qubit : program.mirrored) bit_of[static_cast<std::size_t>(qubit)] = --leg;
    for (const int qubit : program.outputs) bit_of[static_cast<std::size_t>(qubit)] = --leg;
    for (auto& bit : bit_of) {
      if (bit < 0) bit = next++;
    }
    // Leg 0 is the highest digit of the tensor's index, and so is input 0 of the state's.
    for (int input = 0; input < basis_bits; ++input) input_bit.push_back(bits - 1 - input);
  }

  LegLayout layout;
  int bits = 0;
  int basis_bits = 0;
  std::vector<int> bit_of;
  std::vector<int> input_bit;
};

template <class Real>
std::uint64_t memory_for(const Placement& placement, std::size_t strings, int threads) {
  return State<Real>::bytes(placement.bits) + State<Real>::apply_bytes(placement.bits, threads) +
         PauliPlan(placement.layout, strings).bytes(placement.layout, threads);
}

/// Strings in terms of the traced bits.
std::vector<TracedString> place(std::span<const PauliString> strings, const Placement& placement) {
  std::vector<TracedString> placed;
  for (const PauliString& string : strings) {
    TracedString& to = placed.emplace_back();
    for (const auto& [qubit, pauli] : string) {
      const int bit = placement.bit_of[static_cast<std::size_t>(qubit)] - placement.layout.outcomes;
      const std::size_t mask = std::size_t{1} << bit;
      if (pauli == '0' || pauli == '1') {
        to.fixed |= mask;
        if (pauli == '1') to.values |= mask;
        continue;
      }
      if (pauli != 'Z') to.flips |= mask;
      if (pauli != 'X') to.signs |= mask;
      if (pauli == 'Y') ++to.ys;
    }
  }
  return placed;
}

bool have_outcomes(std::span<const TracedString> strings) {
  return std::any_of(strings.begin(), strings.end(), [](const TracedString& s) { return s.fixed != 0; });
}

/// What finding the components advances a control by.
std::uint64_t components_work(const LegLayout& layout, std::span<const TracedString> strings) {
  if (!have_outcomes(strings)) return PauliPlan(layout, strings.size()).work(layout);
  std::uint64_t work = 0;
  for (const TracedString& string : strings) {
    LegLayout left = layout;
    left.traced -= std::popcount(string.fixed);
    work += PauliPlan(left, 1).work(left);
  }
  return work;
}

/// Those of strings with outcomes are found one by one, from the amplitudes that have these outcomes.
template <class Real>
void components(const State<Real>& state, const LegLayout& layout, std::span<const TracedString> strings,
                int threads, std::span<double> out, Control& control, SimdLevel level) {
  if (!have_outcomes(strings)) {
    pauli_components(state, layout, strings, threads, out, control, level);
    return;
  }
  const std::size_t size = out.size() / strings.size();
  for (std::size_t k = 0; k < strings.size(); ++k) {
    control.check();
    TracedString string = strings[k];
    LegLayout left = layout;
    const State<Real> chosen = with_outcomes(state, left, string, level);
    pauli_components(chosen, left, std::span<const TracedString>(&string, 1), threads,
                     out.subspan(k * size, size), control, level);
  }
}

template <class Real>
void evaluate(const SubcircuitProgram& program, std::span<const PauliString> strings, int threads,
              std::span<double> out, Control& control, SimdLevel level) {
  const Placement placement(program);
  // The space for the result is fresh memory as a rule, not yet counted as used.
  require_memory(memory_for<Real>(placement, strings.size(), threads) + out.size_bytes(),
                 "simulating " + std::to_string(program.circuit.qubits) + " qubits with " +
                     std::to_string(program.inputs.size()) + " cut inputs");
  std::vector<GateOperation> gates = fuse(program.circuit, &control);
  for (auto& gate : gates) {
    gate.first = placement.bit_of[static_cast<std::size_t>(gate.first)];
    if (gate.second >= 0) gate.second = placement.bit_of[static_cast<std::size_t>(gate.second)];
  }
  const std::vector<TracedString> placed = place(strings, placement);
  control.expect((std::uint64_t{gates.size()} << placement.bits) + components_work(placement.layout, placed));
  State<Real> state(placement.bits, threads, level);
  for (std::size_t basis = 0; basis < std::size_t{1} << placement.basis_bits; ++basis) {
    std::size_t index = 0;
    for (std::size_t input = 0; input < program.inputs.size(); ++input) {
      const std::size_t bit = basis >> input & 1U;
      index |= bit << placement.input_bit[input];
      index |= bit << placement.bit_of[static_cast<std::size_t>(program.inputs[input])];
    }
    state.set(index, 1.0);
  }
  state.apply(gates, {.threads = threads}, control);
  components<Real>(state, placement.layout, placed, threads, out, control, level);
}

void evaluate(const SubcircuitProgram& program, std::span<const PauliString> strings, Precision precision,
              int threads, std::span<double> out, Control& control, SimdLevel level) {
  if (precision == Precision::single_precision) {
    evaluate<float>(program, strings, threads, out, control, level);
  } else {
    evaluate<double>(program, strings, threads, out, control, level);
  }
}

}  // namespace

std::uint64_t tensor_size(const SubcircuitProgram& program) {
  constexpr std::size_t most = 48;
  const std::size_t bits = 2 * program.legs() + program.outcomes.size();
  if (bits > most) {
    throw Error(ErrorCode::memory, "a subcircuit tensor of 2^" + std::to_string(bits) +
                                       " numbers fits no memory; cut the circuit elsewhere");
  }
  return std::uint64_t{1} << bits;
}

std::uint64_t isometry_memory(const SubcircuitProgram& program, Precision precision, int threads,
                              std::size_t strings) {
  validate(program);
  static_cast<void>(tensor_size(program));
  const Placement placement(program);
  return precision == Precision::single_precision ? memory_for<float>(placement, strings, threads)
                                                  : memory_for<double>(placement, strings, threads);
}

void isometry_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                     std::span<double> out, Control& control, SimdLevel level) {
  validate(program);
  if (out.size() != tensor_size(program)) {
    throw Error(ErrorCode::internal, "the space for a subcircuit tensor has the wrong size");
  }
  evaluate(program, {}, precision, threads, out, control, level);
}

void reduced_tensors(const SubcircuitProgram& program, std::span<const PauliString> strings,
                     Precision precision, int threads, std::span<double> out, Control& control,
                     SimdLevel level) {
  validate(program, strings);
  if (strings.empty() || out.size() != strings.size() * tensor_size(program)) {
    throw Error(ErrorCode::internal, "the space for reduced tensors has the wrong size");
  }
  evaluate(program, strings, precision, threads, out, control, level);
}

void outcome_probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                           int threads, std::span<double> out, Control& control) {
  const SubcircuitProgram whole{program, {}, {}, {}, {outcomes.begin(), outcomes.end()}};
  isometry_tensor(whole, precision, threads, out, control);
}

}  // namespace kroncut
