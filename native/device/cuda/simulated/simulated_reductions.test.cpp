#include "core/testing.hpp"

/// Consumers that need no values, on a device made of host memory: what they find, and what travels.
#if defined(KRONCUT_CUDA_VERSION)

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "device/backend.hpp"
#include "device/cuda/simulated/reduction_checks.hpp"
#include "device/cuda/simulated/simulated_device.hpp"

namespace kroncut::cuda {
namespace {

KRONCUT_TEST(simulated_reductions_match_the_cpu_with_any_memory) {
  Random random(61);
  for (int round = 0; round < 40; ++round) {
    const int bits = 2 + pick(random, 12);
    const auto inner =
        static_cast<std::size_t>(round % 5 == 0 ? 65 + pick(random, 10) : 1 + pick(random, 12));
    const bool whole = round % 2 == 0;
    const auto made = random_product(random, bits, inner, whole);
    const auto given = random_given(random, bits);
    const std::uint64_t slice = std::uint64_t{1} << pick(random, bits - 1);
    const auto count = std::array<std::size_t, 4>{0, 1, 10, 3000}[static_cast<std::size_t>(pick(random, 4))];
    // From ample to barely enough.
    for (const std::size_t values : {std::size_t{1} << 22, 60 * inner + 2000, 2 * inner + 80}) {
      if (bits > 8 && values < 200 + 2 * inner) continue;
      const MachineScope scope(values * sizeof(double));
      check_reductions_against_cpu(*make_cuda_backend(0), made, slice, count, whole ? 0 : 1e-13, given);
    }
  }
}

KRONCUT_TEST(simulated_reductions_leave_the_values_on_the_device) {
  Random random(62);
  constexpr std::uint64_t slice = 1 << 12;
  const auto made = random_product(random, 16, 3, false);
  // Blocks of 2^12 to 2^13 values, and one of all.
  for (const std::size_t values : {std::size_t{30000}, std::size_t{1} << 20}) {
    const MachineScope scope(values * sizeof(double));
    Control control;
    MomentsConsumer moments(0, made.size, slice, 1);
    FanOut sums({&moments});
    make_cuda_backend(0)->stream_product(made.product, 0, made.size, sums, 1, control);
    KRONCUT_CHECK(machine.to_host == made.size / slice * plain_found_kinds * sizeof(double));
    machine.to_host = 0;
    EntropyConsumer entropies(nullptr, 0, 0, made.size, slice, 1);
    FanOut both({&moments, &entropies});
    make_cuda_backend(0)->stream_product(made.product, 0, made.size, both, 1, control);
    KRONCUT_CHECK(machine.to_host == made.size / slice * most_found_kinds * sizeof(double));
    machine.to_host = 0;
    TopConsumer top(10, 1);
    FanOut list({&top});
    make_cuda_backend(0)->stream_product(made.product, 0, made.size, list, 1, control);
    // Three numbers of each 64 or 256 values, and some tens of candidates.
    KRONCUT_CHECK(top.finish().size() == 10);
    KRONCUT_CHECK(machine.to_host > 0 && machine.to_host < made.size * sizeof(double) / 15);
    machine.to_host = 0;
    CompareConsumer compare(random_given(random, 16), 0, made.size, slice, 1);
    FanOut comparison({&compare});
    make_cuda_backend(0)->stream_product(made.product, 0, made.size, comparison, 1, control);
    KRONCUT_CHECK(machine.to_host == made.size / slice * (plain_found_kinds + pair_kinds) * sizeof(double));
    machine.to_host = 0;
    // What must be seen travels, once, and little besides.
    ValuesConsumer all(0, made.size);
    FanOut with_values({&moments, &all});
    make_cuda_backend(0)->stream_product(made.product, 0, made.size, with_values, 1, control);
    const std::size_t answer = made.size * sizeof(double);
    KRONCUT_CHECK(machine.to_host > answer && machine.to_host < answer / 100 * 101);
  }
}

KRONCUT_TEST(simulated_answers_are_the_same_whether_or_not_the_values_travel) {
  Random random(66);
  for (int round = 0; round < 10; ++round) {
    const int bits = 4 + pick(random, 8);
    const auto made = random_product(random, bits, 1 + static_cast<std::size_t>(pick(random, 5)), false);
    const auto given = random_given(random, bits);
    const std::uint64_t slice = made.size / 4;
    for (const std::size_t values : {std::size_t{1} << 20, std::size_t{2000}}) {
      const MachineScope scope(values * sizeof(double));
      Control control;
      Questions with(slice, made.size, slice, 7, given);
      ValuesConsumer all(slice, made.size);
      Collector collector(made.size);
      FanOut both({&with.all, &all, &collector});
      make_cuda_backend(0)->stream_product(made.product, slice, made.size, both, 2, control);
      Questions part(slice, made.size, slice, 7, given);
      make_cuda_backend(0)->stream_product(made.product, slice, made.size, part.all, 2, control);
      check_answers(with, part, slice, 0);
      Collector expected(made.size);
      make_cpu_backend()->stream_product(made.product, slice, made.size, expected, 2, control);
      KRONCUT_CHECK_NEAR(difference(collector.values, expected.values), 0, 1e-13);
      KRONCUT_CHECK(collector.counts == expected.counts);
      KRONCUT_CHECK(std::equal(all.values().begin(), all.values().end(),
                               collector.values.begin() + static_cast<std::ptrdiff_t>(slice)));
    }
  }
}

KRONCUT_TEST(simulated_top_lists_take_long_blocks_of_equal_values_in_parts) {
  // More candidates than there is room for: all values are 1, or ascend.
  const std::vector<double> ones(std::size_t{1} << 18, 1.0);
  std::vector<double> ascending(ones.size());
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<double>(i);
  const double one = 1;
  for (const bool equal : {true, false}) {
    const std::vector<double>& values = equal ? ones : ascending;
    const Product product{&one, values.data(), 1, 0, values.size() - 1};
    for (const std::size_t count : {std::size_t{3}, std::size_t{70000}}) {
      const MachineScope scope(std::size_t{1} << 24);
      Control control;
      TopConsumer top(count, 1);
      FanOut list({&top});
      make_cuda_backend(0)->stream_product(product, 0, ones.size(), list, 1, control);
      const auto found = top.finish();
      KRONCUT_CHECK(found.size() == count);
      for (std::size_t i = 0; i < found.size(); ++i) {
        KRONCUT_CHECK(found[i].index == (equal ? i : ones.size() - 1 - i));
      }
    }
  }
}

KRONCUT_TEST(simulated_reductions_refuse_what_is_not_finite) {
  Random random(63);
  auto made = random_product(random, 12, 2, false);
  const std::size_t columns = made.right.size() / 2;
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    made.right[columns - 1] = bad;  // in the highest column
    std::vector<std::string> messages;
    const MachineScope scope(std::size_t{1} << 24);
    for (const auto& backend : {make_cpu_backend(), make_cuda_backend(0)}) {
      Questions questions(0, made.size, made.size, 5, random_given(random, 12));
      Control control;
      try {
        backend->stream_product(made.product, 0, made.size, questions.all, 1, control);
      } catch (const Error& error) {
        KRONCUT_CHECK(error.code() == ErrorCode::internal);
        messages.emplace_back(error.what());
      }
    }
    KRONCUT_CHECK(messages.size() == 2 && messages[0] == messages[1]);
    made.right[columns - 1] = 0;
  }
  // Finite values with a sum that is not: no error, as on the processor.
  for (double& value : made.left) value = 1;
  for (double& value : made.right) value = 4e307;
  const MachineScope scope(std::size_t{1} << 24);
  MomentsConsumer moments(0, made.size, made.size, 1);
  FanOut all({&moments});
  Control control;
  make_cuda_backend(0)->stream_product(made.product, 0, made.size, all, 1, control);
  KRONCUT_CHECK(std::isinf(moments.slice_sums()[0]) && moments.max() == 8e307);
}

KRONCUT_TEST(simulated_cross_entropies_refuse_weights_that_are_not_finite) {
  Random random(65);
  const auto made = random_product(random, 10, 2, false);
  const auto given = random_given(random, 10);
  auto spoiled = std::make_shared<Tensor>(*given);
  std::vector<double> values(given->values, given->values + made.size);
  values[700] = std::nan("");
  spoiled->values = values.data();
  const MachineScope scope(std::size_t{1} << 24);
  for (const auto& [weights, fails] :
       {std::pair{given, false}, std::pair{std::shared_ptr<const Tensor>(spoiled), true}}) {
    EntropyConsumer entropies(weights, 0, 0, made.size, 256, 1);
    FanOut all({&entropies});
    Control control;
    std::string message;
    try {
      make_cuda_backend(0)->stream_product(made.product, 0, made.size, all, 1, control);
    } catch (const Error& error) {
      KRONCUT_CHECK(error.code() == ErrorCode::input);
      message = error.what();
    }
    KRONCUT_CHECK(fails == (message.find("among outcomes 512 to 767") != std::string::npos));
    KRONCUT_CHECK(fails != message.empty());
  }
}

KRONCUT_TEST(simulated_reductions_can_be_cancelled_and_refuse_what_does_not_fit) {
  Random random(64);
  const auto made = random_product(random, 12, 70, false);
  const MachineScope scope(std::size_t{1} << 24);
  Questions questions(0, made.size, made.size, 5, random_given(random, 12));
  Control control;
  control.cancel();
  KRONCUT_CHECK_THROWS(
      make_cuda_backend(0)->stream_product(made.product, 0, made.size, questions.all, 1, control),
      ErrorCode::cancelled);
  KRONCUT_CHECK(machine.used == 0);
  machine.capacity = 500;
  Control fresh;
  KRONCUT_CHECK_THROWS(
      make_cuda_backend(0)->stream_product(made.product, 0, made.size, questions.all, 1, fresh),
      ErrorCode::memory);
}

}  // namespace
}  // namespace kroncut::cuda

#else

#include <cstdio>

KRONCUT_TEST(simulated_reductions_need_the_cuda_headers) {
  std::printf("skip: this build has no CUDA code\n");
  KRONCUT_CHECK(true);
}

#endif
