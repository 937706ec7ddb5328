#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "contract/network/network.hpp"
#include "core/aligned.hpp"
#include "core/bits.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Low outcome bits that are summed in a buffer of this many bits, after everything above them.
constexpr unsigned block_bits = 12;
/// Terms added one after another before they join the total: keeps the rounding error of long sums small.
constexpr std::size_t group = 128;

/// One axis that is walked: extent and step in the source, in rows of outcomes.
struct Leg {
  std::size_t extent;
  std::size_t stride;
};

std::size_t offset_of(const std::vector<Leg>& legs, std::size_t index) {
  std::size_t offset = 0;
  for (std::size_t leg = legs.size(); leg-- > 0;) {
    offset += index % legs[leg].extent * legs[leg].stride;
    index /= legs[leg].extent;
  }
  return offset;
}

std::size_t size_of(const std::vector<Leg>& legs) {
  std::size_t size = 1;
  for (const Leg& leg : legs) size *= leg.extent;
  return size;
}

/// The work to do, as bit masks over the outcome index and legs over the bonds.
struct Plan {
  std::vector<Bond> bonds;
  std::vector<int> bits;
  std::vector<Leg> open;
  std::vector<Leg> traced;
  std::uint64_t kept = 0;
  std::uint64_t summed = 0;  // weighed bits included
  std::uint64_t weighed = 0;
  std::uint64_t fixed_ones = 0;
};

Plan make_plan(const Tensor& tensor, std::span<const BitAction> actions) {
  if (actions.size() != tensor.bits.size()) {
    throw Error(ErrorCode::input, "a tensor of " + std::to_string(tensor.bits.size()) +
                                      " outcome bits needs as many actions, not " +
                                      std::to_string(actions.size()));
  }
  Plan plan;
  for (std::size_t bit = 0; bit < actions.size(); ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    switch (actions[bit]) {
      case BitAction::keep:
        plan.kept |= mask;
        plan.bits.push_back(tensor.bits[bit]);
        break;
      case BitAction::weigh:
        plan.weighed |= mask;
        plan.summed |= mask;
        break;
      case BitAction::sum:
        plan.summed |= mask;
        break;
      case BitAction::fix1:
        plan.fixed_ones |= mask;
        break;
      case BitAction::fix0:
        break;
    }
  }
  std::vector<std::size_t> strides(tensor.bonds.size(), 1);
  for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.bonds[i].extent;
  std::vector<bool> done(tensor.bonds.size(), false);
  for (std::size_t i = 0; i < tensor.bonds.size(); ++i) {
    if (done[i]) continue;
    const Bond& bond = tensor.bonds[i];
    std::size_t partners = 0;
    for (std::size_t j = i + 1; j < tensor.bonds.size(); ++j) {
      if (tensor.bonds[j].label != bond.label) continue;
      if (++partners > 1 || tensor.bonds[j].extent != bond.extent) {
        throw Error(ErrorCode::input, "bond " + std::to_string(bond.label) +
                                          " has more than two ends or ends of different extents");
      }
      done[j] = true;
      plan.traced.push_back({bond.extent, strides[i] + strides[j]});
    }
    if (partners == 0) {
      plan.bonds.push_back(bond);
      plan.open.push_back({bond.extent, strides[i]});
    }
  }
  return plan;
}

/// Removes one bit of the index of values[size] by adding or subtracting its two halves, in place.
void fold(double* values, std::size_t size, std::size_t bit, bool subtract) {
  const std::size_t half = std::size_t{1} << bit;
  double* out = values;
  for (std::size_t first = 0; first < size; first += 2 * half) {
    const double* const zero = values + first;
    const double* const one = zero + half;
    if (subtract) {
      for (std::size_t i = 0; i < half; ++i) *out++ = zero[i] - one[i];
    } else {
      for (std::size_t i = 0; i < half; ++i) *out++ = zero[i] + one[i];
    }
  }
}

}  // namespace

Tensor reduce(const Tensor& tensor, std::span<const BitAction> actions, int threads, Control& control) {
  const Plan plan = make_plan(tensor, actions);
  const std::uint64_t low = low_mask(std::min<unsigned>(block_bits, static_cast<unsigned>(actions.size())));
  const std::uint64_t low_free = (plan.kept | plan.summed) & low;
  const bool contiguous = low_free == low;
  const std::size_t block = std::size_t{1} << bit_count(low_free);
  std::vector<std::size_t> low_offsets(contiguous ? 0 : block);
  for (std::size_t i = 0; i < low_offsets.size(); ++i) low_offsets[i] = deposit(i, low_free);

  const std::uint64_t high_kept = plan.kept & ~low;
  const std::uint64_t high_summed = plan.summed & ~low;
  const std::size_t high_terms = std::size_t{1} << bit_count(high_summed);
  const std::size_t terms = size_of(plan.traced) * high_terms;
  const std::size_t blocks_per_row = std::size_t{1} << bit_count(high_kept);
  const std::size_t kept_per_block = std::size_t{1} << bit_count(plan.kept & low);

  NewTensor made = allocate_tensor(plan.bonds, plan.bits);
  const std::size_t tasks = size_of(plan.open) * blocks_per_row;
  std::vector<AlignedArray<double>> buffers(static_cast<std::size_t>(std::max(1, threads)));
  control.expect(tasks);
  parallel_for(tasks, threads, [&](std::size_t task, int worker) {
    auto& buffer = buffers[static_cast<std::size_t>(worker)];
    if (buffer.size() == 0) buffer = AlignedArray<double>(2 * block);
    double* const total = buffer.data();
    double* const part = buffer.data() + block;
    const std::size_t row = offset_of(plan.open, task / blocks_per_row);
    const std::uint64_t fixed = plan.fixed_ones | deposit(task % blocks_per_row, high_kept);
    std::fill(total, total + block, 0.0);
    for (std::size_t first = 0; first < terms; first += group) {
      std::fill(part, part + block, 0.0);
      for (std::size_t term = first; term < std::min(terms, first + group); ++term) {
        const std::uint64_t high = deposit(term % high_terms, high_summed);
        const double* const source =
            tensor.values + (row + offset_of(plan.traced, term / high_terms)) * tensor.outcome_size() +
            (fixed | high);
        const double sign = std::popcount(high & plan.weighed) % 2 == 0 ? 1.0 : -1.0;
        if (contiguous) {
          for (std::size_t i = 0; i < block; ++i) part[i] += sign * source[i];
        } else {
          for (std::size_t i = 0; i < block; ++i) part[i] += sign * source[low_offsets[i]];
        }
      }
      for (std::size_t i = 0; i < block; ++i) total[i] += part[i];
      control.check();
    }
    std::size_t size = block;
    for (unsigned bit = bit_count(low_free); bit-- > 0;) {
      const std::uint64_t mask = deposit(std::uint64_t{1} << bit, low_free);
      if ((plan.summed & mask) == 0) continue;
      fold(total, size, bit, (plan.weighed & mask) != 0);
      size /= 2;
    }
    std::copy(total, total + kept_per_block, made.values + task * kept_per_block);
    control.advance(1);
  });
  return made.tensor;
}

}  // namespace kroncut
