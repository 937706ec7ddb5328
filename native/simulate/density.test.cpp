#include "simulate/density.hpp"

#include <algorithm>

#include "core/aligned.hpp"
#include "core/testing.hpp"
#include "simulate/noisy_circuits.hpp"
#include "simulate/state.hpp"

namespace kroncut {
namespace {

std::vector<double> all_frequencies(const NoisyProgram& program, int threads) {
  std::vector<double> result(frequencies_size(program), -1.0);
  Control control;
  density_frequencies(program, threads, result, control);
  return result;
}

double error_of(const NoisyProgram& program) {
  const std::vector<double> all = all_frequencies(program, 2);
  double most = 0;
  for (const auto& settings : reference::choices_of(program)) {
    const auto expected = reference::noisy_frequencies(program, settings);
    const auto found = reference::frequencies_in(program, all, settings);
    KRONCUT_CHECK(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) most = std::max(most, std::abs(found[k] - expected[k]));
  }
  return most;
}

}  // namespace

KRONCUT_TEST(density_with_ends_of_every_kind_against_kraus_sums) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    for (const double strength : {0.0, 0.02, 0.4}) {
      reference::NoisyRandom random(seed);
      KRONCUT_CHECK_NEAR(error_of(random.program(4, strength)), 0, 1e-12);
    }
  }
}

KRONCUT_TEST(density_without_ends_against_kraus_sums) {
  for (const int qubits : {1, 2, 3, 4}) {
    reference::NoisyRandom random(40 + static_cast<unsigned>(qubits));
    NoisyProgram program;
    program.qubits = qubits;
    program.items = {{-1, 0, random.steps(qubits, 8, 0.1)}};
    for (int qubit = 0; qubit < qubits; ++qubit) program.outcomes.push_back(qubit);
    KRONCUT_CHECK_NEAR(error_of(program), 0, 1e-12);
  }
}

KRONCUT_TEST(density_is_the_same_for_any_number_of_threads_and_within_its_memory) {
  reference::NoisyRandom random(7);
  NoisyProgram program = random.program(4, 0.1);
  program.qubits = 9;
  program.items.push_back(program.items.back());
  program.items.back() = {-1, 0, random.steps(9, 10, 0.05)};
  // The last ends stay last.
  std::rotate(program.items.end() - 3, program.items.end() - 1, program.items.end());
  for (int qubit = 4; qubit < 9; ++qubit) program.outcomes.push_back(qubit);
  const auto one = all_frequencies(program, 1);
  // What the allocator adds to align large blocks, and gates made ready, count as held.
  constexpr std::uint64_t alignment = std::uint64_t{4} << 20;
  const AllocationLimit limit(density_memory(program, 3) + alignment);
  KRONCUT_CHECK(one == all_frequencies(program, 3));
  double sum = 0;
  for (const double value : one) sum += value;
  KRONCUT_CHECK_NEAR(sum, static_cast<double>(reference::choices_of(program).size()), 1e-9);
}

KRONCUT_TEST(density_refuses_what_is_no_program_and_stops_when_cancelled) {
  reference::NoisyRandom random(8);
  const NoisyProgram good = random.program(4, 0.1);
  std::vector<double> out(frequencies_size(good));
  Control control;
  NoisyProgram bad = good;
  bad.items.pop_back();
  KRONCUT_CHECK_THROWS(density_frequencies(bad, 1, out, control), ErrorCode::input);
  bad = good;
  bad.items[1].steps.push_back({NoisyStep::Kind::damping, {0, -1, {}}, {0.7, 0.7}});
  KRONCUT_CHECK_THROWS(density_frequencies(bad, 1, out, control), ErrorCode::input);
  bad = good;
  bad.outcomes.push_back(0);
  KRONCUT_CHECK_THROWS(density_frequencies(bad, 1, out, control), ErrorCode::input);
  control.cancel();
  KRONCUT_CHECK_THROWS(density_frequencies(good, 1, out, control), ErrorCode::cancelled);
}

}  // namespace kroncut
