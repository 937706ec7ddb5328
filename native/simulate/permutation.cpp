#include "simulate/permutation.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "simulate/gate_matrix.hpp"

namespace kroncut {
namespace {

/// The row that is 1 in a column.
int image(const GateOperation& gate, int column) {
  for (int row = 0; row < gate_size(gate); ++row) {
    if (entry(gate, row, column) == 1.0) return row;
  }
  return -1;
}

bool parity(std::size_t value) { return std::popcount(value) % 2 != 0; }

}  // namespace

bool is_permutation(const GateOperation& gate) noexcept {
  unsigned seen = 0;
  for (int column = 0; column < gate_size(gate); ++column) {
    for (int row = 0; row < gate_size(gate); ++row) {
      const auto value = entry(gate, row, column);
      if (value == 1.0) {
        seen |= 1U << row;
      } else if (value != 0.0) {
        return false;
      }
    }
  }
  return seen == (1U << gate_size(gate)) - 1;
}

template <class Real>
Permutation<Real>::Permutation(const std::vector<int>& place, int bits)
    : place_(place), rows_(static_cast<std::size_t>(bits)) {
  for (std::size_t bit = 0; bit < rows_.size(); ++bit) rows_[bit].inside = std::size_t{1} << bit;
}

template <class Real>
typename Permutation<Real>::Row Permutation<Real>::row(int bit) const {
  const int place = place_[static_cast<std::size_t>(bit)];
  return place < 0 ? Row{.inside = 0, .outside = std::size_t{1} << bit, .flipped = false}
                   : rows_[static_cast<std::size_t>(place)];
}

template <class Real>
void Permutation<Real>::add(const GateOperation& gate) {
  const int count = gate.second < 0 ? 1 : 2;
  const int origin = image(gate, 0);
  std::array<Row, 2> before{};
  std::array<int, 2> column{};  // what changes in the image where a bit is 1
  for (int bit = 0; bit < count; ++bit) {
    before[static_cast<std::size_t>(bit)] = row(gate_qubit(gate, bit));
    column[static_cast<std::size_t>(bit)] = image(gate, 1 << bit) ^ origin;
  }
  for (int bit = 0; bit < count; ++bit) {
    const int place = place_[static_cast<std::size_t>(gate_qubit(gate, bit))];
    if (place < 0) continue;
    Row after{.inside = 0, .outside = 0, .flipped = (origin >> bit & 1) != 0};
    for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
      if ((column[k] >> bit & 1) == 0) continue;
      after.inside ^= before[k].inside;
      after.outside ^= before[k].outside;
      after.flipped = after.flipped != before[k].flipped;
    }
    rows_[static_cast<std::size_t>(place)] = after;
  }
}

template <class Real>
void Permutation<Real>::finish() {
  // The inverse by elimination: rows are reduced to single bits, and what was added up for each is noted.
  const std::size_t bits = rows_.size();
  std::vector<std::pair<std::size_t, std::size_t>> work;
  for (std::size_t k = 0; k < bits; ++k) work.emplace_back(rows_[k].inside, std::size_t{1} << k);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    std::size_t pivot = bit;
    while ((work[pivot].first >> bit & 1U) == 0) ++pivot;
    std::swap(work[bit], work[pivot]);
    for (std::size_t k = 0; k < bits; ++k) {
      if (k == bit || (work[k].first >> bit & 1U) == 0) continue;
      work[k].first ^= work[bit].first;
      work[k].second ^= work[bit].second;
    }
  }
  // Old bit k is the parity of `work[k].second` and the new index.
  inverse_.assign(bits, 0);
  for (std::size_t k = 0; k < bits; ++k) {
    for (std::size_t bit = 0; bit < bits; ++bit) {
      if ((work[k].second >> bit & 1U) != 0) inverse_[bit] |= Layout<Real>::offset(std::size_t{1} << k);
    }
  }
  constexpr auto lane_bits = static_cast<std::size_t>(Layout<Real>::lane_bits);
  for (std::size_t lane = 0; lane < Layout<Real>::lanes; ++lane) {
    for (std::size_t bit = 0; bit < lane_bits; ++bit) {
      if ((lane >> bit & 1U) != 0) lane_[lane] ^= inverse_[bit];
    }
    whole_ = whole_ && lane_[lane] == lane;
  }
  // From group g - 1 to g all bits up to the lowest 1 of g change.
  std::size_t step = 0;
  for (std::size_t bit = lane_bits; bit < bits; ++bit) {
    step ^= inverse_[bit];
    steps_.push_back(step);
  }
}

template <class Real>
void Permutation<Real>::apply(const Real* from, Real* to, std::size_t base) const {
  constexpr std::size_t lanes = Layout<Real>::lanes;
  std::size_t place = 0;
  for (std::size_t bit = 0; bit < rows_.size(); ++bit) {
    if (parity(rows_[bit].outside & base) != rows_[bit].flipped) place ^= inverse_[bit];
  }
  const std::size_t groups = (std::size_t{1} << rows_.size()) / lanes;
  // Where lanes stay, what is left of the offset in them is the same in all groups.
  const bool whole =
      whole_ && place % lanes == 0 &&
      std::all_of(steps_.begin(), steps_.end(), [](std::size_t step) { return step % lanes == 0; });
  for (std::size_t group = 0; group < groups; ++group, to += 2 * lanes) {
    if (group > 0) place ^= steps_[static_cast<std::size_t>(std::countr_zero(group))];
    if (whole) {
      std::memcpy(to, from + place, 2 * lanes * sizeof(Real));
      continue;
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Real* const source = from + (place ^ lane_[lane]);
      to[lane] = source[0];
      to[lanes + lane] = source[lanes];
    }
  }
}

template class Permutation<float>;
template class Permutation<double>;

}  // namespace kroncut
