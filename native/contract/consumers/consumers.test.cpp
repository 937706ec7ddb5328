#include "contract/consumers/consumers.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "contract/consumers/entropy.hpp"
#include "contract/consumers/test_feed.hpp"
#include "contract/network/network.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

std::vector<double> random_values(std::size_t size, std::uint64_t seed, bool coarse = false) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-0.2, 1.0);
  std::vector<double> values(size);
  for (double& value : values) {
    value = uniform(random);
    if (coarse) value = std::floor(value * 8);
  }
  return values;
}

}  // namespace

KRONCUT_TEST(top_consumer_finds_the_largest_values_with_ties_by_index) {
  for (const bool coarse : {false, true}) {
    const auto values = random_values(4096, 1, coarse);
    std::vector<TopEntry> all;
    for (std::size_t i = 0; i < values.size(); ++i) all.push_back({4096 + i, values[i]});
    std::stable_sort(all.begin(), all.end(),
                     [](const TopEntry& a, const TopEntry& b) { return a.value > b.value; });
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        TopConsumer top(count, 2);
        feed(top, 4096, values, std::size_t{1} << (seed * 4), seed);
        const auto found = top.finish();
        KRONCUT_CHECK(found.size() == std::min(count, values.size()));
        for (std::size_t i = 0; i < found.size(); ++i) {
          KRONCUT_CHECK(found[i].index == all[i].index && found[i].value == all[i].value);
        }
      }
    }
  }
}

KRONCUT_TEST(moments_do_not_depend_on_runs_or_workers) {
  const auto values = random_values(1 << 14, 2);
  for (const std::uint64_t slice : {std::uint64_t{64}, std::uint64_t{1024}, std::uint64_t{1} << 14}) {
    std::vector<double> reference;
    for (const std::size_t run :
         {std::size_t{64}, std::size_t{512}, std::size_t{1} << 13, std::size_t{1} << 14}) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        MomentsConsumer moments(1 << 14, 2 << 14, slice, 2);
        feed(moments, 1 << 14, values, run, seed);
        if (reference.empty()) reference = moments.slice_sums();
        KRONCUT_CHECK(moments.slice_sums() == reference);
        KRONCUT_CHECK(moments.min() == *std::min_element(values.begin(), values.end()));
        KRONCUT_CHECK(moments.max() == *std::max_element(values.begin(), values.end()));
      }
    }
    KRONCUT_CHECK(reference.size() == values.size() / slice);
    for (std::size_t i = 0; i < reference.size(); ++i) {
      long double sum = 0;
      for (std::size_t j = 0; j < slice; ++j) sum += values[i * slice + j];
      KRONCUT_CHECK_NEAR(reference[i], static_cast<double>(sum), 1e-10);
    }
  }
}

KRONCUT_TEST(moments_work_for_tiny_runs_and_slices) {
  const std::vector<double> values{1, 2, 4, 8, 16, 32, 64, 128};
  for (const std::size_t run : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    MomentsConsumer moments(8, 16, 2, 2);
    feed(moments, 8, values, run, 1);
    KRONCUT_CHECK((moments.slice_sums() == std::vector<double>{3, 12, 48, 192}));
    KRONCUT_CHECK(moments.min() == 1 && moments.max() == 128);
  }
}

KRONCUT_TEST(compare_consumer_matches_the_definitions) {
  constexpr std::size_t size = 4096;
  const auto q = random_values(size, 3);
  auto p = random_values(2 * size, 4);
  for (std::size_t i = 0; i < p.size(); i += 7) p[i] = 0;
  NewTensor reference = allocate_tensor({}, std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  std::copy(p.begin(), p.end(), reference.values);
  const auto shared = std::make_shared<const Tensor>(reference.tensor);
  for (const std::size_t run : {std::size_t{64}, std::size_t{1024}, std::size_t{4096}}) {
    CompareConsumer compare(shared, size, 2 * size, 2048, 2);
    feed(compare, size, q, run, 5);
    const ComparisonResult found = compare.finish();
    KRONCUT_CHECK(found.squared_error.size() == 2);
    double worst = 0;
    std::uint64_t missing = 0;
    for (std::size_t slice = 0; slice < 2; ++slice) {
      double sums[5] = {};
      for (std::size_t i = slice * 2048; i < (slice + 1) * 2048; ++i) {
        const double pi = p[size + i];
        const double qi = q[i];
        worst = std::max(worst, std::abs(pi - qi));
        sums[0] += (pi - qi) * (pi - qi);
        sums[1] += pi * pi;
        if (pi + qi > 0) sums[2] += (pi - qi) * (pi - qi) / (pi + qi);
        if (pi > 0 && qi > 0) sums[3] += std::sqrt(pi * qi);
        if (pi > 0 && qi > 0) sums[4] -= pi * std::log(qi);
        if (pi > 0 && qi <= 0) ++missing;
      }
      KRONCUT_CHECK_NEAR(found.squared_error[slice], sums[0], 1e-9);
      KRONCUT_CHECK_NEAR(found.squared_reference[slice], sums[1], 1e-9);
      KRONCUT_CHECK_NEAR(found.chi_squared[slice], sums[2], 1e-9 * sums[2]);
      KRONCUT_CHECK_NEAR(found.fidelity[slice], sums[3], 1e-9);
      KRONCUT_CHECK_NEAR(found.cross_entropy[slice], sums[4], 1e-9);
    }
    KRONCUT_CHECK(found.max_abs_error == worst);
    KRONCUT_CHECK(found.missing == missing && missing > 0);
  }
  const auto build = [&](std::uint64_t end) {
    return CompareConsumer(shared, 0, end, 1, 1).finish().missing;
  };
  KRONCUT_CHECK_THROWS(build(4 * size), ErrorCode::input);
}

KRONCUT_TEST(file_consumer_writes_every_value_in_place) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("kroncut-consumers-test-" + std::to_string(getpid()) + ".npy"))
                               .string();
  const auto values = random_values(std::size_t{1} << 15, 6);
  for (const std::size_t run : {std::size_t{16}, std::size_t{4096}, std::size_t{1} << 14}) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      {
        std::filesystem::remove(path);
        const NpyFile file = NpyFile::create(path, NpyType::float64, {std::size_t{1} << 16});
        FileConsumer consumer(file, 2);
        feed(consumer, 1 << 15, values, run, seed);
        consumer.finish();
      }
      const auto mapped = MappedNpy::open(path);
      const auto written = mapped->float64();
      KRONCUT_CHECK(
          std::all_of(written.begin(), written.begin() + (1 << 15), [](double v) { return v == 0; }));
      KRONCUT_CHECK(std::equal(values.begin(), values.end(), written.begin() + (1 << 15)));
    }
  }
  std::filesystem::remove(path);
}

KRONCUT_TEST(consumers_ask_for_values_only_where_they_need_them) {
  const NewTensor given = allocate_tensor({}, std::vector<int>{0, 1, 2, 3, 4});
  const auto reference = std::make_shared<const Tensor>(given.tensor);
  TopConsumer top(3, 1);
  TopConsumer nothing(0, 1);
  MomentsConsumer moments(0, 32, 16, 1);
  CompareConsumer compare(reference, 0, 32, 8, 1);
  EntropyConsumer plain(nullptr, 0, 0, 32, 32, 1);
  EntropyConsumer weighed(reference, 0, 0, 32, 32, 1);
  ValuesConsumer values(0, 32);
  FanOut all({&top, &nothing, &moments, &compare, &plain, &weighed, &values});
  Reductions wanted;
  all.ask(wanted);
  KRONCUT_CHECK(wanted.digests && wanted.entropies && wanted.largest_piece == 8);
  KRONCUT_CHECK((wanted.tops == std::vector<TopConsumer*>{&top}));
  KRONCUT_CHECK((wanted.scanners == std::vector<Scanner*>{&moments, &plain, &weighed}));
  KRONCUT_CHECK((wanted.pairs == std::vector<Paired*>{&weighed, &compare}));
  KRONCUT_CHECK((wanted.watchers == std::vector<Consumer*>{&values}));
  // What is found in pieces is what is found by looking.
  const auto seen = random_values(32, 11);
  MomentsConsumer looked(0, 32, 16, 1);
  looked.consume(0, seen, 0);
  for (std::uint64_t begin = 0; begin < 32; begin += 8) {
    const std::span<const double> piece(seen.data() + begin, 8);
    moments.take(begin, 8, digest(piece, false), 8, 0);
  }
  KRONCUT_CHECK_NEAR(moments.slice_sums()[0], looked.slice_sums()[0], 1e-15 * 16);
  KRONCUT_CHECK_NEAR(moments.slice_sums()[1], looked.slice_sums()[1], 1e-15 * 16);
  KRONCUT_CHECK(moments.min() == looked.min() && moments.max() == looked.max());
}

KRONCUT_TEST(fan_out_feeds_all_and_refuses_what_is_not_finite) {
  auto values = random_values(32, 7);
  ValuesConsumer a(32, 64);
  ValuesConsumer b(32, 64);
  FanOut both({&a, &b});
  feed(both, 32, values, 16, 1);
  KRONCUT_CHECK(a.values() == values && b.values() == values);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()}) {
    for (const std::size_t run : {std::size_t{4}, std::size_t{32}}) {
      auto spoiled = values;
      spoiled[13] = bad;
      std::string message;
      try {
        feed(both, 32, spoiled, run, 0);
      } catch (const Error& error) {
        KRONCUT_CHECK(error.code() == ErrorCode::internal);
        message = error.what();
      }
      KRONCUT_CHECK(message.find("outcome 45 ") != std::string::npos);
    }
  }
}

}  // namespace kroncut
