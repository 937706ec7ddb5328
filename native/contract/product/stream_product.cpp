#include "contract/product/stream_product.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "contract/product/tile_engine.hpp"
#include "core/aligned.hpp"
#include "core/bits.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Runs handed to a consumer are this long where the range allows, and where that many values of the vector
/// side stay packed from tile to tile.
constexpr unsigned wanted_run_bits = 13;
constexpr unsigned max_buffered_bits = 17;
constexpr unsigned max_direct_bits = 18;
constexpr unsigned max_scalar_side_bits = 8;
constexpr unsigned max_vector_side_bits = 11;
/// Tasks whose list is kept at once.
constexpr std::uint64_t max_tasks = std::uint64_t{1} << 20;
/// Below this size the answer is better left in the caches.
constexpr std::uint64_t streaming_threshold = std::uint64_t{1} << 19;

/// How the answer is divided: a tile is the set of outcomes that differ in the bits of `s_tile | v_tile`.
struct Division {
  bool rows_are_vectors = false;  // the rows of `left` fill the vector registers
  std::uint64_t s_mask = 0;
  std::uint64_t v_mask = 0;
  std::uint64_t s_tile = 0;
  std::uint64_t v_tile = 0;
  unsigned run_bits = 0;
  bool v_contiguous = false;

  [[nodiscard]] std::uint64_t tile() const noexcept { return s_tile | v_tile; }
};

unsigned log2_of(std::size_t power) { return static_cast<unsigned>(std::countr_zero(power)); }

/// `aligned_bits`: bits that a tile may use, as the range is a multiple of 2^aligned_bits. `run_bits`: of the
/// shortest runs that the consumer takes well; nothing where the answer is stored in place.
Division divide(const Product& product, unsigned aligned_bits, std::uint64_t outcomes,
                std::optional<unsigned> run_bits, const MicroKernel& kernel, int threads) {
  const bool direct = !run_bits;
  const std::uint64_t usable = low_mask(aligned_bits);
  const unsigned kernel_rows = log2_of(kernel.rows);
  const unsigned kernel_columns = log2_of(kernel.columns);
  const unsigned row_bits = bit_count(product.row_mask & usable);
  const unsigned column_bits = bit_count(product.column_mask & usable);
  const std::uint64_t register_bits = low_mask(kernel_columns);
  const bool low_bits_are_rows =
      bit_count(product.row_mask & register_bits) > bit_count(product.column_mask & register_bits);

  Division division;
  division.rows_are_vectors =
      column_bits < kernel_columns ? row_bits > column_bits : low_bits_are_rows && row_bits >= kernel_columns;
  division.s_mask = division.rows_are_vectors ? product.column_mask : product.row_mask;
  division.v_mask = division.rows_are_vectors ? product.row_mask : product.column_mask;
  const unsigned s_limit = bit_count(division.s_mask & usable);
  const unsigned v_limit = bit_count(division.v_mask & usable);

  const unsigned v_wanted = std::min(
      max_vector_side_bits, log2_of(std::bit_floor(TileEngine::vector_block(product.inner, kernel.columns))));
  unsigned least_run = direct ? 0 : std::min(aligned_bits, wanted_run_bits);
  while (!direct && least_run > *run_bits && bit_count(division.v_mask & low_mask(least_run)) > v_wanted) {
    --least_run;
  }
  const unsigned least_s = bit_count(division.s_mask & low_mask(least_run));
  const unsigned least_v = bit_count(division.v_mask & low_mask(least_run));
  const unsigned budget = direct ? max_direct_bits : max_buffered_bits;
  unsigned s = least_s;
  unsigned v = least_v;
  const auto grow = [&](unsigned& side, unsigned limit, unsigned wanted) {
    while (side < std::min(limit, wanted) && s + v < budget) ++side;
  };
  grow(v, v_limit, kernel_columns);
  grow(s, s_limit, kernel_rows + 1);
  grow(v, v_limit, v_wanted);
  grow(s, s_limit, max_scalar_side_bits);
  const std::uint64_t tasks_wanted = static_cast<std::uint64_t>(std::max(1, threads)) * 4;
  while ((outcomes >> (s + v)) < tasks_wanted) {
    if (s > std::max(least_s, kernel_rows + 1)) {
      --s;
    } else if (v > std::max(least_v, kernel_columns + 2)) {
      --v;
    } else {
      break;
    }
  }
  division.s_tile = lowest_bits(division.s_mask, s);
  division.v_tile = lowest_bits(division.v_mask, v);
  division.run_bits = static_cast<unsigned>(std::countr_one(division.tile()));
  division.v_contiguous = v >= kernel_columns && (division.v_tile & register_bits) == register_bits;
  return division;
}

/// Offsets of the items of one side of a tile: deposit into the outcome index, or into the tile's buffer.
std::vector<std::size_t> offsets_of(std::uint64_t side_tile, std::uint64_t tile, bool direct) {
  std::vector<std::size_t> offsets(std::size_t{1} << bit_count(side_tile));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const std::uint64_t index = deposit(i, side_tile);
    offsets[i] = direct ? index : extract(index, tile);
  }
  return offsets;
}

/// Base outcomes of all tiles in [begin, end), ordered so that tiles with one vector side follow each other.
std::vector<std::uint64_t> list_tiles(const Division& division, std::uint64_t begin, std::uint64_t end,
                                      unsigned aligned_bits) {
  std::vector<std::uint64_t> bases;
  const std::uint64_t unit = std::uint64_t{1} << aligned_bits;
  const std::uint64_t free_bits = low_mask(aligned_bits) & ~division.tile();
  for (std::uint64_t block = begin; block < end; block += unit) {
    for (std::uint64_t i = 0; i < (std::uint64_t{1} << bit_count(free_bits)); ++i) {
      bases.push_back(block | deposit(i, free_bits));
    }
  }
  std::sort(bases.begin(), bases.end(), [&](std::uint64_t a, std::uint64_t b) {
    const std::uint64_t va = a & division.v_mask;
    const std::uint64_t vb = b & division.v_mask;
    return va != vb ? va < vb : a < b;
  });
  return bases;
}

void check(const Product& product, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t all = product.row_mask | product.column_mask;
  if ((product.row_mask & product.column_mask) != 0 || (all & (all + 1)) != 0 || bit_count(all) > 62) {
    throw Error(ErrorCode::input, "the masks of a product must be disjoint and cover the low bits");
  }
  if (begin > end || end > all + 1) {
    throw Error(ErrorCode::input, "the range [" + std::to_string(begin) + ", " + std::to_string(end) +
                                      ") leaves the answer's " + std::to_string(all + 1) + " outcomes");
  }
}

/// A worker's engine, its buffer for the runs of a tile, and the vector side that the engine holds packed.
struct Worker {
  explicit Worker(const MicroKernel& kernel) : engine(kernel) {}
  TileEngine engine;
  AlignedArray<double> buffer;
  std::uint64_t packed_vectors = ~std::uint64_t{0};
};

}  // namespace

void stream_product_at(SimdLevel level, const Product& product, std::uint64_t begin, std::uint64_t end,
                       Consumer& consumer, int threads, Control& control) {
  check(product, begin, end);
  if (begin == end) return;
  const MicroKernel& kernel = micro_kernel(level);
  const unsigned bits = bit_count(product.row_mask | product.column_mask);
  const unsigned aligned_bits = std::min(bits, static_cast<unsigned>(std::countr_zero(begin | end)));
  double* const destination = consumer.destination(begin, end);
  const unsigned run_bits = consumer.run_bits();
  Division division =
      divide(product, aligned_bits, end - begin,
             destination == nullptr ? std::optional(run_bits) : std::nullopt, kernel, threads);
  // Single values scattered over memory cost a cache line each: such tiles are put in order in the cache
  // first.
  const bool direct = destination != nullptr && division.v_contiguous;
  if (destination != nullptr && !direct) {
    division = divide(product, aligned_bits, end - begin, run_bits, kernel, threads);
  }
  const std::size_t columns = std::size_t{1} << bit_count(product.column_mask);
  const std::vector<std::size_t> s_offsets = offsets_of(division.s_tile, division.tile(), direct);
  const std::vector<std::size_t> v_offsets = offsets_of(division.v_tile, division.tile(), direct);
  const std::size_t tile_size = std::size_t{1} << bit_count(division.tile());
  const std::size_t run_size = std::size_t{1} << division.run_bits;
  const std::uint64_t upper_tile_bits = division.tile() & ~low_mask(division.run_bits);
  const bool stream = direct && end - begin >= streaming_threshold &&
                      (reinterpret_cast<std::uintptr_t>(destination) - begin * sizeof(double)) % 64 == 0;

  const Operand left{product.left, product.inner, 1};
  const Operand right{product.right, 1, columns};
  const int workers = std::max(1, threads);
  std::vector<Worker> states;
  states.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) states.emplace_back(kernel);

  const auto compute = [&](std::uint64_t base, int number) {
    control.check();
    Worker& worker = states[static_cast<std::size_t>(number)];
    if (!direct && worker.buffer.size() == 0) worker.buffer = AlignedArray<double>(tile_size);
    Tile tile;
    tile.s = division.rows_are_vectors ? right : left;
    tile.v = division.rows_are_vectors ? left : right;
    tile.s.data += extract(base, division.s_mask) * tile.s.item_stride;
    tile.v.data += extract(base, division.v_mask) * tile.v.item_stride;
    tile.s_count = s_offsets.size();
    tile.v_count = v_offsets.size();
    tile.inner = product.inner;
    tile.out = direct ? destination + (base - begin) : worker.buffer.data();
    tile.s_offsets = s_offsets.data();
    tile.v_offsets = v_offsets.data();
    tile.v_contiguous = division.v_contiguous;
    tile.stream = stream;
    worker.engine.run(tile, worker.packed_vectors == (base & division.v_mask));
    worker.packed_vectors = base & division.v_mask;
    if (direct) {
      if (stream) finish_streaming();
    } else {
      for (std::size_t run = 0; run < tile_size / run_size; ++run) {
        const std::uint64_t first = base | deposit(run, upper_tile_bits);
        const std::span<const double> values(worker.buffer.data() + run * run_size, run_size);
        if (destination == nullptr) {
          consumer.consume(first, values, number);
        } else {
          std::copy(values.begin(), values.end(), destination + (first - begin));
        }
      }
    }
    control.advance(tile_size);
  };

  control.expect(end - begin);
  const std::uint64_t unit = std::uint64_t{1} << aligned_bits;
  const std::uint64_t window = std::max(unit, max_tasks * tile_size / unit * unit);
  for (std::uint64_t first = begin; first < end; first += window) {
    // Between two windows another call may have used the threads' packing buffers.
    for (Worker& worker : states) worker.packed_vectors = ~std::uint64_t{0};
    const auto bases = list_tiles(division, first, std::min(end, first + window), aligned_bits);
    parallel_for(bases.size(), workers, [&](std::size_t task, int number) { compute(bases[task], number); });
  }
}

void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end, Consumer& consumer,
                    int threads, Control& control) {
  stream_product_at(simd_level(), product, begin, end, consumer, threads, control);
}

void multiply_at(SimdLevel level, std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
                 const double* b, double* c, int threads, Control& control) {
  if (rows == 0 || columns == 0) return;
  const MicroKernel& kernel = micro_kernel(level);
  const bool rows_are_vectors = columns < kernel.columns && rows > columns;
  const Operand left{a, inner, 1};
  const Operand right{b, 1, columns};
  const Operand s = rows_are_vectors ? right : left;
  const Operand v = rows_are_vectors ? left : right;
  const std::size_t s_count = rows_are_vectors ? columns : rows;
  const std::size_t v_count = rows_are_vectors ? rows : columns;
  const std::size_t s_block = std::min(s_count, std::size_t{1} << max_scalar_side_bits);
  const std::size_t v_block = std::min(v_count, TileEngine::vector_block(inner, kernel.columns));
  std::vector<std::size_t> s_offsets(s_block);
  std::vector<std::size_t> v_offsets(v_block);
  for (std::size_t i = 0; i < s_block; ++i) s_offsets[i] = rows_are_vectors ? i : i * columns;
  for (std::size_t j = 0; j < v_block; ++j) v_offsets[j] = rows_are_vectors ? j * columns : j;
  const std::size_t s_blocks = (s_count + s_block - 1) / s_block;
  const std::size_t v_blocks = (v_count + v_block - 1) / v_block;
  const int workers = std::max(1, threads);
  std::vector<TileEngine> engines;
  for (int i = 0; i < workers; ++i) engines.emplace_back(kernel);
  control.expect(s_blocks * v_blocks);
  parallel_for(s_blocks * v_blocks, workers, [&](std::size_t task, int worker) {
    const std::size_t s_first = task % s_blocks * s_block;
    const std::size_t v_first = task / s_blocks * v_block;
    Tile tile;
    tile.s = {s.data + s_first * s.item_stride, s.item_stride, s.inner_stride};
    tile.v = {v.data + v_first * v.item_stride, v.item_stride, v.inner_stride};
    tile.s_count = std::min(s_block, s_count - s_first);
    tile.v_count = std::min(v_block, v_count - v_first);
    tile.inner = inner;
    tile.out = c + (rows_are_vectors ? v_first * columns + s_first : s_first * columns + v_first);
    tile.s_offsets = s_offsets.data();
    tile.v_offsets = v_offsets.data();
    tile.v_contiguous = !rows_are_vectors;
    engines[static_cast<std::size_t>(worker)].run(tile, false);
    control.advance(1);
  });
}

void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
              double* c, int threads, Control& control) {
  multiply_at(simd_level(), rows, columns, inner, a, b, c, threads, control);
}

}  // namespace kroncut
