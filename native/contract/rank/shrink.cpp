#include "contract/rank/shrink.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "contract/network/dot.hpp"
#include "contract/product/stream_product.hpp"
#include "contract/rank/full_rank.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Sketches have this many rows for each column of what they stand for, and each row of that goes to so many
/// of them.
constexpr std::size_t sketch_rows = 2;
constexpr std::size_t sketch_places = 4;
/// Items of work of one thread.
constexpr std::size_t block = 64;
/// A decomposition in vain costs about as much as 100 k^3 multiply-adds of the product, which has to be
/// ten times that.
constexpr double cost_factor = 1000;
/// Index extents that are never worth the effort.
constexpr std::size_t least_inner = 8;
/// What may stay of the index for the shrinking to pay, in sixteenths.
constexpr std::size_t most_kept = 15;
/// Share of the tolerance down to which items are chosen, so that the sum over all items keeps within it.
constexpr double choice_share = 0.125;

/// A matrix whose items (the vectors between which dependence is sought) lie one after another.
struct Items {
  AlignedArray<double> values;
  std::size_t count = 0;
  std::size_t length = 0;
  [[nodiscard]] double* item(std::size_t i) { return values.data() + i * length; }
  [[nodiscard]] const double* item(std::size_t i) const { return values.data() + i * length; }
};

std::vector<double> largest_entries(const Items& items, int threads) {
  std::vector<double> largest(items.count);
  parallel_for(items.count, threads, [&](std::size_t i, int) {
    const double* const values = items.item(i);
    double most = 0;
    for (std::size_t j = 0; j < items.length; ++j) most = std::max(most, std::abs(values[j]));
    largest[i] = most;
  });
  return largest;
}

/// Items times `weights`, their entries added with signs into fewer; items that are short are only weighed.
Items sketch_of(const Items& items, const std::vector<double>& weights, int threads) {
  const std::size_t target = sketch_rows * items.count;
  const bool shorten = items.length > 2 * target;
  Items sketch{{}, items.count, shorten ? target : items.length};
  sketch.values = AlignedArray<double>(sketch.count * sketch.length);
  parallel_for(items.count, threads, [&](std::size_t i, int) {
    const double* const from = items.item(i);
    double* const to = sketch.item(i);
    if (!shorten) {
      for (std::size_t j = 0; j < items.length; ++j) to[j] = weights[i] * from[j];
      return;
    }
    std::fill(to, to + target, 0.0);
    for (std::size_t j = 0; j < items.length; ++j) {
      const double value = weights[i] * from[j];
      for (std::size_t part = 0; part < sketch_places; ++part) {
        const std::uint64_t hash = mixed(sketch_places * j + part);
        to[(hash >> 1) % target] += (hash & 1) != 0 ? value : -value;
      }
    }
  });
  return sketch;
}

void subtract(double* target, const double* source, double factor, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) target[i] -= factor * source[i];
}

/// Items[i] = sum over r of coefficients[i][r] * items[chosen[r]], up to what was tolerated.
struct Dependence {
  std::vector<std::size_t> chosen;
  std::vector<double> coefficients;  // count x chosen.size()
};

/// Pivoted Gram-Schmidt: takes the item with the largest rest until all rests are at most `tolerance` of the
/// largest item. Nothing where more than `most` items would be needed.
std::optional<Dependence> decompose(Items& items, double tolerance, std::size_t most, int threads) {
  const std::size_t count = items.count;
  std::vector<double> rest(count);
  std::vector<bool> taken(count, false);
  std::vector<std::vector<double>> along;  // of each basis vector, its share in every item
  Dependence found;
  parallel_for(count, threads,
               [&](std::size_t i, int) { rest[i] = dot(items.item(i), items.item(i), items.length); });
  const double scale = *std::max_element(rest.begin(), rest.end());
  const double limit = tolerance * tolerance * scale;
  std::vector<double> basis(items.length);
  for (;;) {
    std::size_t pivot = count;
    for (std::size_t i = 0; i < count; ++i) {
      if (!taken[i] && rest[i] > limit && (pivot == count || rest[i] > rest[pivot])) pivot = i;
    }
    if (pivot == count) break;
    if (found.chosen.size() == most) return std::nullopt;
    taken[pivot] = true;
    found.chosen.push_back(pivot);
    const double norm = std::sqrt(rest[pivot]);
    for (std::size_t j = 0; j < items.length; ++j) basis[j] = items.item(pivot)[j] / norm;
    std::vector<double>& shares = along.emplace_back(count, 0.0);
    shares[pivot] = norm;
    parallel_for((count + block - 1) / block, threads, [&](std::size_t part, int) {
      for (std::size_t i = part * block; i < std::min(count, (part + 1) * block); ++i) {
        if (taken[i]) continue;
        shares[i] = dot(basis.data(), items.item(i), items.length);
        subtract(items.item(i), basis.data(), shares[i], items.length);
        rest[i] = dot(items.item(i), items.item(i), items.length);
      }
    });
  }
  // The shares of the chosen items form a triangle; solving with it turns shares into coefficients.
  const std::size_t rank = found.chosen.size();
  found.coefficients.assign(count * rank, 0.0);
  std::vector<double> triangle(rank * rank);
  for (std::size_t r = 0; r < rank; ++r) {
    for (std::size_t c = 0; c < rank; ++c) triangle[r * rank + c] = along[r][found.chosen[c]];
  }
  parallel_for(count, threads, [&](std::size_t i, int) {
    double* const solution = found.coefficients.data() + i * rank;
    if (taken[i]) {
      const auto place = std::find(found.chosen.begin(), found.chosen.end(), i) - found.chosen.begin();
      solution[place] = 1;
      return;
    }
    for (std::size_t r = rank; r-- > 0;) {
      double value = along[r][i];
      for (std::size_t c = r + 1; c < rank; ++c) value -= triangle[r * rank + c] * solution[c];
      solution[r] = value / triangle[r * rank + r];
    }
  });
  return found;
}

Items transposed(const double* values, std::size_t rows, std::size_t columns, int threads) {
  Items items{AlignedArray<double>(rows * columns), columns, rows};
  parallel_for((columns + block - 1) / block, threads, [&](std::size_t part, int) {
    const std::size_t first = part * block;
    const std::size_t last = std::min(columns, first + block);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = first; i < last; ++i) items.item(i)[row] = values[row * columns + i];
    }
  });
  return items;
}

/// Sum over the items of the largest error of each times the largest entry of its partner.
double bound_of(const Items& items, const Items& chosen, const Dependence& dependence,
                const std::vector<double>& partner, int threads, Control& control) {
  AlignedArray<double> product(items.count * items.length);
  multiply(items.count, items.length, chosen.count, dependence.coefficients.data(), chosen.values.data(),
           product.data(), threads, control);
  std::vector<double> errors(items.count);
  parallel_for(items.count, threads, [&](std::size_t i, int) {
    double most = 0;
    for (std::size_t j = 0; j < items.length; ++j) {
      most = std::max(most, std::abs(items.item(i)[j] - product[i * items.length + j]));
    }
    errors[i] = most * partner[i];
  });
  double bound = 0;
  for (const double error : errors) bound += error;
  return bound;
}

/// One side of a product replaced by some of its items, the other one by combinations of its own.
struct Replacement {
  Items chosen;
  Items combined;
  double bound = 0;
};

/// Whether a few entries of `count` items tell that none depends on the others; entry j of item i is at
/// i * item_stride + j * stride.
bool independent(const double* values, std::size_t count, std::size_t item_stride, std::size_t length,
                 std::size_t stride, double tolerance, int threads, Control& control) {
  std::vector<double> sample;
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& [begin, end] : sampled_columns(count, length)) {
      for (std::size_t j = begin; j < end; ++j) sample.push_back(values[i * item_stride + j * stride]);
    }
  }
  return clearly_independent(sample, count, tolerance, threads, control);
}

/// Nothing where `items` cannot be replaced by fewer of them within the tolerance.
std::optional<Replacement> replace(const Items& items, const Items& partner, double tolerance, int threads,
                                   Control& control) {
  const std::vector<double> own = largest_entries(items, threads);
  const std::vector<double> other = largest_entries(partner, threads);
  double allowed = 0;
  for (std::size_t i = 0; i < own.size(); ++i) allowed += own[i] * other[i];
  allowed *= tolerance;
  Items sketch = sketch_of(items, other, threads);
  auto dependence = decompose(sketch, choice_share * tolerance, items.count * most_kept / 16, threads);
  if (!dependence || dependence->chosen.empty()) return std::nullopt;
  // The sketch was weighed by the partners: what was found holds for weighed items.
  const std::size_t rank = dependence->chosen.size();
  for (std::size_t i = 0; i < items.count; ++i) {
    for (std::size_t r = 0; r < rank; ++r) {
      double& value = dependence->coefficients[i * rank + r];
      value = other[i] > 0 ? value * other[dependence->chosen[r]] / other[i] : 0.0;
    }
  }
  Replacement result{{AlignedArray<double>(rank * items.length), rank, items.length},
                     {AlignedArray<double>(rank * partner.length), rank, partner.length},
                     0};
  for (std::size_t r = 0; r < rank; ++r) {
    std::memcpy(result.chosen.item(r), items.item(dependence->chosen[r]), items.length * sizeof(double));
  }
  result.bound = bound_of(items, result.chosen, *dependence, other, threads, control);
  if (!(result.bound <= allowed)) return std::nullopt;
  AlignedArray<double> combination(rank * items.count);
  for (std::size_t i = 0; i < items.count; ++i) {
    for (std::size_t r = 0; r < rank; ++r) {
      combination[r * items.count + i] = dependence->coefficients[i * rank + r];
    }
  }
  multiply(rank, partner.length, items.count, combination.data(), partner.values.data(),
           result.combined.values.data(), threads, control);
  return result;
}

}  // namespace

Shrinking shrink_product(PreparedProduct& prepared, double tolerance, int threads, Control& control) {
  const std::size_t inner = prepared.product.inner;
  Shrinking result{inner, inner, 0};
  const std::size_t rows = std::size_t{1} << std::popcount(prepared.product.row_mask);
  const std::size_t columns = std::size_t{1} << std::popcount(prepared.product.column_mask);
  const double k = static_cast<double>(inner);
  const bool pays = cost_factor * k * k < static_cast<double>(rows) * static_cast<double>(columns) &&
                    2 * k * static_cast<double>(std::max(rows, columns)) <
                        static_cast<double>(rows) * static_cast<double>(columns);
  if (!(tolerance > 0) || inner < least_inner || !pays) return result;
  const double* const first = prepared.product.left;
  const double* const second = prepared.product.right;
  const bool left_full = independent(first, inner, 1, rows, inner, tolerance, threads, control);
  const bool right_full = independent(second, inner, columns, columns, 1, tolerance, threads, control);
  if (left_full && right_full) return result;

  Items left = transposed(prepared.product.left, rows, inner, threads);
  Items right{AlignedArray<double>(inner * columns), inner, columns};
  std::memcpy(right.values.data(), prepared.product.right, inner * columns * sizeof(double));
  bool changed = false;
  for (const bool by_left : {true, false}) {
    // Combinations of independent items that are fewer are independent too.
    if (by_left ? left_full : right_full) continue;
    auto replaced = replace(by_left ? left : right, by_left ? right : left, tolerance, threads, control);
    if (!replaced) continue;
    changed = true;
    result.error_bound += replaced->bound;
    left = std::move(by_left ? replaced->chosen : replaced->combined);
    right = std::move(by_left ? replaced->combined : replaced->chosen);
  }
  if (!changed) return result;
  const Items rows_first = transposed(left.values.data(), left.count, left.length, threads);
  result.after = left.count;
  prepared.left = AlignedArray<double>(left.count * rows);
  std::memcpy(prepared.left.data(), rows_first.values.data(), left.count * rows * sizeof(double));
  prepared.right = std::move(right.values);
  prepared.tensor = nullptr;
  prepared.product.left = prepared.left.data();
  prepared.product.right = prepared.right.data();
  prepared.product.inner = left.count;
  return result;
}

}  // namespace kroncut
