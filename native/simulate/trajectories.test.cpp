#include "simulate/trajectories.hpp"

#include <cmath>

#include "core/testing.hpp"
#include "simulate/density.hpp"
#include "simulate/draw.hpp"
#include "simulate/noisy_circuits.hpp"

namespace kroncut {
namespace {

std::vector<DrawnSubexperiment> all_of(const NoisyProgram& program, std::uint64_t shots) {
  std::vector<DrawnSubexperiment> result;
  for (const auto& settings : reference::choices_of(program)) {
    result.push_back({settings, shots, 1000 + result.size()});
  }
  return result;
}

std::vector<DrawnCounts> drawn(const NoisyProgram& program, std::uint64_t shots, int threads) {
  Control control;
  return draw_trajectories(program, all_of(program, shots), threads, control);
}

/// Pearson's statistic over outcomes that are expected often enough, less its degrees of freedom, in standard
/// deviations of that.
double deviation(const std::vector<double>& frequencies, const DrawnCounts& counts, std::uint64_t shots) {
  std::vector<double> seen(frequencies.size(), 0.0);
  for (const auto& [outcome, count] : counts) seen[outcome] += static_cast<double>(count);
  double sum = 0;
  double cells = 0;
  for (std::size_t k = 0; k < frequencies.size(); ++k) {
    const double expected = frequencies[k] * static_cast<double>(shots);
    if (expected < 5) continue;
    sum += (seen[k] - expected) * (seen[k] - expected) / expected;
    cells += 1;
  }
  return (sum - cells) / std::sqrt(2 * std::max(1.0, cells));
}

}  // namespace

KRONCUT_TEST(trajectories_have_the_frequencies_of_density_matrices) {
  for (const double strength : {0.0, 0.05, 0.3}) {
    reference::NoisyRandom random(21);
    const NoisyProgram program = random.program(4, strength);
    std::vector<double> all(frequencies_size(program));
    Control control;
    density_frequencies(program, 1, all, control);
    for (const std::uint64_t shots : {std::uint64_t{20}, std::uint64_t{5000}}) {
      const auto subexperiments = all_of(program, shots);
      const auto counts = drawn(program, shots, 2);
      double sum = 0;
      for (std::size_t i = 0; i < subexperiments.size(); ++i) {
        std::uint64_t total = 0;
        for (const auto& [outcome, count] : counts[i]) total += count;
        KRONCUT_CHECK(total == shots);
        const double own =
            deviation(reference::frequencies_in(program, all, subexperiments[i].settings), counts[i], shots);
        KRONCUT_CHECK(own < 6);
        sum += own;
      }
      KRONCUT_CHECK(std::abs(sum) / std::sqrt(static_cast<double>(counts.size())) < 4.5);
    }
  }
}

KRONCUT_TEST(trajectories_are_independent_shot_by_shot) {
  // A bit flip of probability 1/4: the number of flips in N shots has the variance of N independent ones.
  NoisyProgram program;
  program.qubits = 1;
  program.outcomes = {0};
  program.items = {{-1, 0, {{NoisyStep::Kind::depolarizing, {0, -1, {}}, {0.5, 0}}}}};
  constexpr std::uint64_t shots = 400;
  constexpr int draws = 3000;
  std::vector<DrawnSubexperiment> each;
  for (int k = 0; k < draws; ++k) each.push_back({{}, shots, static_cast<std::uint64_t>(k)});
  Control control;
  double mean = 0;
  double second = 0;
  for (const DrawnCounts& counts : draw_trajectories(program, each, 2, control)) {
    double ones = 0;
    for (const auto& [outcome, count] : counts) ones += outcome == 1 ? static_cast<double>(count) : 0;
    mean += ones / draws;
    second += ones * ones / draws;
  }
  KRONCUT_CHECK_NEAR(mean, 100, 0.8);
  KRONCUT_CHECK_NEAR(second - mean * mean, 75, 8);
}

KRONCUT_TEST(trajectories_are_the_same_for_any_number_of_threads) {
  reference::NoisyRandom random(22);
  NoisyProgram program;
  program.qubits = 15;
  for (int qubit = 0; qubit < 15; ++qubit) program.outcomes.push_back(qubit);
  program.items = {{-1, 0, random.steps(15, 12, 0.02)}};
  Control control;
  const std::vector<DrawnSubexperiment> one{{{}, 200, 3}};
  const std::vector<DrawnSubexperiment> many(4, one[0]);
  const auto alone = draw_trajectories(program, one, 1, control);
  KRONCUT_CHECK(alone == draw_trajectories(program, one, 3, control));
  for (const auto& counts : draw_trajectories(program, many, 3, control)) KRONCUT_CHECK(counts == alone[0]);
}

KRONCUT_TEST(trajectories_refuse_what_is_not_there_and_stop_when_cancelled) {
  reference::NoisyRandom random(23);
  const NoisyProgram program = random.program(4, 0.1);
  Control control;
  const std::vector<DrawnSubexperiment> few{{{0}, 5, 1}};
  KRONCUT_CHECK_THROWS(static_cast<void>(draw_trajectories(program, few, 1, control)), ErrorCode::input);
  const std::vector<DrawnSubexperiment> absent{{{0, 0, 7, 0, 0}, 5, 1}};
  KRONCUT_CHECK_THROWS(static_cast<void>(draw_trajectories(program, absent, 1, control)), ErrorCode::input);
  control.cancel();
  KRONCUT_CHECK_THROWS(static_cast<void>(draw_trajectories(program, all_of(program, 5), 1, control)),
                       ErrorCode::cancelled);
}

KRONCUT_TEST(binomial_numbers_have_their_mean_and_variance) {
  RandomStream random(5);
  for (const std::uint64_t trials : {std::uint64_t{1}, std::uint64_t{30}, std::uint64_t{1000000}}) {
    for (const double probability : {1e-5, 0.1, 0.5, 0.97}) {
      constexpr int draws = 20000;
      double mean = 0;
      double second = 0;
      const double expected = static_cast<double>(trials) * probability;
      for (int k = 0; k < draws; ++k) {
        const double value = static_cast<double>(random.binomial(trials, probability)) - expected;
        mean += value / draws;
        second += value * value / draws;
      }
      const double variance = expected * (1 - probability);
      KRONCUT_CHECK(std::abs(mean) < 5 * std::sqrt(variance / draws) + 1e-9);
      KRONCUT_CHECK(std::abs(second - variance) < 0.1 * variance + 5 * std::sqrt(variance / draws));
    }
  }
}

}  // namespace kroncut
