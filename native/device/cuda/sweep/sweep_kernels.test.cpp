#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "core/testing.hpp"
#include "device/cuda/simulated/host_sweep.hpp"
#include "device/cuda/sweep/sweep_plan.hpp"
#include "synthesize/problem/test_problems.hpp"
#include "synthesize/qfactor/qfactor.hpp"
#include "synthesize/qfactor/qfactor_sample.hpp"

/// The kernels of instantiation, run by teams on the processor, against native/synthesize.
namespace kroncut::cuda {
namespace {

namespace syn = synthesize;

std::vector<Number> numbers(const std::vector<syn::Complex>& values) {
  std::vector<Number> result;
  for (const syn::Complex& value : values) result.push_back({value.real(), value.imag()});
  return result;
}

double difference(const std::vector<syn::Complex>& a, const Number* b) {
  double largest = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double distance = std::abs(a[k] - syn::Complex(b[k].re, b[k].im));
    if (!(distance <= largest)) largest = distance;  // keeps NaN
  }
  return largest;
}

std::vector<syn::Complex> random_matrix(std::size_t count, syn::Random& random) {
  std::vector<syn::Complex> result(count);
  for (syn::Complex& value : result) {
    const double real = random.normal();
    value = {real, random.normal()};
  }
  return result;
}

KRONCUT_TEST(polar_factors_are_those_of_the_processor) {
  syn::Random random(51, 0);
  const HostTeam team;
  for (const int d : {2, 4, 8}) {
    const auto count = static_cast<std::size_t>(d * d);
    for (int round = 0; round < 12; ++round) {
      std::vector<syn::Complex> environment = random_matrix(count, random);
      // Of rank one, nothing at all, and tiny: there the old gate decides.
      for (std::size_t k = 0; k < count; ++k) {
        if (round == 0) environment[k] = static_cast<double>(k / static_cast<std::size_t>(d) + 1);
        if (round == 1) environment[k] = 0;
        if (round == 2) environment[k] *= 1e-12;
      }
      std::vector<syn::Complex> gate(count);
      syn::haar_unitary(d, random, gate.data());
      const std::vector<Number> e = numbers(environment);
      std::vector<Number> u = numbers(gate);
      std::vector<Number> work(polar_work);
      std::vector<Number> by_threads = u;
      polar(team, d, e.data(), u.data(), work.data());
      ThreadTeam::run([&](const ThreadTeam& threads) {
        threads.warp([&](const auto& warp) { polar(warp, d, e.data(), by_threads.data(), work.data()); });
      });
      for (std::size_t k = 0; k < count; ++k)
        KRONCUT_CHECK(by_threads[k].re == u[k].re && by_threads[k].im == u[k].im);
      syn::polar_one(d, reinterpret_cast<double*>(environment.data()),
                     reinterpret_cast<double*>(gate.data()));
      // A matrix of rank one leaves the rest of the gate to rounding: only the trace is determined.
      if (round > 0) KRONCUT_CHECK_NEAR(difference(gate, u.data()), 0, 1e-11);
      syn::Complex best = 0;
      Number reached = {0, 0};
      for (std::size_t k = 0; k < count; ++k) {
        const auto place = static_cast<std::size_t>(d);
        const std::size_t other = k % place * place + k / place;
        best += syn::multiply(environment[k], gate[other]);
        reached = multiply_add(e[k], u[other], reached);
      }
      KRONCUT_CHECK_NEAR(reached.re, best.real(), 1e-6);
      std::vector<syn::Complex> back;
      for (const Number& value : u) back.emplace_back(value.re, value.im);
      KRONCUT_CHECK_NEAR(syn::unitarity_error(d, back.data()), 0, 1e-12);
    }
  }
}

KRONCUT_TEST(listed_gates_act_as_their_matrices) {
  syn::Random random(52, 0);
  const syn::Plan plan = syn::make_plan(syn::testing::every_kind(random));
  const syn::Plan* const plans[] = {&plan};
  const GateLists lists = list_gates(plans);
  const syn::Matrices matrices = syn::random_start(plan, random);
  const HostTeam team;
  constexpr int width = 3;
  for (std::size_t t = 0; t < plan.gates.size(); ++t) {
    const syn::PlannedGate& gate = plan.gates[t];
    const auto qubits = std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity));
    std::vector<syn::Complex> front = random_matrix(16 * width, random);
    const std::vector<syn::Complex> back = random_matrix(16 * width, random);
    std::vector<Number> moved = numbers(front);
    const std::vector<Number> before = moved;
    const std::vector<Number> own =
        numbers({matrices.begin() + static_cast<std::ptrdiff_t>(gate.matrix),
                 matrices.begin() + static_cast<std::ptrdiff_t>(gate.matrix + gate.matrix_size())});
    apply_listed(team, 4, lists.gates[t], own.data(), moved.data(), width);
    syn::Complex trace = 0;
    for (std::size_t column = 0; column < width; ++column) {
      std::vector<syn::Complex> state;
      for (std::size_t row = 0; row < 16; ++row) state.push_back(front[row * width + column]);
      syn::apply_gate(state, qubits, &matrices[gate.matrix]);
      for (std::size_t row = 0; row < 16; ++row) {
        front[row * width + column] = state[row];
        trace += std::conj(back[row * width + column]) * state[row];
      }
    }
    KRONCUT_CHECK_NEAR(difference(front, moved.data()), 0, 1e-13);
    // Tr(E U) is the overlap of the states behind with U on those in front.
    std::vector<Number> partial(most_partial), result(64);
    environment(team, 4, lists.gates[t], before.data(), numbers(back).data(), width, partial.data(),
                result.data());
    const int d = gate.dimension();
    Number sum = {0, 0};
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j)
        sum = multiply_add(result[static_cast<std::size_t>(i * d + j)],
                           own[static_cast<std::size_t>(j * d + i)], sum);
    }
    KRONCUT_CHECK_NEAR(std::abs(trace - syn::Complex(sum.re, sum.im)), 0, 1e-12);
    overlap(team, moved.data(), numbers(back).data(), 16 * width, partial.data(), result.data());
    KRONCUT_CHECK_NEAR(std::abs(trace - syn::Complex(result[0].re, result[0].im)), 0, 1e-12);
  }
}

/// One start and its arrays, as the host code sets them up.
struct Bench {
  Bench(const syn::Plan& plan, const syn::Target& target, const syn::Options& options, bool in_parts)
      : plans{&plan}, lists(list_gates(plans)) {
    const int columns = target.kind == syn::TargetKind::state ? 1 : 1 << target.qubits;
    task.qubits = target.qubits;
    task.columns = columns;
    task.tile = in_parts ? 3 : columns;  // the last part is narrower
    task.parts = (columns + task.tile - 1) / task.tile;
    task.gates = lists.gates.data();
    task.first_gate = lists.first_gate.data();
    task.axes = lists.axes.data();
    task.starts = &start;
    task.matrices_stride = lists.matrices;
    values = numbers(target.values);
    task.target = values.data();
    task.active = &slot;
    task.max_iters = options.max_iters;
    task.reset_iter = options.reset_iter;
    task.tolerance = options.dist_tol;
    task.beta = options.beta;
    task.limits = syn::plateau_limits(options);
    if (!in_parts) return;
    states.resize(2 * values.size());
    sums.resize(static_cast<std::size_t>(task.parts) * 64);
    task.front = states.data();
    task.back = states.data() + values.size();
    task.sums = sums.data();
  }
  /// Iterations until the start ends.
  void run(const syn::Matrices& beginning) {
    matrices = numbers(beginning);
    task.matrices = matrices.data();
    start = {};
    task.iterations = 7;
    while (start.ending == Ending::running) {
      if (task.front == nullptr) {
        sweep.sweep(task, 1);
        continue;
      }
      sweep.rebuild_parts(task, 1);
      for (const bool rightward : {false, true}) {
        for (int place = 0; place <= lists.most_gates; ++place) {
          sweep.step_parts(task, 1, place, rightward);
          sweep.update_starts(task, 1, place, rightward);
        }
      }
      sweep.overlap_parts(task, 1);
      sweep.judge_starts(task, 1);
    }
  }
  const syn::Plan* plans[1];
  GateLists lists;
  SweepTask task;
  SweepStart start;
  std::uint32_t slot = 0;
  std::vector<Number> values, matrices, states, sums;
  HostSweep sweep;
};

/// What the processor makes of a start.
syn::StartResult on_processor(const syn::Plan& plan, const syn::Target& target, const syn::Options& options,
                              const syn::Matrices& beginning) {
  std::vector<syn::StartResult> results(1);
  results[0].matrices = beginning;
  syn::QfactorSample(plan, target, options, true).run(results, [] { return false; });
  return results[0];
}

KRONCUT_TEST(sweeps_follow_the_processor_step_by_step) {
  syn::Random random(53, 0);
  for (const syn::TargetKind kind : {syn::TargetKind::unitary, syn::TargetKind::state}) {
    for (const double beta : {0.0, 0.2}) {
      const syn::Template pattern = syn::testing::every_kind(random);
      const syn::Plan plan = syn::make_plan(pattern);
      const syn::Target target = syn::testing::random_target(pattern, kind, random);
      const syn::Matrices beginning = syn::random_start(plan, random);
      syn::Options options;
      options.beta = beta;
      options.reset_iter = 4;
      for (const int iterations : {1, 2, 3, 5, 10}) {
        options.max_iters = iterations;
        const syn::StartResult expected = on_processor(plan, target, options, beginning);
        for (const bool in_parts : {false, true}) {
          Bench bench(plan, target, options, in_parts);
          bench.run(beginning);
          KRONCUT_CHECK(bench.start.iterations == expected.iterations);
          KRONCUT_CHECK_NEAR(bench.start.cost, expected.distance, 1e-8);
          if (iterations == 1) KRONCUT_CHECK_NEAR(bench.start.cost, expected.distance, 1e-12);
        }
      }
    }
  }
}

KRONCUT_TEST(threads_of_a_team_need_no_other_barriers) {
  syn::Random random(57, 0);
  const syn::Template pattern = syn::testing::every_kind(random);
  const syn::Plan plan = syn::make_plan(pattern);
  const syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  const syn::Matrices beginning = syn::random_start(plan, random);
  syn::Options options;
  options.max_iters = 1;
  options.beta = 0.1;
  for (const bool in_parts : {false, true}) {
    Bench alone(plan, target, options, in_parts);
    alone.run(beginning);
    // Validation states that are the columns themselves, as the last part of a kernel.
    Bench bench(plan, target, options, in_parts);
    bench.matrices = numbers(beginning);
    bench.task.matrices = bench.matrices.data();
    bench.task.iterations = 1;
    std::vector<Number> identity(256, Number{0, 0}), probe(256);
    for (std::size_t k = 0; k < 16; ++k) identity[17 * k] = {1, 0};
    bench.task.limits.min_iters = 0;
    bench.task.seen = 16;
    bench.task.overtrain_ratio = 0.1;
    bench.task.seen_inputs = identity.data();
    bench.task.seen_outputs = bench.values.data();
    bench.task.probe = probe.data();
    SweepScratch scratch;
    std::vector<Number> columns(512);
    const SweepTask& task = bench.task;
    ThreadTeam::run([&](const ThreadTeam& team) {
      if (!in_parts) return run_start(team, task, 0, columns.data(), scratch);
      for (int part = 0; part < task.parts; ++part) rebuild_part(team, task, 0, part);
      for (const bool rightward : {false, true}) {
        for (int place = 0; place <= bench.lists.most_gates; ++place) {
          for (int part = 0; part < task.parts; ++part)
            step_part(team, task, 0, part, place, rightward, scratch);
          update_start(team, task, 0, place, rightward, scratch);
        }
      }
      for (int part = 0; part < task.parts; ++part) overlap_part(team, task, 0, part, scratch);
      judge_start(team, task, 0, scratch);
    });
    KRONCUT_CHECK(bench.start.cost == alone.start.cost);
    KRONCUT_CHECK(bench.start.iterations == 1 && bench.start.ending == Ending::plateau);
    KRONCUT_CHECK_NEAR(scratch.seen, bench.start.cost, 1e-12);
    for (std::size_t k = 0; k < bench.matrices.size(); ++k) {
      KRONCUT_CHECK(bench.matrices[k].re == alone.matrices[k].re);
      KRONCUT_CHECK(bench.matrices[k].im == alone.matrices[k].im);
    }
  }
}

KRONCUT_TEST(sweeps_end_where_the_processor_ends) {
  // Success, a plateau, and too few iterations.
  syn::Random random(54, 0);
  const syn::Template enough = syn::testing::two_qubit_unitaries({{1, 2}, {0, 2}, {1, 0}});
  const syn::Template too_few = syn::testing::two_qubit_unitaries({{1, 2}, {0, 2}});
  for (const syn::Template& pattern : {enough, too_few}) {
    const syn::Plan plan = syn::make_plan(pattern);
    const syn::Target target = syn::testing::random_target(enough, syn::TargetKind::unitary, random);
    const syn::Matrices beginning = syn::random_start(plan, random);
    for (const int most : {100000, 12}) {
      syn::Options options;
      options.max_iters = most;
      const syn::StartResult expected = on_processor(plan, target, options, beginning);
      for (const bool in_parts : {false, true}) {
        Bench bench(plan, target, options, in_parts);
        bench.run(beginning);
        const bool success = expected.distance <= options.dist_tol;
        KRONCUT_CHECK(bench.start.ending == (success ? Ending::success : Ending::plateau));
        // Rounding may shift the last iteration by one.
        KRONCUT_CHECK(std::abs(bench.start.iterations - expected.iterations) <= 1);
        KRONCUT_CHECK_NEAR(bench.start.cost, expected.distance, 1e-6);
      }
    }
  }
}

KRONCUT_TEST(a_cost_that_is_no_number_ends_a_start) {
  syn::Random random(55, 0);
  const syn::Template pattern = syn::testing::two_qubit_unitaries({{1, 2}, {0, 2}});
  const syn::Plan plan = syn::make_plan(pattern);
  syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  target.values[5] = std::nan("");
  Bench bench(plan, target, {}, false);
  bench.run(syn::random_start(plan, random));
  KRONCUT_CHECK(bench.start.ending == Ending::plateau && std::isinf(bench.start.cost));
}

KRONCUT_TEST(layouts_fit_shared_memory_and_batches_the_device) {
  syn::Random random(56, 0);
  const syn::Plan plan = syn::make_plan(syn::testing::every_kind(random));
  const syn::Plan* const plans[] = {&plan};
  const GateLists lists = list_gates(plans);
  constexpr std::size_t hopper = std::size_t{227} << 10;
  for (int qubits = 2; qubits <= 12; ++qubits) {
    for (const int columns : {1, 1 << qubits}) {
      const SweepShape shape{qubits, columns, false, 0};
      const SweepLayout layout = plan_sweep(shape, lists, hopper);
      KRONCUT_CHECK(layout.shared_bytes <= hopper);
      KRONCUT_CHECK(layout.parts == (columns + layout.tile - 1) / layout.tile);
      KRONCUT_CHECK(layout.shared == (columns == 1 || qubits <= 6));
      if (!layout.shared) KRONCUT_CHECK(layout.start_bytes > std::uint64_t{32} << (2 * qubits));
      for (const std::size_t starts : {1, 5, 64, 1000}) {
        const std::uint64_t free = std::uint64_t{1} << 33;
        const int bits = fitting_bits(layout, free, starts);
        const std::uint64_t batch = std::min<std::uint64_t>(starts, std::uint64_t{1} << std::max(bits, 0));
        KRONCUT_CHECK(bits >= 0 && batch * layout.start_bytes <= free / 10 * 9);
        const bool more_fit =
            std::min<std::uint64_t>(starts, 2 * batch) * layout.start_bytes <= free / 10 * 9;
        KRONCUT_CHECK(batch == starts || !more_fit);
        const int turns = launch_iterations(shape, layout, lists, starts, 25);
        KRONCUT_CHECK(turns >= 1 && turns <= (layout.shared ? 25 : 40));
      }
      KRONCUT_CHECK(fitting_bits(layout, layout.start_bytes, 5) == -1);
    }
  }
}

}  // namespace
}  // namespace kroncut::cuda
