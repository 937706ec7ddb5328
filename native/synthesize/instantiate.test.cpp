#include "synthesize/instantiate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/testing.hpp"
#include "synthesize/problem/test_problems.hpp"

namespace kroncut::synthesize {
namespace {

using testing::Pairs;

const Pairs toffoli_pairs = {{1, 2}, {0, 2}, {1, 2}, {0, 2}, {0, 1}};
constexpr std::array<Method, 4> methods = {Method::automatic, Method::qfactor, Method::lm,
                                           Method::qfactor_sample};

Options with(Method method, int starts) {
  Options options;
  options.method = method;
  options.multistarts = starts;
  options.threads = 2;
  return options;
}

double dense_distance(const Target& target, const Template& pattern, const Result& result) {
  const Plan plan = make_plan(pattern);
  return distance(target, plan, to_matrices(plan, result.parameters));
}

Result solve(const Target& target, const Template& pattern, const Options& options) {
  Control control;
  Result result = instantiate(target, pattern, options, control);
  KRONCUT_CHECK_NEAR(result.distance, dense_distance(target, pattern, result), 1e-14);
  KRONCUT_CHECK(result.success == (result.distance <= options.dist_tol));
  return result;
}

int successes(const Result& result, double tolerance) {
  return static_cast<int>(std::count_if(result.distances.begin(), result.distances.end(),
                                        [&](double distance) { return distance <= tolerance; }));
}

KRONCUT_TEST(toffoli_from_two_qubit_unitaries_in_any_order) {
  Pairs reversed;
  for (const auto& [a, b] : toffoli_pairs) reversed.emplace_back(b, a);
  for (const Method method : methods) {
    for (const Pairs& pairs : {toffoli_pairs, reversed}) {
      const Result result = solve(testing::toffoli(), testing::two_qubit_unitaries(pairs), with(method, 16));
      KRONCUT_CHECK(result.success);
      KRONCUT_CHECK(result.distance <= 1e-10);
    }
  }
}

KRONCUT_TEST(five_cx_are_not_enough_for_toffoli_and_six_are) {
  Pairs six = toffoli_pairs;
  six.emplace_back(0, 1);
  for (const Method method : {Method::qfactor, Method::lm}) {
    Options options = with(method, 48);
    options.all_starts = true;
    const Result five = solve(testing::toffoli(), testing::cx_ladder(3, toffoli_pairs), options);
    KRONCUT_CHECK(!five.success);
    KRONCUT_CHECK_NEAR(five.distance, 0.07612, 1e-5);
    const Result enough = solve(testing::toffoli(), testing::cx_ladder(3, six), options);
    KRONCUT_CHECK(enough.success);
    const int found = successes(enough, options.dist_tol);
    std::printf("     six cx: %d of 48 starts succeed\n", found);
    KRONCUT_CHECK(found >= 8);
  }
}

KRONCUT_TEST(a_three_qubit_unitary_is_found_at_once) {
  Random random(41, 0);
  Target target{3, TargetKind::unitary, std::vector<Complex>(64)};
  haar_unitary(8, random, target.values.data());
  Template pattern;
  pattern.qubits = 3;
  pattern.gates = {testing::gate(GateKind::free, {2, 0, 1})};
  for (const Method method : methods) {
    KRONCUT_CHECK(solve(target, pattern, with(method, 1)).distance <= 1e-14);
  }
}

KRONCUT_TEST(random_templates_of_known_solution_are_found_again) {
  Random random(42, 0);
  for (const Method method : {Method::qfactor, Method::lm}) {
    int found = 0;
    int tried = 0;
    for (int trial = 0; trial < 6; ++trial) {
      Pairs pairs;
      for (int k = 0; k < 5; ++k) {
        const auto a = static_cast<int>(random.next() % 4);
        pairs.emplace_back(a, (a + 1 + static_cast<int>(random.next() % 3)) % 4);
      }
      const Template pattern = testing::cx_ladder(4, pairs);
      Options options = with(method, 24);
      options.all_starts = true;
      const Target target = testing::random_target(pattern, TargetKind::unitary, random);
      const Result result = solve(target, pattern, options);
      KRONCUT_CHECK(result.success);
      found += successes(result, options.dist_tol);
      tried += options.multistarts;
    }
    std::printf("     %s: %d of %d starts succeed\n", method == Method::lm ? "lm" : "qfactor", found, tried);
    KRONCUT_CHECK(4 * found >= tried);
  }
}

KRONCUT_TEST(states_are_prepared) {
  Random random(43, 0);
  const Template pattern = testing::cx_ladder(3, {{0, 1}, {1, 2}, {2, 0}});
  const Target target = testing::random_target(pattern, TargetKind::state, random);
  for (const Method method : methods) {
    KRONCUT_CHECK(solve(target, pattern, with(method, 16)).success);
  }
}

KRONCUT_TEST(sampling_serves_seven_qubits) {
  Random random(44, 0);
  const Template pattern = testing::cx_ladder(7, {{0, 1}, {2, 3}, {4, 5}, {6, 0}});
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  Options options = with(Method::qfactor_sample, 8);
  options.dist_tol = 1e-8;
  KRONCUT_CHECK(solve(target, pattern, options).distance <= 1e-8);
}

KRONCUT_TEST(a_warm_start_is_the_first) {
  Random random(45, 0);
  Template pattern = testing::every_kind(random);
  const Plan plan = make_plan(pattern);
  const Matrices matrices = random_start(plan, random);
  const Target target{4, TargetKind::unitary, composite(plan, matrices)};
  pattern.parameters = to_parameters(plan, matrices);
  for (double& value : pattern.parameters) value += 1e-8;
  const std::vector<double> before = pattern.parameters;
  for (const Method method : {Method::qfactor, Method::lm}) {
    const Result result = solve(target, pattern, with(method, 4));
    KRONCUT_CHECK(result.success);
    KRONCUT_CHECK(result.start == 0);
    KRONCUT_CHECK(pattern.parameters == before);
  }
}

KRONCUT_TEST(answers_do_not_depend_on_the_threads) {
  Random random(46, 0);
  const Template pattern = testing::cx_ladder(3, {{0, 1}, {1, 2}, {0, 2}, {1, 0}});
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  for (const Method method : methods) {
    Options options = with(method, 24);
    options.seed = 9;
    options.threads = 1;
    const Result alone = solve(target, pattern, options);
    options.threads = 4;
    const Result together = solve(target, pattern, options);
    KRONCUT_CHECK(alone.parameters == together.parameters);
    KRONCUT_CHECK(alone.distances == together.distances);
    KRONCUT_CHECK(alone.start == together.start);
    KRONCUT_CHECK(alone.total_iterations == together.total_iterations);
    options.seed = 10;
    KRONCUT_CHECK(solve(target, pattern, options).parameters != alone.parameters);
  }
}

KRONCUT_TEST(several_templates_end_at_the_first_success) {
  Random random(47, 0);
  const Template enough = testing::cx_ladder(2, {{0, 1}, {1, 0}, {0, 1}});
  const Template lacking = testing::cx_ladder(2, {{0, 1}});
  Target target{2, TargetKind::unitary, std::vector<Complex>(16)};
  haar_unitary(4, random, target.values.data());
  Options options = with(Method::automatic, 8);
  const std::vector<Template> patterns = {lacking, enough, enough, lacking};
  Control control;
  const auto all = instantiate_many(target, patterns, options, control);
  KRONCUT_CHECK(all.size() == 4 && all[3].has_value());
  KRONCUT_CHECK(!all[0]->success && all[1]->success && all[2]->success && !all[3]->success);
  options.first_success = true;
  const auto first = instantiate_many(target, patterns, options, control);
  KRONCUT_CHECK(first[1]->success && !first[2].has_value() && !first[3].has_value());
  KRONCUT_CHECK(first[0]->parameters == all[0]->parameters && first[1]->parameters == all[1]->parameters);
}

KRONCUT_TEST(bad_input_is_refused) {
  Control control;
  const Template pattern = testing::cx_ladder(3, {{0, 1}});
  const auto refused = [&](const Target& target, const Template& given, const Options& options,
                           ErrorCode code) {
    KRONCUT_CHECK_THROWS(instantiate(target, given, options, control), code);
  };
  Target bad = testing::toffoli();
  bad.values[3] = std::numeric_limits<double>::quiet_NaN();
  refused(bad, pattern, {}, ErrorCode::input);
  Template fixed;
  fixed.qubits = 3;
  fixed.gates = {testing::gate(GateKind::cx, {0, 1})};
  refused(testing::toffoli(), fixed, {}, ErrorCode::input);
  Options options;
  options.dist_tol = 1e-16;
  refused(testing::toffoli(), pattern, options, ErrorCode::usage);
  options.dist_tol = std::numeric_limits<double>::quiet_NaN();
  refused(testing::toffoli(), pattern, options, ErrorCode::usage);
  options = {};
  options.multistarts = 0;
  refused(testing::toffoli(), pattern, options, ErrorCode::usage);
  options = {};
  options.beta = 1;
  refused(testing::toffoli(), pattern, options, ErrorCode::usage);
  control.cancel();
  refused(testing::toffoli(), pattern, {}, ErrorCode::cancelled);
}

}  // namespace
}  // namespace kroncut::synthesize
