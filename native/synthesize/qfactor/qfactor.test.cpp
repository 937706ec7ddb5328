#include "synthesize/qfactor/qfactor.hpp"

#include <cmath>
#include <limits>

#include "core/testing.hpp"
#include "synthesize/problem/test_problems.hpp"
#include "synthesize/qfactor/qfactor_sample.hpp"

namespace kroncut::synthesize {
namespace {

constexpr std::array<SimdLevel, 3> levels = {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512};

std::vector<Complex> lane_of(const AlignedArray<double>& array, std::size_t count, std::size_t lane) {
  std::vector<Complex> result;
  for (std::size_t k = 0; k < count; ++k) {
    result.emplace_back(array[k * lane_numbers + lane], array[k * lane_numbers + qfactor_lanes + lane]);
  }
  return result;
}

AlignedArray<double> random_lanes(std::size_t count, Random& random) {
  AlignedArray<double> result(count * lane_numbers);
  for (double& value : result.span()) value = random.normal();
  return result;
}

/// E U is Hermitian and has no negative eigenvalue exactly if U maximises Re Tr(E U).
void check_best(int d, const std::vector<Complex>& environment, const std::vector<Complex>& gate,
                double tolerance) {
  KRONCUT_CHECK_NEAR(unitarity_error(d, gate.data()), 0, 1e-12);
  std::vector<Complex> product(gate.size());
  multiply(d, environment.data(), gate.data(), product.data());
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      const Complex skew = product[static_cast<std::size_t>(i * d + j)] -
                           std::conj(product[static_cast<std::size_t>(j * d + i)]);
      KRONCUT_CHECK_NEAR(std::abs(skew), 0, tolerance);
    }
  }
  // Random unitaries do no better.
  double best = 0;
  for (int i = 0; i < d; ++i) best += product[static_cast<std::size_t>(i * d + i)].real();
  Random random(21, 0);
  std::vector<Complex> other(gate.size());
  for (int trial = 0; trial < 20; ++trial) {
    haar_unitary(d, random, other.data());
    multiply(d, environment.data(), other.data(), product.data());
    double value = 0;
    for (int i = 0; i < d; ++i) value += product[static_cast<std::size_t>(i * d + i)].real();
    KRONCUT_CHECK(value <= best + tolerance);
  }
}

KRONCUT_TEST(polar_factors_maximise_the_trace) {
  Random random(31, 0);
  for (const SimdLevel level : levels) {
    if (level > simd_level()) continue;
    for (const int d : {2, 4}) {
      const auto count = static_cast<std::size_t>(d * d);
      AlignedArray<double> environment = random_lanes(count, random);
      AlignedArray<double> gate(count * lane_numbers);
      std::fill(gate.span().begin(), gate.span().end(), 0.0);
      for (std::size_t k = 0; k < count; k += static_cast<std::size_t>(d + 1)) {
        std::fill_n(gate.data() + k * lane_numbers, qfactor_lanes, 1.0);
      }
      // Lane 0 is unitary, lane 1 of rank one, lane 2 nothing at all, lane 3 tiny.
      for (std::size_t k = 0; k < count; ++k) {
        const auto row = static_cast<double>(k / static_cast<std::size_t>(d) + 1);
        environment[k * lane_numbers] = k % static_cast<std::size_t>(d + 1) == 0 ? 1 : 0;
        environment[k * lane_numbers + qfactor_lanes] = 0;
        environment[k * lane_numbers + 1] = row;
        environment[k * lane_numbers + qfactor_lanes + 1] = 0;
        environment[k * lane_numbers + 2] = environment[k * lane_numbers + qfactor_lanes + 2] = 0;
        environment[k * lane_numbers + 3] *= 1e-12;
        environment[k * lane_numbers + qfactor_lanes + 3] *= 1e-12;
      }
      std::vector<std::vector<Complex>> before;
      for (std::size_t lane = 0; lane < qfactor_lanes; ++lane)
        before.push_back(lane_of(environment, count, lane));
      qfactor_kernels(level).polar(d, environment.data(), gate.data());
      for (std::size_t lane = 0; lane < qfactor_lanes; ++lane) {
        // 1e-9 of the environment is given to the old gate.
        check_best(d, before[lane], lane_of(gate, count, lane), 1e-7);
      }
    }
  }
  std::vector<Complex> environment(64), gate(64);
  for (Complex& value : environment) value = {random.normal(), random.normal()};
  haar_unitary(8, random, gate.data());
  std::vector<Complex> copy = environment;
  polar_one(8, reinterpret_cast<double*>(copy.data()), reinterpret_cast<double*>(gate.data()));
  check_best(8, environment, gate, 1e-6);
}

KRONCUT_TEST(environment_and_sandwich_agree_with_dense_products) {
  Random random(32, 0);
  const std::vector<std::vector<int>> locations = {{1}, {2, 0}, {0, 2, 1}};
  for (const SimdLevel level : levels) {
    if (level > simd_level()) continue;
    for (const std::vector<int>& qubits : locations) {
      const OwnedGroups groups(3, 1, qubits, 1);
      const auto d = static_cast<int>(1U << qubits.size());
      const auto count = static_cast<std::size_t>(d * d);
      AlignedArray<double> matrix = random_lanes(64, random);
      const AlignedArray<double> left = random_lanes(count, random);
      const AlignedArray<double> right = random_lanes(count, random);
      AlignedArray<double> environment(count * lane_numbers);
      const std::vector<Complex> before = lane_of(matrix, 64, 5);
      qfactor_kernels(level).environment(matrix.data(), 8, groups.view(), environment.data());
      qfactor_kernels(level).sandwich(matrix.data(), 8, groups.view(), left.data(), right.data());
      // A on the columns of M, then B^T on the columns of the transpose.
      std::vector<Complex> expected = before;
      const std::vector<Complex> a = lane_of(left, count, 5);
      const std::vector<Complex> b = lane_of(right, count, 5);
      std::vector<Complex> transposed(count);
      for (int i = 0; i < d; ++i) {
        for (int j = 0; j < d; ++j)
          transposed[static_cast<std::size_t>(i * d + j)] = b[static_cast<std::size_t>(j * d + i)];
      }
      std::vector<Complex> line(8);
      for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t i = 0; i < 8; ++i) line[i] = expected[i * 8 + j];
        apply_gate(line, qubits, a.data());
        for (std::size_t i = 0; i < 8; ++i) expected[i * 8 + j] = line[i];
      }
      for (std::size_t i = 0; i < 8; ++i) {
        apply_gate(std::span(expected).subspan(i * 8, 8), qubits, transposed.data());
      }
      const std::vector<Complex> after = lane_of(matrix, 64, 5);
      for (std::size_t k = 0; k < 64; ++k) KRONCUT_CHECK_NEAR(std::abs(after[k] - expected[k]), 0, 1e-12);
      // Tr(E U) = Tr(U M) for every U: here for A.
      Complex small = 0, large = 0;
      const std::vector<Complex> e = lane_of(environment, count, 5);
      for (int i = 0; i < d; ++i) {
        for (int j = 0; j < d; ++j)
          small += e[static_cast<std::size_t>(i * d + j)] * a[static_cast<std::size_t>(j * d + i)];
      }
      for (std::size_t j = 0; j < 8; ++j) {
        for (std::size_t i = 0; i < 8; ++i) line[i] = before[i * 8 + j];
        apply_gate(line, qubits, a.data());
        large += line[j];
      }
      KRONCUT_CHECK_NEAR(std::abs(small - large), 0, 1e-12);
    }
  }
}

KRONCUT_TEST(best_angle_beats_a_scan_of_angles) {
  Random random(33, 0);
  for (int trial = 0; trial < 100; ++trial) {
    const Complex trace(random.normal(), random.normal());
    const Complex pauli(random.normal(), random.normal());
    const auto value = [&](double angle) {
      return std::abs(std::cos(angle / 2) * trace - Complex(0, std::sin(angle / 2)) * pauli);
    };
    const double best = value(best_angle(trace, pauli));
    for (double angle = -7; angle < 7; angle += 0.1) KRONCUT_CHECK(value(angle) <= best + 1e-12);
  }
}

KRONCUT_TEST(qfactor_never_raises_the_cost_in_either_form) {
  Random random(34, 0);
  const Template pattern = testing::every_kind(random);
  const Plan plan = make_plan(pattern);
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  Options options;
  options.polish = false;
  options.max_iters = 1;
  const Matrices beginning = random_start(plan, random);
  std::array<std::vector<double>, 2> costs;
  for (const bool columns : {false, true}) {
    std::vector<StartResult> starts(1);
    starts[0].matrices = beginning;
    double before = distance(target, plan, starts[0].matrices);
    Qfactor full(plan, target, options);
    QfactorSample sample(plan, target, options, true);
    for (int iteration = 0; iteration < 15; ++iteration) {
      (columns ? static_cast<Runner&>(sample) : static_cast<Runner&>(full)).run(starts, [] { return false; });
      const double after = distance(target, plan, starts[0].matrices);
      KRONCUT_CHECK_NEAR(starts[0].distance, after, 1e-12);
      KRONCUT_CHECK(after <= before + 1e-9);
      before = after;
      costs[columns ? 1 : 0].push_back(after);
    }
  }
  // Starts side by side and columns side by side are the same method.
  for (std::size_t k = 0; k < costs[0].size(); ++k) KRONCUT_CHECK_NEAR(costs[0][k], costs[1][k], 1e-6);
}

KRONCUT_TEST(plateau_rule_follows_its_thresholds) {
  Options options;
  options.min_iters = 3;
  PlateauRule quiet(options);
  KRONCUT_CHECK(!quiet.add(0.5));
  KRONCUT_CHECK(!quiet.add(0.5));
  KRONCUT_CHECK(!quiet.add(0.5));
  KRONCUT_CHECK(quiet.add(0.5));
  PlateauRule slow(options);
  double cost = 1;
  int iterations = 0;
  while (!slow.add(cost) && iterations < 1000) {
    cost *= 1 - 2e-4;
    ++iterations;
  }
  KRONCUT_CHECK(iterations == options.diff_tol_step - 1);
  PlateauRule bad(options);
  KRONCUT_CHECK(bad.add(std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace
}  // namespace kroncut::synthesize
