#pragma once

#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"

/// A block of the answer, reduced where it was made: what contract/consumers/digest.hpp finds in short runs,
/// and the candidates of a top list.
///
/// Sums are added in the tree of contract/consumers/scan.hpp: eight running sums in each chunk of 64 values,
/// these by halves, then neighbours. So they are the processor's for the same values, whatever the grid, the
/// blocks and the ranks. A value is read once, 8 bytes, right after its kernel wrote it, which is from the
/// second level cache as long as that holds a block; of 2048 values 24 bytes are written, 56 with entropies.
/// Beside a given distribution each value takes another 8 bytes to read, and of 2048 another 64 are written.
namespace kroncut::cuda {

/// What is found in a piece. Counts are numbers too: they are exact.
enum FoundKind : int {
  found_sum,
  found_low,
  found_high,
  found_entropy,  // from here on only where asked for
  found_collision,
  found_negative_sum,
  found_negatives,
  most_found_kinds
};
constexpr int plain_found_kinds = found_entropy;
constexpr int most_lane_kinds = 8;

constexpr int lane_bits = 3;           // running sums of a chunk
constexpr int chunk_bits = 6;          // values of a chunk
constexpr int largest_unit_bits = 11;  // values that a team digests at once
constexpr int largest_join_bits = 5;   // units of a piece
constexpr int reduction_threads = 1 << (largest_unit_bits - chunk_bits + lane_bits);

/// One launch: values[units << unit_bits] to found[kinds][units].
struct DigestTask {
  const double* values = nullptr;
  double* found = nullptr;
  std::uint64_t units = 0;
  int unit_bits = 0;
  bool entropies = false;
};

/// Kinds that are not added when two neighbours are joined.
struct JoinRule {
  int least = -1;
  int most = -1;
};
KRONCUT_HD JoinRule digest_rule() { return {found_low, found_high}; }

/// Shared memory of a team: a number of each kind for each lane.
struct LaneScratch {
  double lanes[most_lane_kinds][reduction_threads];
};

KRONCUT_HD int found_kinds(bool entropies) { return entropies ? int{most_found_kinds} : plain_found_kinds; }

/// Joins what was found in two neighbours.
KRONCUT_HD double join_found(const JoinRule& rule, int kind, double first, double second) {
  if (kind == rule.least) return second < first ? second : first;
  if (kind == rule.most) return second > first ? second : first;
  return first + second;
}

KRONCUT_HD int unit_chunks(int unit_bits) {
  return unit_bits > chunk_bits ? 1 << (unit_bits - chunk_bits) : 1;
}

/// Where the values of a lane begin in a unit; they are 8 apart.
KRONCUT_HD int first_of_lane(int thread) {
  return ((thread >> lane_bits) << chunk_bits) + (thread & ((1 << lane_bits) - 1));
}

/// Joins what the lanes of a unit found, into lane 0; for teams, see runtime/team.cuh.
template <class Team>
KRONCUT_HD void join_lanes(const Team& team, int unit_bits, int kinds, const JoinRule& rule,
                           LaneScratch& scratch) {
  const int chunks = unit_chunks(unit_bits);
  const int threads = chunks << lane_bits;
  const auto join = [&](int to, int from) {
    for (int kind = 0; kind < kinds; ++kind) {
      double* const lanes = scratch.lanes[kind];
      lanes[to] = join_found(rule, kind, lanes[to], lanes[from]);
    }
  };
  for (int bits = lane_bits - 1; bits >= 0; --bits) {
    team.each(chunks << bits, [&](int i) {
      const int lane = ((i >> bits) << lane_bits) + (i & ((1 << bits) - 1));
      join(lane, lane + (1 << bits));
    });
  }
  for (int step = 1 << lane_bits; step < threads; step *= 2) {
    team.each(threads / (2 * step), [&](int i) { join(2 * i * step, (2 * i + 1) * step); });
  }
}

/// The running sums of one lane of a chunk of at most 64 values, in `scratch`. Lanes without a value repeat
/// the unit's first in `low` and `high`.
KRONCUT_HD void digest_lane(const DigestTask& task, const double* values, int thread, LaneScratch& scratch) {
  constexpr int rows = 1 << (chunk_bits - lane_bits);
  const int size = 1 << task.unit_bits;
  const int first = first_of_lane(thread);
  double value[rows];
  for (int row = 0; row < rows; ++row) {
    const int place = first + (row << lane_bits);
    value[row] = place < size ? values[place] : 0.0;
  }
  double sum = 0;
  double low = first < size ? value[0] : values[0];
  double high = low;
  for (int row = 0; row < rows; ++row) {
    sum += value[row];
    if (first + (row << lane_bits) >= size) continue;
    low = value[row] < low ? value[row] : low;
    high = value[row] > high ? value[row] : high;
  }
  scratch.lanes[found_sum][thread] = sum;
  scratch.lanes[found_low][thread] = low;
  scratch.lanes[found_high][thread] = high;
  if (!task.entropies) return;
  double entropy = 0;
  double collision = 0;
  double negative_sum = 0;
  double negatives = 0;
  for (int row = 0; row < rows; ++row) {
    const double q = value[row];
    if (q > 0) entropy -= q * std::log(q);
    collision += q * q;
    if (q < 0) negative_sum += q;
    if (q < 0) negatives += 1;
  }
  scratch.lanes[found_entropy][thread] = entropy;
  scratch.lanes[found_collision][thread] = collision;
  scratch.lanes[found_negative_sum][thread] = negative_sum;
  scratch.lanes[found_negatives][thread] = negatives;
}

/// Digests a unit.
template <class Team>
KRONCUT_HD void digest_unit(const Team& team, const DigestTask& task, std::uint64_t unit,
                            LaneScratch& scratch) {
  const double* const values = task.values + (unit << task.unit_bits);
  const int kinds = found_kinds(task.entropies);
  team.each(unit_chunks(task.unit_bits) << lane_bits,
            [&](int thread) { digest_lane(task, values, thread, scratch); });
  join_lanes(team, task.unit_bits, kinds, digest_rule(), scratch);
  team.each(kinds, [&](int kind) {
    task.found[static_cast<std::uint64_t>(kind) * task.units + unit] = scratch.lanes[kind][0];
  });
}

/// What is found in a piece of the answer beside a given distribution, see PairDigest.
enum PairKind : int {
  pair_squared_error,
  pair_squared_given,
  pair_chi_squared,
  pair_fidelity,
  pair_cross_entropy,
  pair_missing_weight,
  pair_missing,
  pair_max_abs_error,
  pair_kinds
};
static_assert(pair_kinds <= most_lane_kinds && most_found_kinds <= most_lane_kinds);
KRONCUT_HD JoinRule pair_rule() { return {-1, pair_max_abs_error}; }

/// One launch: values and given, both [units << unit_bits], to found[pair_kinds][units].
struct PairTask {
  const double* values = nullptr;
  const double* given = nullptr;
  double* found = nullptr;
  std::uint64_t units = 0;
  int unit_bits = 0;
};

/// The running sums of one lane, as in `digest_lane`.
KRONCUT_HD void compare_lane(const PairTask& task, std::uint64_t begin, int thread, LaneScratch& scratch) {
  double found[pair_kinds] = {};
  const int size = 1 << task.unit_bits;
  const int first = first_of_lane(thread);
  for (int place = first; place < size && place < first + (1 << chunk_bits); place += 1 << lane_bits) {
    const double q = task.values[begin + static_cast<std::uint64_t>(place)];
    const double p = task.given[begin + static_cast<std::uint64_t>(place)];
    const double error = p - q;
    const double distance = std::fabs(error);
    found[pair_squared_error] += error * error;
    found[pair_squared_given] += p * p;
    if (p + q > 0) found[pair_chi_squared] += error * error / (p + q);
    if (p > 0 && q > 0) {
      found[pair_fidelity] += std::sqrt(p * q);
      found[pair_cross_entropy] -= p * std::log(q);
    }
    if (p > 0 && q <= 0) {
      found[pair_missing_weight] += p;
      found[pair_missing] += 1;
    }
    if (distance > found[pair_max_abs_error]) found[pair_max_abs_error] = distance;
  }
  for (int kind = 0; kind < pair_kinds; ++kind) scratch.lanes[kind][thread] = found[kind];
}

/// Compares a unit.
template <class Team>
KRONCUT_HD void compare_unit(const Team& team, const PairTask& task, std::uint64_t unit,
                             LaneScratch& scratch) {
  team.each(unit_chunks(task.unit_bits) << lane_bits,
            [&](int thread) { compare_lane(task, unit << task.unit_bits, thread, scratch); });
  join_lanes(team, task.unit_bits, pair_kinds, pair_rule(), scratch);
  team.each(pair_kinds, [&](int kind) {
    task.found[static_cast<std::uint64_t>(kind) * task.units + unit] = scratch.lanes[kind][0];
  });
}

/// Units that make up longer pieces: units[kinds][pieces << join_bits] to found[kinds][pieces].
struct JoinTask {
  const double* units = nullptr;
  double* found = nullptr;
  std::uint64_t pieces = 0;
  int join_bits = 0;
  JoinRule rule;
};

/// e < kinds * pieces.
KRONCUT_HD void join_units(const JoinTask& task, std::uint64_t e) {
  const int kind = static_cast<int>(e / task.pieces);
  double level[1 << largest_join_bits];
  for (int i = 0; i < 1 << task.join_bits; ++i) {
    level[i] = task.units[(e << task.join_bits) + static_cast<std::uint64_t>(i)];
  }
  for (int count = 1 << task.join_bits; count > 1; count /= 2) {
    for (int i = 0; i < count / 2; ++i)
      level[i] = join_found(task.rule, kind, level[2 * i], level[2 * i + 1]);
  }
  task.found[e] = level[0];
}

/// A value that may belong to a top list; `offset` counts from the block's first outcome.
struct Candidate {
  double value = 0;
  std::uint64_t offset = 0;
};

/// One launch: of the pieces listed, all values above `least`, and those that equal it at offsets below
/// `ties`, go to `candidates` in any order; `count` counts them all, though only `capacity` find room.
struct SelectTask {
  const double* values = nullptr;
  const std::uint32_t* pieces = nullptr;
  std::uint64_t piece_count = 0;
  int piece_bits = 0;
  double least = 0;
  std::uint64_t ties = 0;
  std::uint32_t capacity = 0;
  std::uint32_t* count = nullptr;
  Candidate* candidates = nullptr;
};

/// The next free place.
KRONCUT_HD std::uint32_t take_place(std::uint32_t* count) {
#if defined(__CUDA_ARCH__)
  return atomicAdd(count, 1U);
#else
  return (*count)++;
#endif
}

/// e < piece_count << piece_bits. The order of the places differs from run to run; a top list does not see
/// it.
KRONCUT_HD void select_value(const SelectTask& task, std::uint64_t e) {
  const std::uint64_t within = e & ((std::uint64_t{1} << task.piece_bits) - 1);
  const std::uint64_t piece = task.pieces[e >> task.piece_bits];
  const std::uint64_t offset = (piece << task.piece_bits) | within;
  const double value = task.values[offset];
  if (!(value > task.least || (value == task.least && offset < task.ties))) return;
  const std::uint32_t place = take_place(task.count);
  if (place < task.capacity) task.candidates[place] = {value, offset};
}

}  // namespace kroncut::cuda
