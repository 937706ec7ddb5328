#include "simulate/schedule.hpp"

#include <algorithm>
#include <numeric>

#include "simulate/gate_matrix.hpp"

namespace kroncut {
namespace {

/// The qubits of a gate, and whether it mixes their values.
struct Reach {
  int count = 0;
  std::array<std::size_t, 2> qubit{};
  std::array<bool, 2> mixes{};
};

Reach reach_of(const GateOperation& gate) {
  Reach reach;
  reach.count = gate.second < 0 ? 1 : 2;
  for (int bit = 0; bit < reach.count; ++bit) {
    const auto k = static_cast<std::size_t>(bit);
    reach.qubit[k] = static_cast<std::size_t>(gate_qubit(gate, bit));
    reach.mixes[k] = !is_diagonal_on(gate, bit);
  }
  return reach;
}

/// One run in the making: which qubits are active, and which may not be touched any more because a gate that
/// was put off comes first.
class RunBuilder {
 public:
  RunBuilder(int bits, int block_bits, int low_bits)
      : room_(std::min(bits, block_bits)),
        active_(static_cast<std::size_t>(bits), false),
        put_off_(active_.size()) {
    // Any gate must find room, or no run would ever take it.
    const int low = bits <= block_bits ? 0 : std::min(low_bits, block_bits - 2);
    for (int bit = 0; bit < low; ++bit) activate(static_cast<std::size_t>(bit));
  }

  /// Takes the gate or puts it off.
  bool offer(const Reach& reach) {
    if (fits(reach)) {
      for (int k = 0; k < reach.count; ++k) {
        const auto i = static_cast<std::size_t>(k);
        if (reach.mixes[i] && !active_[reach.qubit[i]]) activate(reach.qubit[i]);
      }
      return true;
    }
    for (int k = 0; k < reach.count; ++k) {
      const auto i = static_cast<std::size_t>(k);
      PutOff& put_off = put_off_[reach.qubit[i]];
      if (reach.mixes[i] && !put_off.mixing) ++closed_;
      (reach.mixes[i] ? put_off.mixing : put_off.diagonal) = true;
    }
    return false;
  }

  /// No later gate can be taken.
  [[nodiscard]] bool closed() const { return closed_ == active_.size(); }

  [[nodiscard]] std::vector<int> finish() {
    for (std::size_t bit = 0; room_ > 0; ++bit) {
      if (!active_[bit]) activate(bit);
    }
    std::vector<int> result;
    for (std::size_t bit = 0; bit < active_.size(); ++bit) {
      if (active_[bit]) result.push_back(static_cast<int>(bit));
    }
    return result;
  }

 private:
  struct PutOff {
    bool mixing = false;
    bool diagonal = false;
  };

  void activate(std::size_t bit) {
    active_[bit] = true;
    --room_;
  }

  [[nodiscard]] bool fits(const Reach& reach) const {
    int needed = 0;
    for (int k = 0; k < reach.count; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const PutOff& put_off = put_off_[reach.qubit[i]];
      if (put_off.mixing || (reach.mixes[i] && put_off.diagonal)) return false;
      if (reach.mixes[i] && !active_[reach.qubit[i]]) ++needed;
    }
    return needed <= room_;
  }

  int room_;
  std::vector<bool> active_;
  std::vector<PutOff> put_off_;
  std::size_t closed_ = 0;
};

}  // namespace

std::vector<Run> schedule(const std::vector<GateOperation>& gates, int bits, int block_bits, int low_bits) {
  std::vector<Reach> reaches;
  reaches.reserve(gates.size());
  for (const auto& gate : gates) reaches.push_back(reach_of(gate));
  std::vector<std::size_t> waiting(gates.size());
  std::iota(waiting.begin(), waiting.end(), std::size_t{0});
  std::vector<Run> runs;
  while (!waiting.empty()) {
    RunBuilder builder(bits, block_bits, low_bits);
    Run run;
    std::vector<std::size_t> rest;
    for (std::size_t k = 0; k < waiting.size(); ++k) {
      if (builder.closed()) {
        rest.insert(rest.end(), waiting.begin() + static_cast<std::ptrdiff_t>(k), waiting.end());
        break;
      }
      (builder.offer(reaches[waiting[k]]) ? run.gates : rest).push_back(waiting[k]);
    }
    run.active = builder.finish();
    runs.push_back(std::move(run));
    waiting = std::move(rest);
  }
  return runs;
}

}  // namespace kroncut
