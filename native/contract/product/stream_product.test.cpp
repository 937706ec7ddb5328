#include "contract/product/stream_product.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "core/aligned.hpp"
#include "core/bits.hpp"
#include "core/error.hpp"
#include "core/test_values.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

/// Gathers the runs and counts how often each outcome arrives.
class Gather final : public Consumer {
 public:
  Gather(std::uint64_t begin, std::uint64_t end, int threads)
      : begin_(begin), threads_(threads), values(end - begin, 0.0), visits(end - begin) {}
  void consume(std::uint64_t begin, std::span<const double> run, int worker) override {
    KRONCUT_CHECK(std::has_single_bit(run.size()) && begin % run.size() == 0);
    KRONCUT_CHECK(worker >= 0 && worker < threads_);
    for (std::size_t i = 0; i < run.size(); ++i) {
      values[begin - begin_ + i] = run[i];
      ++visits[begin - begin_ + i];
    }
  }
  [[nodiscard]] bool complete() const {
    return std::all_of(visits.begin(), visits.end(), [](const auto& count) { return count == 1; });
  }

 private:
  std::uint64_t begin_;
  int threads_;

 public:
  std::vector<double> values;
  std::vector<std::atomic<int>> visits;
};

class Store final : public Consumer {
 public:
  explicit Store(std::size_t size) : values(size) {}
  void consume(std::uint64_t, std::span<const double>, int) override { KRONCUT_CHECK(false); }
  double* destination(std::uint64_t, std::uint64_t) override { return values.data(); }
  AlignedArray<double> values;
};

struct Case {
  Product product;
  unsigned bits = 0;
  std::vector<double> left;
  std::vector<double> right;

  [[nodiscard]] double expected(std::uint64_t outcome) const {
    const std::size_t row = extract(outcome, product.row_mask);
    const std::size_t column = extract(outcome, product.column_mask);
    const std::size_t columns = std::size_t{1} << bit_count(product.column_mask);
    double sum = 0;
    for (std::size_t k = 0; k < product.inner; ++k) {
      sum += left[row * product.inner + k] * right[k * columns + column];
    }
    return sum;
  }
};

Case make_case(unsigned bits, std::uint64_t column_mask, std::size_t inner, std::mt19937_64& random) {
  Case made;
  made.bits = bits;
  made.product.inner = inner;
  made.product.column_mask = column_mask & low_mask(bits);
  made.product.row_mask = low_mask(bits) & ~column_mask;
  made.left = uniform_values(inner << bit_count(made.product.row_mask), random);
  made.right = uniform_values(inner << bit_count(made.product.column_mask), random);
  made.product.left = made.left.data();
  made.product.right = made.right.data();
  return made;
}

void check_case(const Case& tested) {
  const std::uint64_t size = std::uint64_t{1} << tested.bits;
  const double tolerance = 1e-14 * static_cast<double>(tested.product.inner);
  for (const SimdLevel level : simd_levels()) {
    Control control;
    Gather whole(0, size, 2);
    stream_product_at(level, tested.product, 0, size, whole, 2, control);
    KRONCUT_CHECK(whole.complete());
    KRONCUT_CHECK(control.done() == control.total());
    double worst = 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      worst = std::max(worst, std::abs(whole.values[i] - tested.expected(i)));
    }
    KRONCUT_CHECK_NEAR(worst, 0.0, tolerance);

    Store stored(size);
    stream_product_at(level, tested.product, 0, size, stored, 3, control);
    KRONCUT_CHECK(std::equal(whole.values.begin(), whole.values.end(), stored.values.data()));

    for (const auto& [begin, end] : {std::pair{size / 4, size}, std::pair{size / 8 * 3, size / 8 * 5},
                                     std::pair{size / 3, size / 3 + 5}}) {
      const std::uint64_t last = std::min(end, size);
      for (const int threads : {1, 3}) {
        Gather part(begin, last, threads);
        stream_product_at(level, tested.product, begin, last, part, threads, control);
        KRONCUT_CHECK(part.complete());
        KRONCUT_CHECK(std::equal(part.values.begin(), part.values.end(),
                                 whole.values.begin() + static_cast<std::ptrdiff_t>(begin)));
      }
      Store direct(last - begin);
      stream_product_at(level, tested.product, begin, last, direct, 2, control);
      KRONCUT_CHECK(std::equal(direct.values.data(), direct.values.data() + (last - begin),
                               whole.values.begin() + static_cast<std::ptrdiff_t>(begin)));
    }
  }
}

}  // namespace

KRONCUT_TEST(stream_product_matches_the_definition_for_any_masks) {
  std::mt19937_64 random(1);
  for (unsigned bits = 0; bits <= 12; ++bits) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      check_case(make_case(bits, random(), 1 + random() % 20, random));
    }
    check_case(make_case(bits, 0, 3, random));
    check_case(make_case(bits, ~std::uint64_t{0}, 5, random));
    check_case(make_case(bits, 1, 4, random));
    check_case(make_case(bits, low_mask(bits / 2), 16, random));
    check_case(make_case(bits, 0x5555, 7, random));
    check_case(make_case(bits, 0xfffe, 2, random));
  }
}

KRONCUT_TEST(stream_product_blocks_long_inner_dimensions) {
  std::mt19937_64 random(2);
  for (const std::size_t inner : {255U, 256U, 257U, 700U, 1024U}) {
    check_case(make_case(9, low_mask(5), inner, random));
    check_case(make_case(8, 0xa5, inner, random));
  }
}

KRONCUT_TEST(stream_product_covers_tiles_of_every_kind_at_larger_sizes) {
  std::mt19937_64 random(3);
  check_case(make_case(17, low_mask(14), 3, random));
  check_case(make_case(17, low_mask(2), 4, random));
  check_case(make_case(17, 1 | 0x1c000, 2, random));
  check_case(make_case(18, 0x2f0ff, 4, random));
  check_case(make_case(20, low_mask(10), 1, random));
}

KRONCUT_TEST(stream_product_of_nothing_is_zero) {
  std::mt19937_64 random(4);
  check_case(make_case(6, low_mask(3), 0, random));
}

KRONCUT_TEST(stream_product_refuses_bad_masks_and_ranges) {
  Control control;
  Store store(1);
  const double one = 1;
  Product product{&one, &one, 1, 0b0110, 0b0011};
  KRONCUT_CHECK_THROWS(stream_product(product, 0, 1, store, 1, control), ErrorCode::input);
  product.row_mask = 0b1000;
  KRONCUT_CHECK_THROWS(stream_product(product, 0, 1, store, 1, control), ErrorCode::input);
  product.row_mask = 0b100;
  KRONCUT_CHECK_THROWS(stream_product(product, 0, 9, store, 1, control), ErrorCode::input);
}

KRONCUT_TEST(stream_product_can_be_cancelled) {
  std::mt19937_64 random(5);
  const Case tested = make_case(10, low_mask(5), 2, random);
  Control control;
  control.cancel();
  Gather gather(0, 1024, 2);
  KRONCUT_CHECK_THROWS(stream_product(tested.product, 0, 1024, gather, 2, control), ErrorCode::cancelled);
}

KRONCUT_TEST(multiply_matches_the_definition) {
  std::mt19937_64 random(6);
  for (const SimdLevel level : simd_levels()) {
    for (int repeat = 0; repeat < 40; ++repeat) {
      const std::size_t rows = 1 + random() % (repeat % 4 == 0 ? 700 : 40);
      const std::size_t columns = 1 + random() % (repeat % 5 == 0 ? 5 : 90);
      const std::size_t inner = repeat == 7 ? 600 : random() % 70;
      const auto a = uniform_values(rows * inner, random);
      const auto b = uniform_values(inner * columns, random);
      std::vector<double> c(rows * columns, 7.0);
      std::vector<double> again(rows * columns, 8.0);
      Control control;
      multiply_at(level, rows, columns, inner, a.data(), b.data(), c.data(), 1, control);
      multiply_at(level, rows, columns, inner, a.data(), b.data(), again.data(), 3, control);
      KRONCUT_CHECK(c == again);
      double worst = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
          double sum = 0;
          for (std::size_t k = 0; k < inner; ++k) sum += a[i * inner + k] * b[k * columns + j];
          worst = std::max(worst, std::abs(sum - c[i * columns + j]));
        }
      }
      KRONCUT_CHECK_NEAR(worst, 0.0, 1e-12);
    }
  }
}

}  // namespace kroncut
