#pragma once

#include <bit>
#include <cmath>
#include <memory>
#include <vector>

#include "contract/consumers/consumers.hpp"
#include "contract/consumers/entropy.hpp"
#include "core/testing.hpp"
#include "device/backend.hpp"
#include "device/cuda/simulated/test_values.hpp"

/// What a device finds of products that stay there, beside what the processor finds: for the simulated device
/// and for real ones.
namespace kroncut::cuda {

/// A product with the memory that it points into.
struct OwnedProduct {
  Product product;
  std::uint64_t size = 1;
  std::vector<double> left;
  std::vector<double> right;
};

/// Quasi-probabilities; with `whole`, small whole numbers, whose sums are exact and many of which are equal.
inline OwnedProduct random_product(Random& random, int bits, std::size_t inner, bool whole) {
  OwnedProduct made;
  made.size = std::uint64_t{1} << bits;
  made.product.inner = inner;
  made.product.column_mask = (random() & (made.size - 1)) | 1;
  made.product.row_mask = (made.size - 1) & ~made.product.column_mask;
  made.left = random_values(random, inner << std::popcount(made.product.row_mask));
  made.right = random_values(random, inner << std::popcount(made.product.column_mask));
  if (whole) {
    for (double& value : made.left) value = std::round(value);
    for (double& value : made.right) value = std::round(value);
  }
  made.product.left = made.left.data();
  made.product.right = made.right.data();
  return made;
}

/// A distribution to compare with: numbers of all signs, and zeros.
inline std::shared_ptr<const Tensor> random_given(Random& random, int bits) {
  const auto values = std::make_shared<std::vector<double>>(random_values(random, std::size_t{1} << bits));
  for (double& value : *values) value = pick(random, 4) == 0 ? 0 : value;
  auto tensor = std::make_shared<Tensor>();
  tensor->bits.resize(static_cast<std::size_t>(bits));
  tensor->values = values->data();
  tensor->owner = values;
  return tensor;
}

/// The consumers that need no values.
struct Questions {
  Questions(std::uint64_t begin, std::uint64_t end, std::uint64_t slice, std::size_t count,
            const std::shared_ptr<const Tensor>& given)
      : top(count, 2),
        moments(begin, end, slice, 2),
        entropies(nullptr, 0, begin, end, slice, 2),
        weighed(given, 0, begin, end, slice, 2),
        compared(given, begin, end, slice, 2) {}
  TopConsumer top;
  MomentsConsumer moments;
  EntropyConsumer entropies;
  EntropyConsumer weighed;
  CompareConsumer compared;
  FanOut all{{&top, &moments, &entropies, &weighed, &compared}};
};

inline void check_lists(const std::vector<double>& actual, const std::vector<double>& expected,
                        double tolerance) {
  KRONCUT_CHECK(actual.size() == expected.size());
  KRONCUT_CHECK_NEAR(difference(actual, expected), 0, tolerance);
}

inline void check_comparisons(const Questions& actual, const Questions& expected, double tolerance) {
  const EntropyResult weighed = actual.weighed.finish();
  const EntropyResult other = expected.weighed.finish();
  check_lists(weighed.cross_entropy, other.cross_entropy, tolerance);
  check_lists(weighed.missing_weight, other.missing_weight, tolerance);
  KRONCUT_CHECK(weighed.missing == other.missing);
  const ComparisonResult found = actual.compared.finish();
  const ComparisonResult compared = expected.compared.finish();
  check_lists(found.squared_error, compared.squared_error, tolerance);
  check_lists(found.squared_reference, compared.squared_reference, tolerance);
  // Where p + q is nearly zero, a term is as large as rounding likes.
  for (std::size_t i = 0; i < found.chi_squared.size(); ++i) {
    KRONCUT_CHECK_NEAR(found.chi_squared[i], compared.chi_squared[i],
                       tolerance + 1e-9 * std::abs(compared.chi_squared[i]));
  }
  check_lists(found.fidelity, compared.fidelity, tolerance);
  check_lists(found.cross_entropy, compared.cross_entropy, tolerance);
  KRONCUT_CHECK_NEAR(found.max_abs_error, compared.max_abs_error, tolerance);
  KRONCUT_CHECK(found.missing == compared.missing);
}

/// `tolerance`: of a value; with 0 the answers are the same to the last bit, entropies excepted.
inline void check_answers(const Questions& actual, const Questions& expected, std::uint64_t slice,
                          double tolerance) {
  const double of_sums = tolerance * static_cast<double>(slice);
  check_lists(actual.moments.slice_sums(), expected.moments.slice_sums(), of_sums);
  KRONCUT_CHECK_NEAR(actual.moments.min(), expected.moments.min(), tolerance);
  KRONCUT_CHECK_NEAR(actual.moments.max(), expected.moments.max(), tolerance);
  const EntropyResult found = actual.entropies.finish();
  const EntropyResult other = expected.entropies.finish();
  check_lists(found.entropy, other.entropy, 1e-13 * static_cast<double>(slice));
  check_lists(found.collision, other.collision, of_sums);
  check_lists(found.negative_sum, other.negative_sum, of_sums);
  KRONCUT_CHECK(found.negatives == other.negatives);
  check_comparisons(actual, expected, 1e-12 * static_cast<double>(slice));
  const auto best = actual.top.finish();
  const auto likely = expected.top.finish();
  KRONCUT_CHECK(best.size() == likely.size());
  for (std::size_t i = 0; i < best.size(); ++i) {
    KRONCUT_CHECK(best[i].index == likely[i].index);
    KRONCUT_CHECK_NEAR(best[i].value, likely[i].value, tolerance);
  }
}

/// The range as a whole, and in three parts as ranks divide it: these make the same to the last bit.
inline void check_reductions_against_cpu(Backend& device, const OwnedProduct& made, std::uint64_t slice,
                                         std::size_t count, double tolerance,
                                         const std::shared_ptr<const Tensor>& given) {
  const std::uint64_t size = made.size;
  Control control;
  Questions expected(0, size, slice, count, given);
  make_cpu_backend()->stream_product(made.product, 0, size, expected.all, 2, control);
  Questions whole(0, size, slice, count, given);
  Control own;
  device.stream_product(made.product, 0, size, whole.all, 2, own);
  KRONCUT_CHECK(own.done() == size && own.total() == size);
  check_answers(whole, expected, slice, tolerance);
  std::vector<double> sums;
  std::vector<double> entropies;
  std::vector<double> fidelities;
  TopConsumer top(count, 1);
  const std::uint64_t slices = size / slice;
  for (const auto& [first, last] :
       {std::pair{std::uint64_t{0}, slices / 4}, std::pair{slices / 4, slices / 4 * 3},
        std::pair{slices / 4 * 3, slices}}) {
    Questions part(first * slice, last * slice, slice, count, given);
    device.stream_product(made.product, first * slice, last * slice, part.all, 2, control);
    for (const double sum : part.moments.slice_sums()) sums.push_back(sum);
    for (const double sum : part.entropies.finish().entropy) entropies.push_back(sum);
    for (const double sum : part.compared.finish().fidelity) fidelities.push_back(sum);
    for (const TopEntry& entry : part.top.finish()) top.offer(entry, 0);
  }
  KRONCUT_CHECK(sums == whole.moments.slice_sums());
  KRONCUT_CHECK(entropies == whole.entropies.finish().entropy);
  KRONCUT_CHECK(fidelities == whole.compared.finish().fidelity);
  const auto merged = top.finish();
  const auto best = whole.top.finish();
  KRONCUT_CHECK(merged.size() == best.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    KRONCUT_CHECK(merged[i].index == best[i].index && merged[i].value == best[i].value);
  }
}

}  // namespace kroncut::cuda
