#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "contract/consumers/digest.hpp"
#include "contract/consumers/scan.hpp"
#include "core/testing.hpp"
#include "device/cuda/reduction/reduction_plan.hpp"
#include "device/cuda/simulated/host_launch.hpp"
#include "device/cuda/simulated/random_programs.hpp"

/// The kernels that reduce a block, and the choice of candidates, against what the processor does.
namespace kroncut::cuda {
namespace {

/// Quasi-probabilities of all magnitudes, with zeros among them.
std::vector<double> quasi_probabilities(Random& random, std::size_t size) {
  std::vector<double> values(size);
  for (double& value : values) {
    const int kind = pick(random, 8);
    value = kind == 0 ? 0.0 : std::exp2(uniform(random, -60, 0)) * (kind < 3 ? -1 : 1);
  }
  return values;
}

/// found[kinds][pieces] of a block, by the kernels.
std::vector<double> reduce(const std::vector<double>& values, int tile_bits, const Reductions& wanted,
                           ReductionPlan& plan) {
  plan = plan_reduction(wanted, tile_bits, values.size());
  std::vector<double> units(static_cast<std::size_t>(plan.kinds) * plan.units, std::nan(""));
  DigestTask digest;
  digest.values = values.data();
  digest.found = units.data();
  digest.units = plan.units;
  digest.unit_bits = plan.unit_bits;
  digest.entropies = wanted.entropies;
  HostLaunch().digest(digest);
  if (plan.units == plan.pieces) return units;
  std::vector<double> found(plan.found_size(), std::nan(""));
  JoinTask join;
  join.units = units.data();
  join.found = found.data();
  join.pieces = plan.pieces;
  join.join_bits = plan.piece_bits - plan.unit_bits;
  join.rule = digest_rule();
  HostLaunch().join_units(join, plan.kinds);
  return found;
}

/// The digest of a piece of any length by the processor: halves are added.
Digest expected_digest(std::span<const double> values) {
  if (values.size() <= digest_block) return digest(values, true);
  Digest found = expected_digest(values.first(values.size() / 2));
  const Digest other = expected_digest(values.last(values.size() / 2));
  found.sum += other.sum;
  found.low = std::min(found.low, other.low);
  found.high = std::max(found.high, other.high);
  found.entropy += other.entropy;
  found.collision += other.collision;
  found.negative_sum += other.negative_sum;
  found.negatives += other.negatives;
  return found;
}

KRONCUT_TEST(cuda_digests_are_those_of_the_processor) {
  Random random(51);
  for (int tile_bits = 0; tile_bits <= 17; ++tile_bits) {
    const auto values = quasi_probabilities(random, std::size_t{1} << tile_bits);
    for (const int piece_bits : {0, 1, 3, 6, 8, 11, 12, 16}) {
      // Shorter pieces of long blocks take the same way.
      if (piece_bits > tile_bits || piece_bits + 13 < tile_bits) continue;
      for (const bool entropies : {false, true}) {
        Reductions wanted;
        wanted.largest_piece = std::uint64_t{1} << piece_bits;
        wanted.digests = true;
        wanted.entropies = entropies;
        ReductionPlan plan;
        const auto found = reduce(values, tile_bits, wanted, plan);
        KRONCUT_CHECK(plan.piece_bits == piece_bits && plan.found_size() == found.size());
        for (std::uint64_t piece = 0; piece < plan.pieces; ++piece) {
          const std::size_t size = plan.piece_size();
          const Digest actual = piece_digest(plan, found.data(), piece);
          const Digest expected = expected_digest({values.data() + piece * size, size});
          KRONCUT_CHECK(actual.sum == expected.sum);
          KRONCUT_CHECK(actual.low == expected.low && actual.high == expected.high);
          if (!entropies) continue;
          const double tolerance = 1e-14 * static_cast<double>(size);
          KRONCUT_CHECK_NEAR(actual.entropy, expected.entropy, tolerance);
          KRONCUT_CHECK_NEAR(actual.collision, expected.collision, tolerance);
          KRONCUT_CHECK_NEAR(actual.negative_sum, expected.negative_sum, tolerance);
          KRONCUT_CHECK(actual.negatives == expected.negatives);
        }
      }
    }
  }
}

KRONCUT_TEST(cuda_comparisons_are_those_of_the_processor) {
  Random random(55);
  for (const int bits : {0, 2, 6, 9, 11}) {
    const std::size_t size = std::size_t{1} << bits;
    const auto q = quasi_probabilities(random, size);
    const auto p = quasi_probabilities(random, size);
    auto given = std::make_shared<Tensor>();
    given->bits.resize(static_cast<std::size_t>(bits));
    given->values = p.data();
    CompareConsumer expected(given, 0, size, size, 1);
    expected.consume(0, q, 0);
    std::array<double, pair_kinds> serial{};
    std::array<double, pair_kinds> threaded{};
    PairTask task;
    task.values = q.data();
    task.given = p.data();
    task.units = 1;
    task.unit_bits = bits;
    task.found = serial.data();
    HostLaunch().compare(task);
    LaneScratch scratch;
    task.found = threaded.data();
    if (bits < 10) {
      ThreadTeam::run([&](const ThreadTeam& team) { compare_unit(team, task, 0, scratch); });
      KRONCUT_CHECK(serial == threaded);
    }
    ReductionPlan plan;
    plan.pieces = 1;
    CompareConsumer actual(given, 0, size, size, 1);
    actual.take_pair(0, size, piece_pair(plan, serial.data(), 0));
    const ComparisonResult found = actual.finish();
    const ComparisonResult other = expected.finish();
    const double tolerance = 1e-14 * static_cast<double>(size);
    KRONCUT_CHECK_NEAR(found.squared_error[0], other.squared_error[0], tolerance);
    KRONCUT_CHECK_NEAR(found.squared_reference[0], other.squared_reference[0], tolerance);
    KRONCUT_CHECK_NEAR(found.chi_squared[0], other.chi_squared[0], tolerance * (1 + other.chi_squared[0]));
    KRONCUT_CHECK_NEAR(found.fidelity[0], other.fidelity[0], tolerance);
    KRONCUT_CHECK_NEAR(found.cross_entropy[0], other.cross_entropy[0], tolerance * 60);
    KRONCUT_CHECK(found.max_abs_error == other.max_abs_error && found.missing == other.missing);
  }
}

KRONCUT_TEST(cuda_digests_are_the_same_from_threads_side_by_side) {
  Random random(52);
  for (const int unit_bits : {2, 5, 9}) {
    const auto values = quasi_probabilities(random, std::size_t{2} << unit_bits);
    std::array<double, 2 * most_found_kinds> serial{};
    std::array<double, 2 * most_found_kinds> threaded{};
    DigestTask task;
    task.values = values.data();
    task.units = 2;
    task.unit_bits = unit_bits;
    task.entropies = true;
    LaneScratch scratch;
    task.found = serial.data();
    for (std::uint64_t unit = 0; unit < 2; ++unit) digest_unit(HostTeam(), task, unit, scratch);
    task.found = threaded.data();
    // One team takes unit after unit in the same memory, as a block of a small grid does.
    ThreadTeam::run([&](const ThreadTeam& team) {
      for (std::uint64_t unit = 0; unit < 2; ++unit) digest_unit(team, task, unit, scratch);
    });
    KRONCUT_CHECK(serial == threaded);
  }
}

KRONCUT_TEST(cuda_blocks_are_reduced_to_less_than_a_thousandth) {
  constexpr int tile_bits = 22;
  constexpr std::uint64_t block = std::uint64_t{1} << tile_bits;
  Reductions wanted;
  KRONCUT_CHECK(plan_reduction(wanted, tile_bits, block).found_size() == 0);
  wanted.digests = true;
  KRONCUT_CHECK(plan_reduction(wanted, tile_bits, block).found_size() == 64 * plain_found_kinds);
  wanted.entropies = true;
  KRONCUT_CHECK(plan_reduction(wanted, tile_bits, block).found_size() == 64 * most_found_kinds);
  TopConsumer top(10, 1);
  top.ask(wanted);
  const ReductionPlan plan = plan_reduction(wanted, tile_bits, block);
  KRONCUT_CHECK(plan.found_size() == 256 * most_found_kinds);
  KRONCUT_CHECK(plan.candidates >= plan.piece_size());
  wanted.largest_piece = 1 << 10;
  KRONCUT_CHECK(plan_reduction(wanted, tile_bits, block).pieces == block >> 10);
}

KRONCUT_TEST(cuda_sums_show_values_that_are_not_finite) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{77}, std::size_t{4095}}) {
      std::vector<double> values(4096, 0.25);
      values[place] = bad;
      ReductionPlan plan;
      Reductions wanted;
      wanted.digests = true;
      const auto found = reduce(values, 12, wanted, plan);
      KRONCUT_CHECK(!std::isfinite(piece_digest(plan, found.data(), 0).sum));
    }
  }
}

/// A device for top lists: a kernel over values in memory, with room for `capacity` candidates.
struct Selector {
  const std::vector<double>& values;
  std::uint64_t block = 0;  // first outcome of the block
  int piece_bits = 0;
  std::uint32_t capacity = 0;
  std::vector<TopEntry> entries{};
  int refusals = 0;
  std::size_t candidates = 0;

  std::optional<std::span<const TopEntry>> operator()(std::span<const TopPiece> pieces,
                                                      const TopEntry* bound) {
    std::vector<std::uint32_t> numbers;
    for (const TopPiece& piece : pieces) numbers.push_back(piece.number);
    std::vector<Candidate> found(capacity);
    std::uint32_t count = 0;
    SelectTask task;
    task.values = values.data() + block;
    task.pieces = numbers.data();
    task.piece_count = numbers.size();
    task.piece_bits = piece_bits;
    task.least = bound == nullptr ? -HUGE_VAL : bound->value;
    task.ties = bound == nullptr || bound->index < block ? 0 : bound->index - block + 1;
    task.capacity = capacity;
    task.count = &count;
    task.candidates = found.data();
    HostLaunch().select(task);
    refusals += count > capacity ? 1 : 0;
    if (count > capacity) return std::nullopt;
    candidates += count;
    entries.clear();
    for (std::uint32_t i = 0; i < count; ++i) entries.push_back({block + found[i].offset, found[i].value});
    return entries;
  }
};

KRONCUT_TEST(cuda_candidates_lose_none_of_the_best) {
  Random random(53);
  constexpr int bits = 12;
  constexpr std::size_t size = std::size_t{1} << bits;
  int refusals = 0;
  for (int round = 0; round < 200; ++round) {
    // From all different to all the same; ascending, where every piece has new ones.
    const int kinds = std::array{1, 2, 5, 1 << 20}[static_cast<std::size_t>(round % 4)];
    std::vector<double> values(size);
    for (double& value : values) value = pick(random, kinds) - kinds / 2;
    if (round % 3 == 0) std::sort(values.begin(), values.end());
    std::vector<TopEntry> all;
    for (std::size_t i = 0; i < size; ++i) all.push_back({i, values[i]});
    std::sort(all.begin(), all.end(), better);
    const int tile_bits = pick(random, bits + 1);
    const int piece_bits = pick(random, tile_bits + 1);
    const std::uint64_t block_size = std::uint64_t{1} << tile_bits;
    const std::uint64_t piece_size = std::uint64_t{1} << piece_bits;
    const auto count =
        std::array<std::size_t, 5>{1, 3, 40, 1000, 5000}[static_cast<std::size_t>(pick(random, 5))];
    TopConsumer top(count, 1);
    std::vector<std::uint64_t> blocks;
    for (std::uint64_t block = 0; block < size; block += block_size) blocks.push_back(block);
    if (round % 2 == 0) std::shuffle(blocks.begin(), blocks.end(), random);
    for (const std::uint64_t block : blocks) {
      std::vector<TopPiece> pieces;
      for (std::uint64_t begin = block; begin < block + block_size; begin += piece_size) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin);
        const double high = *std::max_element(first, first + static_cast<std::ptrdiff_t>(piece_size));
        pieces.push_back({static_cast<std::uint32_t>((begin - block) >> piece_bits), begin, high});
      }
      const auto capacity = static_cast<std::uint32_t>(
          piece_size + static_cast<std::uint64_t>(pick(random, static_cast<int>(block_size))));
      Selector selector{values, block, piece_bits, capacity};
      offer_best(top, pieces, piece_size, std::ref(selector));
      refusals += selector.refusals;
    }
    const auto found = top.finish();
    KRONCUT_CHECK(found.size() == std::min(count, size));
    for (std::size_t i = 0; i < found.size(); ++i) {
      KRONCUT_CHECK(found[i].index == all[i].index && found[i].value == all[i].value);
    }
  }
  KRONCUT_CHECK(refusals > 0);
}

KRONCUT_TEST(cuda_candidates_are_few_once_the_best_are_known) {
  Random random(54);
  constexpr std::uint64_t block_size = 1 << 12;
  std::vector<double> values(16 * block_size);
  for (double& value : values) value = uniform(random, -1, 1);
  TopConsumer top(10, 1);
  std::size_t candidates = 0;
  for (std::uint64_t block = 0; block < values.size(); block += block_size) {
    std::vector<TopPiece> pieces;
    for (std::uint64_t begin = block; begin < block + block_size; begin += 256) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin);
      pieces.push_back(
          {static_cast<std::uint32_t>((begin - block) / 256), begin, *std::max_element(first, first + 256)});
    }
    Selector selector{values, block, 8, 1 << 12};
    offer_best(top, pieces, 256, std::ref(selector));
    candidates += selector.candidates;
  }
  // Of 65536 values: some ten of the first block, and 10 / b of block b.
  KRONCUT_CHECK(candidates >= 10 && candidates < 100);
}

}  // namespace
}  // namespace kroncut::cuda
