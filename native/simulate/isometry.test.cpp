#include "simulate/isometry.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/aligned.hpp"
#include "core/testing.hpp"
#include "simulate/reference.hpp"

namespace kroncut {
namespace {

using reference::Complex;
using reference::MatrixC;

std::vector<double> tensor_of(const SubcircuitProgram& program, Precision precision, int threads,
                              SimdLevel level) {
  std::vector<double> out(tensor_size(program), -7.0);
  Control control;
  isometry_tensor(program, precision, threads, out, control, level);
  KRONCUT_CHECK(control.done() <= control.total());
  return out;
}

/// Every component by itself: prepare P/2 on each input and |0><0| elsewhere, apply U . U^dagger, and take
/// the trace with the Pauli of each output, the projector of each outcome and the string.
std::vector<double> slow_tensor(const SubcircuitProgram& program, const PauliString& string = {}) {
  const int qubits = program.circuit.qubits;
  const std::size_t size = std::size_t{1} << qubits;
  const std::size_t legs = program.legs();
  const std::size_t outcomes = std::size_t{1} << program.outcomes.size();
  const MatrixC u = reference::unitary(program.circuit);
  std::vector<double> result(tensor_size(program));
  for (std::size_t component = 0; component < std::size_t{1} << (2 * legs); ++component) {
    const auto digit = [&](std::size_t leg) {
      return static_cast<int>(component >> 2 * (legs - 1 - leg) & 3U);
    };
    MatrixC rho(size, reference::VectorC(size));
    for (std::size_t k = 0; k < size; ++k) {
      for (std::size_t l = 0; l < size; ++l) {
        Complex prepared = 1;
        std::size_t rest = size - 1;
        for (std::size_t leg = 0; leg < program.inputs.size(); ++leg) {
          const int q = program.inputs[leg];
          prepared *= 0.5 * reference::pauli(digit(leg))[k >> q & 1U][l >> q & 1U];
          rest &= ~(std::size_t{1} << q);
        }
        if ((k & rest) != 0 || (l & rest) != 0 || prepared == 0.0) continue;
        for (std::size_t i = 0; i < size; ++i) {
          for (std::size_t j = 0; j < size; ++j) rho[i][j] += u[i][k] * prepared * std::conj(u[j][l]);
        }
      }
    }
    std::vector<Complex> traces(outcomes);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        // <j| observable |i> rho(i, j)
        Complex value = 1;
        std::size_t same = size - 1;
        for (std::size_t leg = 0; leg < program.mirrored.size(); ++leg) {
          const int q = program.mirrored[leg];
          value *= 0.5 * reference::pauli(digit(program.inputs.size() + leg))[i >> q & 1U][j >> q & 1U];
          same &= ~(std::size_t{1} << q);
        }
        for (std::size_t leg = 0; leg < program.outputs.size(); ++leg) {
          const int q = program.outputs[leg];
          value *= reference::pauli(digit(legs - program.outputs.size() + leg))[j >> q & 1U][i >> q & 1U];
          same &= ~(std::size_t{1} << q);
        }
        for (const auto& [q, letter] : string) {
          same &= ~(std::size_t{1} << q);
          if (letter == '0' || letter == '1') {
            const std::size_t outcome = letter == '1' ? 1 : 0;
            if ((i >> q & 1U) != outcome || (j >> q & 1U) != outcome) value = 0;
            continue;
          }
          const int number = letter == 'X' ? 1 : letter == 'Y' ? 2 : 3;
          value *= reference::pauli(number)[j >> q & 1U][i >> q & 1U];
        }
        if ((i & same) != (j & same)) continue;
        std::size_t x = 0;
        for (std::size_t bit = 0; bit < program.outcomes.size(); ++bit) {
          x |= (i >> program.outcomes[bit] & 1U) << bit;
        }
        traces[x] += value * rho[i][j];
      }
    }
    for (std::size_t x = 0; x < outcomes; ++x) {
      KRONCUT_CHECK_NEAR(traces[x].imag(), 0, 1e-12);
      result[component * outcomes + x] = traces[x].real();
    }
  }
  return result;
}

SubcircuitProgram subcircuit(int qubits, std::vector<int> inputs, std::vector<int> outputs,
                             std::vector<int> outcomes, std::vector<GateOperation> gates = {}) {
  SubcircuitProgram program;
  program.circuit.qubits = qubits;
  program.circuit.gates = std::move(gates);
  program.inputs = std::move(inputs);
  program.outputs = std::move(outputs);
  program.outcomes = std::move(outcomes);
  return program;
}

SubcircuitProgram random_subcircuit(reference::Random& random, int qubits, std::size_t inputs,
                                    std::size_t outputs, std::size_t traced) {
  SubcircuitProgram program{random.program(qubits, 12), {}, {}, {}, {}};
  std::vector<int> order(static_cast<std::size_t>(qubits));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random.engine());
  program.inputs.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(inputs));
  std::shuffle(order.begin(), order.end(), random.engine());
  // Some of the outputs are mirrored legs.
  const auto mirrored = static_cast<std::ptrdiff_t>(random.engine()() % (outputs + 1));
  program.mirrored.assign(order.begin(), order.begin() + mirrored);
  program.outputs.assign(order.begin() + mirrored, order.begin() + static_cast<std::ptrdiff_t>(outputs));
  program.outcomes.assign(order.begin() + static_cast<std::ptrdiff_t>(outputs + traced), order.end());
  return program;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0 : 1e9;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) most = std::max(most, std::abs(a[k] - b[k]));
  return most;
}

}  // namespace

KRONCUT_TEST(isometry_matches_explicit_preparations_and_measurements) {
  reference::Random random(21);
  for (int qubits = 1; qubits <= 4; ++qubits) {
    const auto most = static_cast<std::size_t>(std::min(qubits, 3));
    for (std::size_t inputs = 0; inputs <= most; ++inputs) {
      for (std::size_t outputs = 0; outputs <= most; ++outputs) {
        for (std::size_t traced = 0; traced + outputs <= static_cast<std::size_t>(qubits); ++traced) {
          const auto program = random_subcircuit(random, qubits, inputs, outputs, traced);
          const auto expected = slow_tensor(program);
          for (const SimdLevel level : {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512}) {
            if (level > simd_level()) continue;
            const auto exact = tensor_of(program, Precision::double_precision, 1, level);
            KRONCUT_CHECK_NEAR(distance(exact, expected), 0, 1e-13);
            const auto single = tensor_of(program, Precision::single_precision, 2, level);
            KRONCUT_CHECK_NEAR(distance(single, expected), 0, 3e-6);
          }
        }
      }
    }
  }
}

KRONCUT_TEST(isometry_of_seven_qubits) {
  reference::Random random(22);
  for (const auto& [inputs, outputs, traced] :
       {std::array<std::size_t, 3>{2, 1, 0}, {1, 2, 1}, {0, 2, 2}, {2, 0, 4}}) {
    const auto program = random_subcircuit(random, 7, inputs, outputs, traced);
    const auto expected = slow_tensor(program);
    for (const int threads : {1, 4}) {
      const auto exact = tensor_of(program, Precision::double_precision, threads, simd_level());
      KRONCUT_CHECK_NEAR(distance(exact, expected), 0, 1e-13);
    }
  }
}

KRONCUT_TEST(isometry_of_bare_wires) {
  // A wire that enters and leaves without a gate: component (P, Q) is Tr(Q P / 2).
  const auto wire = subcircuit(1, {0}, {0}, {});
  const auto tensor = tensor_of(wire, Precision::double_precision, 1, simd_level());
  for (std::size_t p = 0; p < 4; ++p) {
    for (std::size_t q = 0; q < 4; ++q) KRONCUT_CHECK(tensor[4 * p + q] == (p == q ? 1.0 : 0.0));
  }
  // |0> leaves: I and Z are 1.
  const auto zero = tensor_of(subcircuit(1, {}, {0}, {}), Precision::single_precision, 1, simd_level());
  KRONCUT_CHECK((zero == std::vector<double>{1, 0, 0, 1}));
  const auto nothing = tensor_of(subcircuit(0, {}, {}, {}), Precision::double_precision, 1, simd_level());
  KRONCUT_CHECK((nothing == std::vector<double>{1}));
}

KRONCUT_TEST(isometry_is_the_same_for_any_number_of_threads) {
  reference::Random random(23);
  for (const auto& [qubits, inputs, outputs, traced] :
       {std::array<int, 4>{12, 2, 2, 0}, {13, 0, 0, 13}, {14, 0, 1, 12}, {12, 1, 2, 5}, {15, 0, 0, 0}}) {
    const auto program =
        random_subcircuit(random, qubits, static_cast<std::size_t>(inputs), static_cast<std::size_t>(outputs),
                          static_cast<std::size_t>(traced));
    const auto one = tensor_of(program, Precision::double_precision, 1, simd_level());
    for (const int threads : {2, 3}) {
      KRONCUT_CHECK(tensor_of(program, Precision::double_precision, threads, simd_level()) == one);
    }
    KRONCUT_CHECK_NEAR(distance(tensor_of(program, Precision::double_precision, 2, SimdLevel::portable), one),
                       0, 1e-13);
    // Row I...I is a probability distribution, halved once per mirrored leg.
    double sum = 0;
    for (std::size_t x = 0; x < std::size_t{1} << program.outcomes.size(); ++x) sum += one[x];
    KRONCUT_CHECK_NEAR(std::ldexp(sum, static_cast<int>(program.mirrored.size())), 1, 1e-12);
  }
}

KRONCUT_TEST(outcome_probabilities_follow_the_order_asked_for) {
  reference::Random random(24);
  const GateProgram program = random.program(5, 20);
  const auto u = reference::unitary(program);
  const std::vector<int> outcomes{3, 0, 4};
  std::vector<double> expected(8);
  for (std::size_t i = 0; i < 32; ++i) {
    std::size_t x = 0;
    for (std::size_t bit = 0; bit < 3; ++bit) x |= (i >> outcomes[bit] & 1U) << bit;
    expected[x] += std::norm(u[i][0]);
  }
  std::vector<double> actual(8);
  Control control;
  outcome_probabilities(program, outcomes, Precision::double_precision, 2, actual, control);
  KRONCUT_CHECK_NEAR(distance(actual, expected), 0, 1e-14);
}

KRONCUT_TEST(isometry_refuses_what_it_cannot_do) {
  Control control;
  std::vector<double> out(4);
  const auto run = [&](const SubcircuitProgram& program) {
    isometry_tensor(program, Precision::double_precision, 1, out, control);
    return 0;
  };
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {2}, {}, {0})), ErrorCode::input);
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {}, {0}, {0})), ErrorCode::input);
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {1, 1}, {}, {})), ErrorCode::input);
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {}, {}, {0, 1}, {GateOperation{1, 1, {}}})), ErrorCode::input);
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {}, {}, {0, 1}, {GateOperation{-1, 1, {}}})), ErrorCode::input);
  KRONCUT_CHECK_THROWS(run(subcircuit(46, {}, {}, {0, 1})), ErrorCode::memory);
  std::vector<int> many(40);
  std::iota(many.begin(), many.end(), 0);
  KRONCUT_CHECK_THROWS(run(subcircuit(40, many, {}, {})), ErrorCode::memory);
  KRONCUT_CHECK_THROWS(isometry_memory(subcircuit(40, many, {}, {}), Precision::single_precision, 1),
                       ErrorCode::memory);
  control.cancel();
  KRONCUT_CHECK_THROWS(run(subcircuit(2, {}, {}, {0, 1})), ErrorCode::cancelled);
}

KRONCUT_TEST(isometry_memory_counts_the_state_and_little_else) {
  const std::uint64_t bytes = isometry_memory(subcircuit(28, {}, {}, {}), Precision::single_precision, 2);
  KRONCUT_CHECK(bytes >= std::uint64_t{1} << 31);
  KRONCUT_CHECK(bytes < (std::uint64_t{1} << 31) + (std::uint64_t{1} << 24));
}

namespace {

/// Qubits that are neither legs nor outcomes.
std::vector<int> traced_qubits(const SubcircuitProgram& program) {
  std::vector<int> traced;
  for (int qubit = 0; qubit < program.circuit.qubits; ++qubit) {
    const auto in = [&](const std::vector<int>& list) {
      return std::ranges::find(list, qubit) != list.end();
    };
    if (!in(program.mirrored) && !in(program.outputs) && !in(program.outcomes)) traced.push_back(qubit);
  }
  return traced;
}

std::vector<PauliString> random_strings(reference::Random& random, const std::vector<int>& qubits,
                                        std::size_t count, std::string_view letters = "IXYZ") {
  std::vector<PauliString> strings(count);
  for (std::size_t i = 1; i < count; ++i) {
    for (const int qubit : qubits) {
      const auto number = random.engine()() % letters.size();
      if (number > 0) strings[i].push_back({qubit, letters[number]});
    }
  }
  return strings;
}

std::vector<double> reduced(const SubcircuitProgram& program, std::span<const PauliString> strings,
                            Precision precision, int threads, SimdLevel level = simd_level()) {
  std::vector<double> out(strings.size() * tensor_size(program), -7.0);
  Control control;
  reduced_tensors(program, strings, precision, threads, out, control, level);
  KRONCUT_CHECK(control.done() <= control.total());
  return out;
}

}  // namespace

KRONCUT_TEST(reduced_tensors_match_explicit_observables) {
  reference::Random random(31);
  for (int qubits = 1; qubits <= 4; ++qubits) {
    const auto most = static_cast<std::size_t>(std::min(qubits, 2));
    for (std::size_t inputs = 0; inputs <= most; ++inputs) {
      for (std::size_t outputs = 0; outputs <= most; ++outputs) {
        for (std::size_t traced = 0; traced + outputs <= static_cast<std::size_t>(qubits); ++traced) {
          const auto program = random_subcircuit(random, qubits, inputs, outputs, traced);
          auto strings = random_strings(random, traced_qubits(program), 4);
          // Every second program has outcomes among its strings.
          if (random.engine()() % 2 == 0) {
            const auto more = random_strings(random, traced_qubits(program), 4, "IXYZ01");
            strings.insert(strings.end(), more.begin(), more.end());
          }
          std::vector<double> expected;
          for (const PauliString& string : strings) {
            const auto values = slow_tensor(program, string);
            expected.insert(expected.end(), values.begin(), values.end());
          }
          for (const SimdLevel level : {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512}) {
            if (level > simd_level()) continue;
            const auto exact = reduced(program, strings, Precision::double_precision, 1, level);
            KRONCUT_CHECK_NEAR(distance(exact, expected), 0, 1e-13);
            const auto single = reduced(program, strings, Precision::single_precision, 2, level);
            KRONCUT_CHECK_NEAR(distance(single, expected), 0, 3e-6);
          }
        }
      }
    }
  }
}

KRONCUT_TEST(reduced_tensors_weigh_the_outcomes_of_the_whole_tensor) {
  // Strings that flip bits within a chunk and beyond it, beside outcomes read after a change of basis; and
  // legs whose components are found in pieces.
  reference::Random random(32);
  using namespace std::complex_literals;
  const double r = std::sqrt(0.5);
  for (const auto& [qubits, inputs, outputs] :
       {std::array<int, 3>{15, 1, 1}, {14, 2, 2}, {16, 0, 0}, {12, 0, 3}, {8, 4, 4}, {7, 5, 4}}) {
    auto program = random_subcircuit(random, qubits, static_cast<std::size_t>(inputs),
                                     static_cast<std::size_t>(outputs), 0);
    const std::vector<int> read = program.outcomes;
    program.outcomes.clear();
    const auto strings = random_strings(random, read, 3);
    const auto found = reduced(program, strings, Precision::double_precision, 2);
    for (std::size_t s = 0; s < strings.size(); ++s) {
      auto turned = program;
      turned.outcomes = read;
      std::size_t weighed = 0;
      for (const auto& [qubit, pauli] : strings[s]) {
        const auto bit = static_cast<std::size_t>(std::ranges::find(read, qubit) - read.begin());
        weighed |= std::size_t{1} << bit;
        if (pauli == 'Y') turned.circuit.gates.push_back({qubit, -1, {1, 0, 0, -1i}});
        if (pauli != 'Z') turned.circuit.gates.push_back({qubit, -1, {r, r, r, -r}});
      }
      const auto whole = tensor_of(turned, Precision::double_precision, 2, simd_level());
      const std::size_t size = tensor_size(program);
      const std::size_t outcomes = whole.size() / size;
      for (std::size_t k = 0; k < size; ++k) {
        double sum = 0;
        for (std::size_t x = 0; x < outcomes; ++x) {
          sum += (std::popcount(x & weighed) % 2 == 0 ? 1 : -1) * whole[k * outcomes + x];
        }
        KRONCUT_CHECK_NEAR(found[s * size + k], sum, 1e-12);
      }
    }
  }
}

KRONCUT_TEST(reduced_tensors_are_the_same_for_any_number_of_threads) {
  reference::Random random(33);
  for (const auto& [qubits, legs, count] :
       {std::array<int, 3>{16, 1, 1}, {12, 2, 300}, {10, 6, 2}, {11, 5, 40}}) {
    const auto program = random_subcircuit(random, qubits, 0, static_cast<std::size_t>(legs),
                                           static_cast<std::size_t>(qubits - legs));
    const auto strings = random_strings(random, traced_qubits(program), static_cast<std::size_t>(count));
    const auto one = reduced(program, strings, Precision::double_precision, 1);
    KRONCUT_CHECK(one == reduced(program, strings, Precision::double_precision, 2));
    KRONCUT_CHECK(one == reduced(program, strings, Precision::double_precision, 5));
    // Every string by itself has the value that it has among others, up to the order of its sums.
    const auto last = reduced(program, std::span(strings).last(1), Precision::double_precision, 2);
    const std::vector<double> among(one.end() - static_cast<std::ptrdiff_t>(last.size()), one.end());
    KRONCUT_CHECK_NEAR(distance(last, among), 0, 1e-13);
  }
}

KRONCUT_TEST(strings_that_flip_the_same_qubits_have_the_tensors_that_they_have_alone) {
  reference::Random random(35);
  for (const auto& [qubits, legs, count] :
       {std::array<int, 3>{14, 2, 11}, {8, 4, 19}, {9, 5, 9}, {15, 1, 2}, {12, 8, 9}}) {
    const auto program = random_subcircuit(random, qubits, 0, static_cast<std::size_t>(legs),
                                           static_cast<std::size_t>(qubits - legs));
    auto strings = random_strings(random, traced_qubits(program), static_cast<std::size_t>(count));
    // Some read Z and nothing else, and the others differ from the first one of its flips in signs alone.
    for (std::size_t i = 0; i < strings.size(); ++i) {
      for (auto& [qubit, pauli] : strings[i]) {
        if (i % 2 == 0) pauli = 'Z';
      }
      if (i % 4 != 3) continue;
      strings[i] = strings[i - 2];
      for (auto& [qubit, pauli] : strings[i]) {
        if (qubit % 2 == 0 && pauli == 'X') pauli = 'Y';
      }
    }
    const auto found = reduced(program, strings, Precision::double_precision, 3);
    KRONCUT_CHECK(found == reduced(program, strings, Precision::double_precision, 1));
    const std::size_t size = tensor_size(program);
    for (std::size_t s = 0; s < strings.size(); ++s) {
      const auto alone = reduced(program, std::span(strings).subspan(s, 1), Precision::double_precision, 1);
      const std::vector<double> among(found.begin() + static_cast<std::ptrdiff_t>(s * size),
                                      found.begin() + static_cast<std::ptrdiff_t>((s + 1) * size));
      KRONCUT_CHECK_NEAR(distance(alone, among), 0, 1e-13);
    }
  }
}

KRONCUT_TEST(reduced_tensors_take_the_memory_that_is_predicted) {
  // Of twenty qubits with four legs: the states, and little beside them.
  reference::Random random(34);
  const auto program = random_subcircuit(random, 20, 0, 4, 16);
  const std::uint64_t states = std::uint64_t{16} << 20;
  const std::uint64_t need = isometry_memory(program, Precision::double_precision, 2, 1);
  KRONCUT_CHECK(need > states);
  KRONCUT_CHECK(need < states + (std::uint64_t{3} << 20));
  const auto strings = random_strings(random, traced_qubits(program), 2);
  const std::size_t size = strings.size() * tensor_size(program);
  std::vector<double> out(size);
  Control control;
  // What the allocator adds to align large blocks counts as held.
  constexpr std::uint64_t alignment = std::uint64_t{4} << 20;
  const AllocationLimit limit(isometry_memory(program, Precision::double_precision, 2, strings.size()) +
                              alignment);
  reduced_tensors(program, strings, Precision::double_precision, 2, out, control);
  // Mirrored legs hold half of the trace.
  KRONCUT_CHECK_NEAR(out[0], std::ldexp(1.0, -static_cast<int>(program.mirrored.size())), 1e-12);
}

KRONCUT_TEST(reduced_tensors_refuse_strings_on_legs_and_outcomes) {
  Control control;
  std::vector<double> out(8);
  const auto check = [&](std::vector<PauliString> strings) {
    const auto program = subcircuit(3, {}, {0}, {1});
    KRONCUT_CHECK_THROWS(reduced_tensors(program, strings, Precision::double_precision, 1,
                                         std::span(out).first(8 * strings.size()), control),
                         ErrorCode::input);
  };
  check({{{0, 'Z'}}});
  check({{{1, 'X'}}});
  check({{{3, 'X'}}});
  check({{{2, 'Q'}}});
  check({{{2, 'X'}, {2, 'Y'}}});
}

}  // namespace kroncut
