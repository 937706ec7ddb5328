#include "core/testing.hpp"

/// Instantiation on a device made of host memory: batches, memory, cancellation.
#if defined(KRONCUT_CUDA_VERSION)

#include "core/error.hpp"
#include "device/cuda/simulated/simulated_device.hpp"
#include "device/cuda/simulated/synthesis_problems.hpp"

namespace kroncut::cuda {
namespace {

namespace syn = synthesize;

constexpr std::size_t ample = std::size_t{1} << 30;

KRONCUT_TEST(simulated_starts_end_as_on_the_cpu) {
  for (const std::size_t shared : {std::size_t{227} << 10, std::size_t{20} << 10}) {
    const MachineScope scope(ample);
    machine.shared_memory = shared;
    const auto device = make_cuda_backend(0);
    for (const syn::Method method : {syn::Method::qfactor, syn::Method::qfactor_sample}) {
      check_starts_against_cpu(*device, method, 4, syn::TargetKind::unitary, 3, 300);
      check_starts_against_cpu(*device, method, 5, syn::TargetKind::state, 3, 300);
    }
    // Sweeps by parts are launched as graphs; whole starts need none.
    KRONCUT_CHECK((machine.graph_launches > 0) == (shared < std::size_t{100} << 10));
  }
}

KRONCUT_TEST(simulated_toffoli_is_found_by_every_method) {
  const syn::Target target = syn::testing::toffoli();
  const std::array patterns = {
      syn::testing::cx_ladder(3, {{1, 2}}),
      syn::testing::two_qubit_unitaries({{1, 2}, {0, 2}, {1, 2}, {0, 2}, {0, 1}}),
      syn::testing::two_qubit_unitaries({{2, 1}, {2, 0}, {2, 1}, {2, 0}, {1, 0}}),
  };
  for (const syn::Method method :
       {syn::Method::automatic, syn::Method::qfactor, syn::Method::qfactor_sample, syn::Method::lm}) {
    const MachineScope scope(ample);
    syn::Options options = starts_of(method, method == syn::Method::automatic ? 24 : 8);
    options.first_success = true;
    Control control;
    const auto results = make_cuda_backend(0)->instantiate_many(target, patterns, options, control);
    KRONCUT_CHECK(results[0].has_value() && !results[0]->success);
    KRONCUT_CHECK(results[1].has_value() && results[1]->success && results[1]->distance <= 1e-14);
    KRONCUT_CHECK(!results[2].has_value());
    KRONCUT_CHECK(control.done() == control.total());
    check_result(target, patterns[1], options, *results[1]);
    // With many starts the device takes over from second order.
    const syn::Method expected = method == syn::Method::automatic ? syn::Method::qfactor : method;
    KRONCUT_CHECK(results[1]->method == expected);
  }
}

KRONCUT_TEST(simulated_answers_do_not_depend_on_memory) {
  syn::Random random(62, 0);
  const syn::Template pattern = syn::testing::cx_ladder(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}});
  const syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  syn::Options options = starts_of(syn::Method::qfactor_sample, 9);
  options.all_starts = true;
  options.max_iters = 60;
  std::vector<double> expected;
  for (const std::size_t capacity : {ample, std::size_t{90000}, std::size_t{50000}}) {
    const MachineScope scope(capacity);
    machine.shared_memory = std::size_t{20} << 10;
    Control control;
    const auto results = make_cuda_backend(0)->instantiate_many(target, {&pattern, 1}, options, control);
    if (expected.empty()) expected = results[0]->distances;
    KRONCUT_CHECK(expected == results[0]->distances);
  }
  const MachineScope scope(std::size_t{12000});
  Control control;
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->instantiate_many(target, {&pattern, 1}, options, control),
                       ErrorCode::memory);
}

KRONCUT_TEST(simulated_starts_take_what_was_predicted_and_no_more_than_their_share) {
  syn::Random random(65, 0);
  const syn::Template pattern = syn::testing::cx_ladder(5, {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  const syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  const syn::Plan plan = syn::make_plan(pattern);
  constexpr std::size_t starts = 32;
  // The target, and the lists of the gates.
  constexpr std::size_t fixed = 40000;
  for (const syn::Method method : {syn::Method::qfactor, syn::Method::qfactor_sample}) {
    for (const std::size_t shared : {std::size_t{227} << 10, std::size_t{10} << 10}) {
      syn::Options options = starts_of(method, static_cast<int>(starts));
      options.all_starts = true;
      options.max_iters = 40;
      options.polish = false;
      options.training_states = 31;
      std::vector<double> expected;
      std::size_t alone = 0;
      for (const int share : {1, 4}) {
        const MachineScope scope(ample);
        machine.shared_memory = shared;
        const auto device = make_cuda_backend(0);
        const syn::Need need = device->instantiation_need(plan, target.kind, 1, options);
        options.device_share = share;
        if (share > 1) machine.capacity = alone;
        Control control;
        const auto results = device->instantiate_many(target, {&pattern, 1}, options, control);
        if (share == 1) {
          alone = machine.most_used;
          expected = results[0]->distances;
          KRONCUT_CHECK(alone <= starts * need.start + fixed);
          KRONCUT_CHECK(alone >= starts * need.start / 2);
        }
        KRONCUT_CHECK(expected == results[0]->distances);
        KRONCUT_CHECK(machine.most_used <= alone / static_cast<std::size_t>(share) + fixed);
      }
    }
  }
}

KRONCUT_TEST(simulated_states_travel_in_groups) {
  syn::Random random(64, 0);
  const syn::Template pattern = syn::testing::cx_ladder(5, {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  const syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  syn::Options options = starts_of(syn::Method::qfactor_sample, 150);
  options.training_states = 16;  // 150 starts are more than the host draws at once, batches of 64 are not
  options.max_iters = 1;
  options.all_starts = true;
  options.polish = false;
  std::vector<double> expected;
  for (const std::size_t capacity : {ample, std::size_t{2} << 20}) {
    const MachineScope scope(capacity);
    Control control;
    const auto results = make_cuda_backend(0)->instantiate_many(target, {&pattern, 1}, options, control);
    if (expected.empty()) expected = results[0]->distances;
    KRONCUT_CHECK(expected == results[0]->distances);
  }
}

KRONCUT_TEST(simulated_batches_are_halved_when_memory_goes_to_others) {
  syn::Random random(63, 0);
  const syn::Template pattern = syn::testing::cx_ladder(3, {{0, 1}, {1, 2}});
  const syn::Target target = syn::testing::random_target(pattern, syn::TargetKind::unitary, random);
  syn::Options options = starts_of(syn::Method::qfactor, 64);
  options.all_starts = true;
  options.max_iters = 3;
  const MachineScope scope(ample);
  // What the driver says is free is not there when it is asked for.
  machine.promised = ample;
  machine.capacity = 20000;
  Control control;
  const auto results = make_cuda_backend(0)->instantiate_many(target, {&pattern, 1}, options, control);
  KRONCUT_CHECK(results[0]->distances.size() == 64);
  KRONCUT_CHECK(machine.refusals > 0);
}

KRONCUT_TEST(simulated_instantiation_can_be_cancelled_and_refuses_bad_input) {
  const MachineScope scope(ample);
  const syn::Template pattern = syn::testing::cx_ladder(3, {{0, 1}, {1, 2}});
  syn::Options options = starts_of(syn::Method::qfactor, 4);
  Control control;
  control.cancel();
  KRONCUT_CHECK_THROWS(
      make_cuda_backend(0)->instantiate_many(syn::testing::toffoli(), {&pattern, 1}, options, control),
      ErrorCode::cancelled);
  Control other;
  syn::Target target = syn::testing::toffoli();
  target.values[0] = 2;
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->instantiate_many(target, {&pattern, 1}, options, other),
                       ErrorCode::input);
  options.multistarts = 0;
  KRONCUT_CHECK_THROWS(
      make_cuda_backend(0)->instantiate_many(syn::testing::toffoli(), {&pattern, 1}, options, other),
      ErrorCode::usage);
}

}  // namespace
}  // namespace kroncut::cuda

#else

#include <cstdio>

KRONCUT_TEST(simulated_synthesis_needs_the_cuda_headers) {
  std::printf("skip: this build has no CUDA code\n");
  KRONCUT_CHECK(true);
}

#endif
