#include "synthesize/need.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "core/aligned.hpp"
#include "core/testing.hpp"
#include "synthesize/instantiate.hpp"
#include "synthesize/methods.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/problem/test_problems.hpp"

namespace kroncut::synthesize {
namespace {

using testing::Pairs;

Pairs ring(int qubits, int count) {
  Pairs pairs;
  for (int k = 0; k < count; ++k) pairs.emplace_back(k % qubits, (k + 1) % qubits);
  return pairs;
}

Options with(Method method, int starts) {
  Options options;
  options.method = method;
  options.multistarts = starts;
  options.max_iters = 3;
  return options;
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if __GLIBC_PREREQ(2, 33)
#define KRONCUT_HEAP_IS_KNOWN 1
#endif
#endif

#if defined(KRONCUT_HEAP_IS_KNOWN)
std::uint64_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Most bytes that one thread's runner holds while it runs two tasks.
std::uint64_t measured_bytes(const Target& target, const Plan& plan, const Options& options) {
  Random random(3, 1);
  std::vector<StartResult> starts(runs_batched(plan, options) ? 8 : 1);
  const std::uint64_t before = heap_bytes();
  std::uint64_t most = before;
  const std::unique_ptr<Runner> runner = make_runner(options.method, plan, target, options);
  for (int task = 0; task < 2; ++task) {
    for (StartResult& start : starts) start.matrices = random_start(plan, random);
    runner->run(starts, [&] {
      most = std::max(most, heap_bytes());
      return false;
    });
  }
  return most - before;
}

KRONCUT_TEST(the_need_is_what_is_allocated) {
  struct Case {
    Method method;
    TargetKind kind;
    int qubits;
    int starts;
  };
  const std::array<Case, 9> cases = {{{Method::lm, TargetKind::unitary, 2, 1},
                                      {Method::lm, TargetKind::unitary, 5, 1},
                                      {Method::lm, TargetKind::state, 9, 1},
                                      {Method::qfactor, TargetKind::unitary, 5, 8},
                                      {Method::qfactor, TargetKind::unitary, 7, 8},
                                      {Method::qfactor, TargetKind::unitary, 7, 1},
                                      {Method::qfactor_sample, TargetKind::unitary, 7, 8},
                                      {Method::qfactor_sample, TargetKind::unitary, 8, 1},
                                      {Method::qfactor_sample, TargetKind::state, 10, 1}}};
  Random random(3, 0);
  for (const auto& [method, kind, qubits, starts] : cases) {
    for (const bool polish : {false, true}) {
      const Template pattern = testing::cx_ladder(qubits, ring(qubits, 10));
      const Plan plan = make_plan(pattern);
      const Target target = testing::random_target(pattern, kind, random);
      Options options = with(method, starts);
      options.polish = polish;
      // More states than columns, so that the whole matrix is seen.
      options.training_states = 1 << qubits;
      const auto measured = static_cast<double>(measured_bytes(target, plan, options));
      const auto predicted = static_cast<double>(memory_need(plan, kind, 1, options).thread);
      std::printf("     method %d, %d qubits: %.0f of %.0f bytes\n", static_cast<int>(method), qubits,
                  measured, predicted);
      KRONCUT_CHECK(measured <= predicted + 64 * 1024);
      KRONCUT_CHECK(predicted <= 1.2 * measured + 512 * 1024);
    }
  }
}
#endif

KRONCUT_TEST(automatic_needs_what_the_method_that_it_means_needs) {
  for (const int qubits : {3, 6, 9, 12}) {
    const Plan plan = make_plan(testing::cx_ladder(qubits, ring(qubits, 30)));
    const Method meant = choose_method(plan, {qubits, TargetKind::unitary, {}});
    const Need need = memory_need(plan, TargetKind::unitary, 4, with(Method::automatic, 8));
    KRONCUT_CHECK(need.thread == memory_need(plan, TargetKind::unitary, 4, with(meant, 8)).thread);
    KRONCUT_CHECK(need.call >= sizeof(Complex) << (2 * qubits));
    KRONCUT_CHECK(need.start == 0);
    KRONCUT_CHECK(need.tasks == (meant == Method::qfactor ? 1 : 8));
  }
}

/// The same problem with ample memory and with little: as many threads as fit, then smaller batches.
KRONCUT_TEST(where_memory_gives_out_fewer_starts_run_side_by_side) {
  Random random(5, 0);
  const Template pattern = testing::cx_ladder(5, ring(5, 7));
  const std::array patterns = {testing::cx_ladder(5, ring(5, 3)), testing::cx_ladder(5, ring(5, 5)), pattern};
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  const Plan plan = make_plan(pattern);
  for (const Method method : {Method::qfactor, Method::lm, Method::qfactor_sample}) {
    Options options = with(method, 16);
    options.max_iters = 20;
    options.threads = 4;
    options.all_starts = true;
    options.polish = false;
    Control control;
    const auto ample = instantiate_many(target, patterns, options, control);
    const std::uint64_t one = memory_need(plan, TargetKind::unitary, 1, options).thread;
    for (const std::uint64_t percent : {std::uint64_t{120}, std::uint64_t{280}}) {
      const AllocationLimit limit(one * percent / 100);
      Control scarce;
      const auto few = instantiate_many(target, patterns, options, scarce);
      KRONCUT_CHECK(scarce.done() == scarce.total());
      for (std::size_t k = 0; k < patterns.size(); ++k) {
        KRONCUT_CHECK(few[k]->distances == ample[k]->distances);
        KRONCUT_CHECK(few[k]->parameters == ample[k]->parameters);
      }
    }
    const AllocationLimit limit(one / 8);
    Control none;
    KRONCUT_CHECK_THROWS(instantiate_many(target, patterns, options, none), ErrorCode::memory);
  }
}

KRONCUT_TEST(a_batch_of_starts_that_does_not_fit_is_split) {
  Random random(6, 0);
  const Template pattern = testing::cx_ladder(5, ring(5, 5));
  const Target target = testing::random_target(pattern, TargetKind::unitary, random);
  Options options = with(Method::qfactor, 8);
  options.max_iters = 2000;
  options.threads = 2;
  options.polish = false;
  const std::uint64_t batch = memory_need(make_plan(pattern), TargetKind::unitary, 1, options).thread;
  const AllocationLimit limit(batch * 7 / 10);
  Control control;
  const Result found = instantiate(target, pattern, options, control);
  KRONCUT_CHECK(found.success);
  KRONCUT_CHECK(control.done() == control.total());
}

}  // namespace
}  // namespace kroncut::synthesize
