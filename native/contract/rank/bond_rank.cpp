#include "contract/rank/bond_rank.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "contract/network/network.hpp"
#include "contract/product/stream_product.hpp"
#include "contract/rank/bond_matrix.hpp"
#include "contract/rank/full_rank.hpp"
#include "contract/rank/pivoted_basis.hpp"
#include "core/aligned.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Columns of a sketch for each row, and in how many places each column of the matrix is added: a matrix with
/// no more columns than rows that are not zero keeps its rank. So many neighbours go to neighbouring places.
constexpr std::size_t sketch_ratio = 3;
constexpr std::size_t neighbours = 8;
constexpr std::size_t sketch_spread = 3;
/// Sums of a sketch are made in so many parts, side by side.
constexpr std::size_t most_parts = 16;
/// Share of the tolerance down to which vectors are taken from a sketch, and by how much less in a next
/// attempt.
constexpr double sketch_share = 0.25;
constexpr double next_share = 1.0 / 16;
constexpr int attempts = 3;
/// Squares of smaller norms are not to be trusted.
constexpr double least_norm = 1e-140;

/// Columns of a sketch, the last ones of which only the ends of groups reach.
std::size_t sketch_width(std::size_t rows) { return sketch_ratio * rows + neighbours; }

/// Where the columns of groups go in a sketch, and with which signs.
class Spread {
 public:
  /// For columns [begin, end).
  Spread(std::size_t begin, std::size_t end, std::size_t width, std::uint64_t seed)
      : first_(begin / neighbours), starts_(sketch_spread * ((end - 1) / neighbours + 1 - first_)) {
    signs_.resize(starts_.size() * neighbours);
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      std::uint64_t hash = mixed(seed ^ mixed(sketch_spread * first_ + i));
      for (std::size_t k = 0; k < neighbours; ++k, hash >>= 1)
        signs_[i * neighbours + k] = (hash & 1) != 0 ? 1.0 : -1.0;
      starts_[i] = hash % (width - neighbours + 1);
    }
  }

  /// Adds a run of columns of a row to that of the sketch.
  void add(std::size_t column, const double* from, std::size_t count, double* to) const {
    for (const std::size_t end = column + count; column < end;) {
      const std::size_t within = column % neighbours;
      const std::size_t some = std::min(neighbours - within, end - column);
      const std::size_t place = sketch_spread * (column / neighbours - first_);
      for (std::size_t i = place; i < place + sketch_spread; ++i) {
        const double* const signs = signs_.data() + i * neighbours + within;
        double* const target = to + starts_[i] + within;
        if (some == neighbours) {
          for (std::size_t k = 0; k < neighbours; ++k) target[k] += signs[k] * from[k];
        } else {
          for (std::size_t k = 0; k < some; ++k) target[k] += signs[k] * from[k];
        }
      }
      column += some;
      from += some;
    }
  }

 private:
  std::size_t first_;
  std::vector<std::size_t> starts_;
  std::vector<double> signs_;
};

/// Adds columns of a matrix, with signs, to those of a sketch; `sketch` holds them one after another.
void add_sketch(const BondMatrix& matrix, std::span<const ColumnRange> ranges, std::uint64_t seed,
                std::vector<double>& sketch, int threads, Control& control) {
  const std::size_t rows = matrix.rows();
  const std::size_t width = sketch_width(rows);
  const std::vector<ColumnRange> blocks = matrix.blocks(ranges);
  const std::size_t parts = std::min(most_parts, blocks.size());
  std::vector<std::vector<double>> sums(parts);
  parallel_for(parts, threads, [&](std::size_t part, int) {
    // Row-major, so that a row of the matrix stays in one row.
    std::vector<double>& sum = sums[part];
    sum.assign(rows * width, 0.0);
    for (std::size_t b = part * blocks.size() / parts; b < (part + 1) * blocks.size() / parts; ++b) {
      const auto [begin, end] = blocks[b];
      const Spread spread(begin, end, width, seed);
      for (std::size_t row = 0; row < rows; ++row) {
        double* const to = sum.data() + row * width;
        matrix.each_run(row, begin, end, [&](std::size_t column, const double* from, std::size_t count) {
          spread.add(column, from, count, to);
        });
      }
      control.check();
    }
  });
  const std::size_t before = sketch.size();
  sketch.resize(before + rows * width, 0.0);
  for (const std::vector<double>& sum : sums) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t t = 0; t < width; ++t) sketch[before + t * rows + row] += sum[row * width + t];
    }
  }
}

/// Whether a few columns reach everything beyond doubt.
bool is_full(const BondMatrix& matrix, double tolerance, int threads, Control& control) {
  const std::size_t rows = matrix.rows();
  const std::vector<ColumnRange> ranges = sampled_columns(rows, matrix.columns());
  std::size_t width = 0;
  for (const auto& [begin, end] : ranges) width += end - begin;
  std::vector<double> sample(rows * width);
  std::size_t place = 0;
  for (const auto& [begin, end] : ranges) {
    for (std::size_t row = 0; row < rows; ++row) {
      double* const to = sample.data() + row * width + place;
      matrix.each_run(row, begin, end, [&](std::size_t column, const double* from, std::size_t count) {
        std::copy(from, from + count, to + (column - begin));
      });
    }
    place += end - begin;
  }
  return clearly_independent(sample, rows, tolerance, threads, control);
}

/// All columns one after another, for a matrix of few.
std::vector<double> columns_of(const BondMatrix& matrix) {
  std::vector<double> columns(matrix.rows() * matrix.columns());
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    matrix.each_run(row, 0, matrix.columns(), [&](std::size_t first, const double* from, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) columns[(first + i) * matrix.rows() + row] = from[i];
    });
  }
  return columns;
}

/// From squared norms of columns those of the slices.
SliceNorms norms_of(const std::vector<double>& squares, std::size_t length) {
  double whole = 0;
  double largest = 0;
  double sum = 0;
  for (std::size_t outcome = 0; outcome < length; ++outcome) {
    double slice = 0;
    for (std::size_t column = outcome; column < squares.size(); column += length) slice += squares[column];
    whole += slice;
    largest = std::max(largest, slice);
    sum += std::sqrt(slice);
  }
  return {std::sqrt(whole), std::sqrt(largest), sum};
}

/// By column, the sum of the squares of all rows of a block.
void set_squares(const double* block, std::size_t rows, std::size_t width, double* squares) {
  std::fill(squares, squares + width, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < width; ++i) squares[i] += block[row * width + i] * block[row * width + i];
  }
}

/// Buffers of the threads, made when they are first used.
class Buffers {
 public:
  Buffers(std::size_t size, int threads)
      : size_(size), buffers_(static_cast<std::size_t>(std::max(1, threads))) {}
  double* of(int worker) {
    AlignedArray<double>& buffer = buffers_[static_cast<std::size_t>(worker)];
    if (buffer.size() == 0) buffer = AlignedArray<double>(size_);
    return buffer.data();
  }

 private:
  std::size_t size_;
  std::vector<AlignedArray<double>> buffers_;
};

struct Measured {
  SliceNorms all;
  SliceNorms lost;
};

/// What a projection on all vectors but some loses; `others` are these, one after another.
Measured measure(const BondMatrix& matrix, std::span<const double> others, int threads, Control& control) {
  const std::size_t rows = matrix.rows();
  const std::size_t count = others.size() / rows;
  const ColumnRange all{0, matrix.columns()};
  const std::vector<ColumnRange> blocks = matrix.blocks({&all, 1});
  std::vector<double> squares(matrix.columns());
  std::vector<double> lost(matrix.columns());
  Buffers buffers((rows + count) * matrix.block(), threads);
  parallel_for(blocks.size(), threads, [&](std::size_t b, int worker) {
    const auto [begin, end] = blocks[b];
    const std::size_t width = end - begin;
    double* const block = buffers.of(worker);
    matrix.copy(begin, end, block);
    set_squares(block, rows, width, squares.data() + begin);
    if (count == 0) return;
    double* const product = block + rows * width;
    multiply(count, width, rows, others.data(), block, product, 1, control);
    set_squares(product, count, width, lost.data() + begin);
  });
  return {norms_of(squares, matrix.length()), norms_of(lost, matrix.length())};
}

}  // namespace

BondBasis bond_basis(const Tensor& tensor, std::span<const int> labels, double tolerance, int threads,
                     Control& control) {
  const BondMatrix matrix(tensor, labels);
  const std::size_t rows = matrix.rows();
  const BondBasis whole{rows, rows, {}, {}};
  if (rows < 2) return whole;
  const bool few = matrix.columns() <= sketch_ratio * rows;
  if (is_full(matrix, tolerance, threads, control)) return whole;
  const ColumnRange all{0, matrix.columns()};
  std::vector<double> columns = few ? columns_of(matrix) : std::vector<double>();
  double share = sketch_share * tolerance;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (!few)
      add_sketch(matrix, {&all, 1}, static_cast<std::uint64_t>(attempt + 1), columns, threads, control);
    const PivotedBasis found(columns, rows, share);
    share *= next_share;
    const std::size_t rank = std::max<std::size_t>(1, found.rank());
    if (rank == rows) return whole;
    const std::vector<double> vectors = found.vectors();
    const std::span<const double> others(vectors.data() + rank * rows, (rows - rank) * rows);
    const Measured measured = measure(matrix, others, threads, control);
    const bool small = measured.all.whole > least_norm &&
                       measured.lost.whole <= tolerance * measured.all.whole &&
                       measured.lost.largest <= tolerance * measured.all.largest;
    if (!small) continue;
    BondBasis basis{rows, rank, std::vector<double>(rows * rank), measured.lost};
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t r = 0; r < rank; ++r) basis.vectors[i * rank + r] = vectors[r * rows + i];
    }
    return basis;
  }
  return whole;
}

Tensor project_bonds(const Tensor& tensor, std::span<const int> labels, std::span<const double> vectors,
                     int label, int threads, Control& control) {
  const BondMatrix matrix(tensor, labels);
  const std::size_t rows = matrix.rows();
  const std::size_t rank = vectors.size() / rows;
  if (rank == 0 || rank * rows != vectors.size()) {
    throw Error(ErrorCode::input, std::to_string(vectors.size()) +
                                      " numbers are no vectors over an index of " + std::to_string(rows) +
                                      " values");
  }
  std::vector<double> transposed(vectors.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t r = 0; r < rank; ++r) transposed[r * rows + i] = vectors[i * rank + r];
  }
  std::vector<Bond> bonds{{label, rank}};
  bonds.insert(bonds.end(), matrix.rest().begin(), matrix.rest().end());
  NewTensor made = allocate_tensor(std::move(bonds), tensor.bits);
  const ColumnRange all{0, matrix.columns()};
  const std::vector<ColumnRange> blocks = matrix.blocks({&all, 1});
  Buffers buffers((rows + rank) * matrix.block(), threads);
  parallel_for(blocks.size(), threads, [&](std::size_t b, int worker) {
    const auto [begin, end] = blocks[b];
    const std::size_t width = end - begin;
    double* const block = buffers.of(worker);
    matrix.copy(begin, end, block);
    double* const product = block + rows * width;
    multiply(rank, width, rows, transposed.data(), block, product, 1, control);
    for (std::size_t r = 0; r < rank; ++r) {
      std::copy(product + r * width, product + (r + 1) * width, made.values + r * matrix.columns() + begin);
    }
  });
  return made.tensor;
}

SliceNorms slice_norms(const Tensor& tensor, int threads, Control& control) {
  // The first bond, say, makes the rows; one that leads back to its own tensor is a bond like others here.
  Tensor plain = tensor;
  for (std::size_t i = 0; i < plain.bonds.size(); ++i) plain.bonds[i].label = static_cast<int>(i);
  const std::vector<int> first = plain.bonds.empty() ? std::vector<int>() : std::vector<int>{0};
  return measure(BondMatrix(plain, first), {}, threads, control).all;
}

}  // namespace kroncut
