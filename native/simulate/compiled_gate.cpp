#include "simulate/compiled_gate.hpp"

#include <algorithm>
#include <complex>
#include <utility>

#include "simulate/gate_matrix.hpp"

namespace kroncut {
namespace {

/// Values of the gate's bits above the lanes of a vector that the gate mixes with each other: at most four.
using Members = std::vector<unsigned>;

/// The steps of a gate for one value of its bits outside the block.
template <class Real>
class StepBuilder {
 public:
  StepBuilder(const GateOperation& gate, const std::array<int, 2>& positions, unsigned outside,
              const KernelSet<Real>& kernels)
      : gate_(gate), positions_(positions), outside_(outside), kernels_(kernels) {
    for (unsigned bit = 0; bit < (gate.second < 0 ? 1U : 2U); ++bit) {
      if (positions[bit] == outside_block) continue;
      if (positions[bit] >= kernels.vector_bits) {
        high_.push_back(bit);
        continue;
      }
      lane_.push_back(bit);
      const std::size_t count = flips_.size();
      for (std::size_t k = 0; k < count; ++k) flips_.push_back(flips_[k] | 1U << positions[bit]);
    }
    if (!lane_.empty()) lanes_ = 1U << kernels.vector_bits;
  }

  /// Appends the steps and their coefficients; `Step::coefficients` is an index into these for now.
  void build(std::vector<Step<Real>>& steps, std::vector<std::size_t>& starts,
             std::vector<Real>& table) const {
    for (const Members& members : components()) add_step(members, steps, starts, table);
  }

 private:
  [[nodiscard]] int matrix_index(unsigned high, unsigned lane) const {
    unsigned index = outside_;
    for (std::size_t k = 0; k < high_.size(); ++k) index |= (high >> k & 1U) << high_[k];
    for (const unsigned bit : lane_) index |= (lane >> positions_[bit] & 1U) << bit;
    return static_cast<int>(index);
  }

  [[nodiscard]] std::complex<double> coefficient(unsigned row, unsigned column, unsigned flip,
                                                 unsigned lane) const {
    return entry(gate_, matrix_index(row, lane), matrix_index(column, lane ^ flip));
  }

  [[nodiscard]] bool couples(unsigned row, unsigned column, unsigned flip) const {
    for (unsigned lane = 0; lane < lanes_; ++lane) {
      if (coefficient(row, column, flip, lane) != 0.0) return true;
    }
    return false;
  }

  [[nodiscard]] bool linked(unsigned one, unsigned other) const {
    return std::any_of(flips_.begin(), flips_.end(),
                       [&](unsigned flip) { return couples(one, other, flip) || couples(other, one, flip); });
  }

  /// Splits the high values into the sets that the gate mixes, so that the rest is not touched.
  [[nodiscard]] std::vector<Members> components() const {
    const unsigned values = 1U << high_.size();
    std::vector<Members> result;
    std::array<bool, 4> done{};
    for (unsigned start = 0; start < values; ++start) {
      if (done[start]) continue;
      Members members{start};
      done[start] = true;
      for (std::size_t k = 0; k < members.size(); ++k) {
        for (unsigned other = 0; other < values; ++other) {
          if (done[other] || !linked(members[k], other)) continue;
          done[other] = true;
          members.push_back(other);
        }
      }
      std::sort(members.begin(), members.end());
      result.push_back(members);
    }
    // There is no kernel for three.
    const bool three = std::any_of(result.begin(), result.end(), [](const auto& m) { return m.size() == 3; });
    if (three) return {{0, 1, 2, 3}};
    return result;
  }

  [[nodiscard]] std::vector<unsigned> used_flips(const Members& members) const {
    std::vector<unsigned> used{0};
    for (std::size_t k = 1; k < flips_.size(); ++k) {
      bool coupled = false;
      for (const unsigned row : members) {
        for (const unsigned column : members) coupled = coupled || couples(row, column, flips_[k]);
      }
      if (coupled) used.push_back(flips_[k]);
    }
    return used.size() == 3 ? flips_ : used;
  }

  void add_step(const Members& members, std::vector<Step<Real>>& steps, std::vector<std::size_t>& starts,
                std::vector<Real>& table) const {
    const std::vector<unsigned> flips = used_flips(members);
    KernelKey key;
    key.members = static_cast<int>(members.size());
    key.per_lane = !lane_.empty();
    key.real = true;
    if (flips.size() == 2) key.flips = {static_cast<int>(flips[1]), 0};
    if (flips.size() == 4) key.flips = {static_cast<int>(flips[1]), static_cast<int>(flips[2])};
    std::vector<std::complex<double>> values;
    bool identity = true;
    for (const unsigned row : members) {
      for (const unsigned column : members) {
        for (const unsigned flip : flips) {
          for (unsigned lane = 0; lane < lanes_; ++lane) {
            const auto value = coefficient(row, column, flip, lane);
            identity = identity && value == (row == column && flip == 0 ? 1.0 : 0.0);
            key.real = key.real && value.imag() == 0;
            values.push_back(value);
          }
        }
      }
    }
    if (identity) return;
    key.exchange = key.members == 2 && !key.per_lane && values[0] == 0.0 && values[3] == 0.0;
    if (key.exchange) values = {values[1], values[2]};
    starts.push_back(append(values, key.real, table));
    steps.push_back(make_step(members, key));
  }

  [[nodiscard]] std::size_t append(const std::vector<std::complex<double>>& values, bool real,
                                   std::vector<Real>& table) const {
    while (table.size() % Layout<Real>::lanes != 0) table.push_back(0);
    const std::size_t start = table.size();
    for (std::size_t first = 0; first < values.size(); first += lanes_) {
      for (unsigned lane = 0; lane < lanes_; ++lane) {
        table.push_back(static_cast<Real>(values[first + lane].real()));
      }
      for (unsigned lane = 0; !real && lane < lanes_; ++lane) {
        table.push_back(static_cast<Real>(values[first + lane].imag()));
      }
    }
    return start;
  }

  [[nodiscard]] Step<Real> make_step(const Members& members, const KernelKey& key) const {
    Step<Real> step;
    step.kernel = kernels_.find(key);
    step.fixed = static_cast<int>(high_.size());
    std::vector<int> fixed;
    for (const unsigned bit : high_) fixed.push_back(positions_[bit]);
    std::sort(fixed.begin(), fixed.end());
    for (std::size_t k = 0; k < fixed.size(); ++k) {
      step.below[k] = (std::size_t{1} << (fixed[k] - kernels_.vector_bits)) - 1;
    }
    for (std::size_t k = 0; k < members.size(); ++k) {
      for (std::size_t bit = 0; bit < high_.size(); ++bit) {
        if ((members[k] >> bit & 1U) == 0) continue;
        step.member[k] += Layout<Real>::offset(std::size_t{1} << positions_[high_[bit]]);
      }
    }
    return step;
  }

  const GateOperation& gate_;
  const std::array<int, 2>& positions_;
  unsigned outside_;
  const KernelSet<Real>& kernels_;
  std::vector<unsigned> high_;  // matrix bits above the lanes
  std::vector<unsigned> lane_;  // matrix bits within a vector
  std::vector<unsigned> flips_{0};
  unsigned lanes_ = 1;  // coefficients per entry
};

}  // namespace

template <class Real>
CompiledGate<Real>::CompiledGate(const GateOperation& gate, std::array<int, 2> positions,
                                 const KernelSet<Real>& kernels)
    : vector_bits_(kernels.vector_bits) {
  const auto size = static_cast<unsigned>(gate_size(gate));
  unsigned outside_mask = 0;
  for (unsigned bit = 0; bit < (gate.second < 0 ? 1U : 2U); ++bit) {
    if (positions[bit] == outside_block) outside_mask |= 1U << bit;
  }
  std::array<std::vector<std::size_t>, 4> starts;
  std::vector<Real> table;
  for (unsigned outside = 0; outside < size; ++outside) {
    if ((outside & ~outside_mask) != 0) continue;
    StepBuilder<Real>(gate, positions, outside, kernels).build(steps_[outside], starts[outside], table);
  }
  coefficients_ = AlignedArray<Real>(table.size());
  std::copy(table.begin(), table.end(), coefficients_.data());
  for (std::size_t outside = 0; outside < size; ++outside) {
    for (std::size_t k = 0; k < steps_[outside].size(); ++k) {
      steps_[outside][k].coefficients = coefficients_.data() + starts[outside][k];
    }
  }
}

template class CompiledGate<float>;
template class CompiledGate<double>;

}  // namespace kroncut
