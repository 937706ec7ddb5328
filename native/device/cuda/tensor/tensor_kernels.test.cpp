#include <array>
#include <vector>

#include "core/error.hpp"
#include "core/testing.hpp"
#include "device/cuda/simulated/host_launch.hpp"
#include "device/cuda/simulated/random_programs.hpp"
#include "device/cuda/tensor/gate_task.hpp"
#include "device/cuda/tensor/tensor_plan.hpp"

namespace kroncut::cuda {
namespace {

/// One gate on a state vector, straight from the definition.
std::vector<Amplitude> reference_gate(const GateOperation& gate, const std::vector<Amplitude>& state) {
  std::vector<Amplitude> result(state.size());
  const std::size_t size = gate.second < 0 ? 2 : 4;
  for (std::size_t to = 0; to < state.size(); ++to) {
    for (std::size_t column = 0; column < size; ++column) {
      std::size_t row = (to >> gate.first) & 1;
      std::size_t from = (to & ~(std::size_t{1} << gate.first)) | ((column & 1) << gate.first);
      if (gate.second >= 0) {
        row |= ((to >> gate.second) & 1) << 1;
        from = (from & ~(std::size_t{1} << gate.second)) | ((column >> 1) << gate.second);
      }
      result[to] += gate.matrix[row * size + column] * state[from];
    }
  }
  return result;
}

constexpr std::array<std::array<Amplitude, 4>, 4> pauli_matrices{{
    {Amplitude(1), 0, 0, Amplitude(1)},
    {0, Amplitude(1), Amplitude(1), 0},
    {0, Amplitude(0, -1), Amplitude(0, 1), 0},
    {Amplitude(1), 0, 0, Amplitude(-1)},
}};

/// Entry (row, column) of a Pauli string; its legs are the last `count` base-4 digits of `digits`, leg 0
/// first, and bit l of row and column belongs to leg l.
Amplitude pauli_entry(std::size_t digits, int count, std::size_t row, std::size_t column) {
  Amplitude value = 1;
  for (int leg = 0; leg < count; ++leg) {
    const std::size_t digit = (digits >> (2 * (count - 1 - leg))) & 3;
    value *= pauli_matrices[digit][2 * ((row >> leg) & 1) + ((column >> leg) & 1)];
  }
  return value;
}

std::size_t spread(std::size_t value, const std::vector<int>& qubits) {
  std::size_t result = 0;
  for (std::size_t j = 0; j < qubits.size(); ++j) result |= ((value >> j) & 1) << qubits[j];
  return result;
}

/// The tensor by its definition: prepare every product of P/2, evolve, project on the outcome, trace with
/// every product of P.
std::vector<double> reference_tensor(const SubcircuitProgram& program) {
  const int inputs = static_cast<int>(program.inputs.size());
  std::vector<int> ends = program.mirrored;
  ends.insert(ends.end(), program.outputs.begin(), program.outputs.end());
  const int outputs = static_cast<int>(ends.size());
  const std::size_t input_states = std::size_t{1} << inputs;
  const std::size_t output_states = std::size_t{1} << outputs;
  const std::size_t outcome_states = std::size_t{1} << program.outcomes.size();
  const std::size_t size = std::size_t{1} << program.circuit.qubits;
  std::vector<std::vector<Amplitude>> evolved;
  for (std::size_t input = 0; input < input_states; ++input) {
    std::vector<Amplitude> state(size);
    state[spread(input, program.inputs)] = 1;
    for (const auto& gate : program.circuit.gates) state = reference_gate(gate, state);
    evolved.push_back(std::move(state));
  }
  std::size_t traced = size - 1;
  traced &= ~spread(output_states - 1, ends) & ~spread(outcome_states - 1, program.outcomes);
  const std::size_t output_paulis = output_states * output_states;
  std::vector<double> result(input_states * input_states * output_paulis * outcome_states);
  for (std::size_t index = 0; index < result.size(); ++index) {
    const std::size_t base = spread(index % outcome_states, program.outcomes);
    const std::size_t output_digits = index / outcome_states % output_paulis;
    const std::size_t input_digits = index / outcome_states / output_paulis;
    Amplitude sum = 0;
    for (std::size_t i = 0; i < input_states * input_states; ++i) {
      const std::size_t ket = i % input_states;
      const std::size_t bra = i / input_states;
      const Amplitude prepared =
          pauli_entry(input_digits, inputs, ket, bra) / static_cast<double>(input_states);
      if (prepared == Amplitude(0)) continue;
      for (std::size_t o = 0; o < output_states * output_states; ++o) {
        const std::size_t row = o % output_states;
        const std::size_t column = o / output_states;
        const Amplitude measured = pauli_entry(output_digits, outputs, row, column);
        if (measured == Amplitude(0)) continue;
        for (std::size_t t = 0; t < size; ++t) {
          if ((t & ~traced) != 0) continue;
          // Tr(P rho) = sum P[row][column] rho[column][row].
          sum += prepared * measured * evolved[ket][base | t | spread(column, ends)] *
                 std::conj(evolved[bra][base | t | spread(row, ends)]);
        }
      }
    }
    // A mirrored leg is for the transposed Pauli matrix, and Y alone changes its sign with that.
    for (std::size_t leg = 0; leg < program.mirrored.size(); ++leg) {
      const std::size_t digit = (output_digits >> (2 * (ends.size() - 1 - leg))) & 3;
      sum *= digit == 2 ? -0.5 : 0.5;
    }
    result[index] = sum.real();
  }
  return result;
}

/// The device's way, with `chunk_bits` outcome bits at a time.
template <class T>
std::vector<double> kernel_tensor(const SubcircuitProgram& program, int chunk_bits, int part_bits = -1) {
  TensorPlan plan = plan_tensor(program);
  if (part_bits >= 0) plan.task.part_bits = part_bits;
  HostLaunch launch;
  std::vector<Complex<T>> state(std::size_t{1} << plan.state_bits, Complex<T>{0, 0});
  launch.set_basis_inputs(plan.basis_inputs, state.data());
  for (const auto& gate : program.circuit.gates) {
    const auto task = make_gate_task<T>(gate, plan.basis_inputs.count);
    launch.gate(task, state.data(), gate_count(task, plan.state_bits));
  }
  const std::size_t rows = std::size_t{1} << (2 * plan.task.legs.count);
  std::vector<double> result(rows << plan.outcome_bits);
  for (std::size_t chunk = 0; chunk < std::size_t{1} << (plan.outcome_bits - chunk_bits); ++chunk) {
    const TensorTask task = plan.chunk(chunk_bits, chunk);
    std::vector<double> work(work_size(task));
    std::vector<double> part(result_size(task));
    tensor_chunk(launch, task, state.data(), work.data(), part.data());
    for (std::size_t e = 0; e < part.size(); ++e) {
      const std::size_t row = e >> chunk_bits;
      const std::size_t outcome = task.outcome_begin + (e & ((std::size_t{1} << chunk_bits) - 1));
      result[(row << plan.outcome_bits) + outcome] = part[e];
    }
  }
  return result;
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return 1e300;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

KRONCUT_TEST(cuda_gate_kernels_apply_every_form_of_gate) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const int qubits = 1 + pick(random, 5);
    const int low_bits = pick(random, 3);
    const GateOperation gate = random_gate(random, qubits);
    const std::size_t size = std::size_t{1} << (qubits + low_bits);
    std::vector<Amplitude> expected(size);
    std::vector<Complex<double>> state;
    for (auto& value : expected) {
      value = {uniform(random, -1, 1), uniform(random, -1, 1)};
      state.push_back({value.real(), value.imag()});
    }
    GateOperation shifted = gate;
    shifted.first += low_bits;
    if (gate.second >= 0) shifted.second += low_bits;
    expected = reference_gate(shifted, expected);
    const auto task = make_gate_task<double>(gate, low_bits);
    HostLaunch().gate(task, state.data(), gate_count(task, qubits + low_bits));
    for (std::size_t i = 0; i < size; ++i) {
      KRONCUT_CHECK_NEAR(state[i].re, expected[i].real(), 1e-14);
      KRONCUT_CHECK_NEAR(state[i].im, expected[i].imag(), 1e-14);
    }
  }
}

KRONCUT_TEST(cuda_gate_kernels_touch_only_what_a_gate_changes) {
  GateOperation cz{0, 2, {}};
  for (std::size_t k = 0; k < 4; ++k) cz.matrix[5 * k] = k == 3 ? -1 : 1;
  KRONCUT_CHECK(gate_count(make_gate_task<double>(cz, 0), 10) == 256);
  const GateOperation cx{3, 1, {1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0}};
  KRONCUT_CHECK(make_gate_task<double>(cx, 0).kind == GateKind::one_target);
  KRONCUT_CHECK(gate_count(make_gate_task<double>(cx, 0), 10) == 256);
  const GateOperation phase{4, -1, {1, 0, 0, Amplitude(0, 1)}};
  KRONCUT_CHECK(gate_count(make_gate_task<double>(phase, 0), 10) == 512);
  const GateOperation identity{4, -1, {1, 0, 0, 1}};
  KRONCUT_CHECK(gate_count(make_gate_task<double>(identity, 0), 10) == 0);
}

KRONCUT_TEST(cuda_tensor_kernels_match_the_definition) {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const int qubits = 1 + pick(random, 5);
    const int inputs = pick(random, std::min(qubits, 2) + 1);
    const int outputs = pick(random, std::min(qubits, 2) + 1);
    const int outcomes = pick(random, qubits - outputs + 1);
    const auto program = random_subcircuit(random, qubits, inputs, outputs, outcomes);
    const auto expected = reference_tensor(program);
    KRONCUT_CHECK_NEAR(difference(kernel_tensor<double>(program, outcomes), expected), 0, 1e-13);
    KRONCUT_CHECK_NEAR(difference(kernel_tensor<float>(program, pick(random, outcomes + 1)), expected), 0,
                       2e-5);
  }
}

KRONCUT_TEST(cuda_tensor_kernels_match_the_definition_on_many_legs) {
  Random random(3);
  for (const auto& [qubits, inputs, outputs, outcomes] :
       {std::array{4, 1, 3, 1}, std::array{4, 3, 1, 2}, std::array{4, 2, 3, 0}, std::array{4, 4, 0, 3}}) {
    const auto program = random_subcircuit(random, qubits, inputs, outputs, outcomes);
    KRONCUT_CHECK_NEAR(difference(kernel_tensor<double>(program, 0), reference_tensor(program)), 0, 1e-13);
  }
}

KRONCUT_TEST(cuda_tensor_chunks_and_parts_do_not_change_the_tensor) {
  Random random(4);
  const auto program = random_subcircuit(random, 7, 1, 1, 3);
  const auto expected = kernel_tensor<double>(program, 3, 0);
  for (int part_bits = 0; part_bits <= 3; ++part_bits) {
    const auto whole = kernel_tensor<double>(program, 3, part_bits);
    KRONCUT_CHECK_NEAR(difference(whole, expected), 0, 1e-14);
    // Chunks leave every value as it is, to the last bit.
    for (int chunk_bits = 0; chunk_bits < 3; ++chunk_bits) {
      KRONCUT_CHECK(kernel_tensor<double>(program, chunk_bits, part_bits) == whole);
    }
  }
}

KRONCUT_TEST(cuda_tensor_of_a_real_circuit_has_exact_zeros) {
  Random random(5);
  SubcircuitProgram program = random_subcircuit(random, 5, 1, 2, 2);
  for (auto& gate : program.circuit.gates) {
    const double angle = uniform(random, 0, 3);
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    gate.matrix = gate.second < 0
                      ? std::array<Amplitude, 16>{c, -s, s, c}
                      : std::array<Amplitude, 16>{1, 0, 0, 0, 0, c, 0, -s, 0, 0, 1, 0, 0, s, 0, c};
  }
  const auto tensor = kernel_tensor<double>(program, 2);
  std::size_t zeros = 0;
  for (std::size_t pauli = 0; pauli < 64; ++pauli) {
    int y = 0;
    for (int leg = 0; leg < 3; ++leg) y += ((pauli >> (2 * leg)) & 3) == 2 ? 1 : 0;
    if (y % 2 == 0) continue;
    for (std::size_t outcome = 0; outcome < 4; ++outcome) zeros += tensor[4 * pauli + outcome] == 0.0 ? 1 : 0;
  }
  // Pauli strings on three legs with an odd number of Y: 3 * 9 + 1.
  KRONCUT_CHECK(zeros == 28 * 4);
}

KRONCUT_TEST(cuda_tensor_plan_refuses_what_no_device_holds) {
  SubcircuitProgram program;
  program.circuit.qubits = 60;
  KRONCUT_CHECK_THROWS(plan_tensor(program), ErrorCode::memory);
}

}  // namespace
}  // namespace kroncut::cuda
