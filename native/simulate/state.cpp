#include "simulate/state.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>
#include <variant>

#include "core/parallel.hpp"
#include "simulate/block_copy.hpp"
#include "simulate/compiled_gate.hpp"
#include "simulate/gate_matrix.hpp"
#include "simulate/permutation.hpp"
#include "simulate/schedule.hpp"

namespace kroncut {
namespace {

/// Distributes the bits of `value` over the places in `places` (ascending).
std::size_t spread(std::size_t value, const std::vector<int>& places) {
  std::size_t result = 0;
  for (std::size_t k = 0; k < places.size(); ++k) result |= (value >> k & 1U) << places[k];
  return result;
}

/// A run made ready for a state: gates compiled for places within a block, and where blocks lie.
template <class Real>
class BlockRun {
 public:
  BlockRun(const Run& run, const std::vector<GateOperation>& gates, int bits, const KernelSet<Real>& kernels,
           const Control& control)
      : block_bits_(static_cast<int>(run.active.size())), large_(State<Real>::bytes(bits) > cache_bytes) {
    std::vector<int> place(static_cast<std::size_t>(bits), outside_block);
    for (std::size_t k = 0; k < run.active.size(); ++k) {
      place[static_cast<std::size_t>(run.active[k])] = static_cast<int>(k);
    }
    for (int bit = 0; bit < bits; ++bit) {
      if (place[static_cast<std::size_t>(bit)] == outside_block) passive_.push_back(bit);
    }
    while (piece_bits_ < block_bits_ && run.active[static_cast<std::size_t>(piece_bits_)] == piece_bits_) {
      ++piece_bits_;
    }
    const std::vector<int> upper(run.active.begin() + piece_bits_, run.active.end());
    for (std::size_t piece = 0; piece < std::size_t{1} << upper.size(); ++piece) {
      pieces_.push_back(Layout<Real>::offset(spread(piece, upper)));
    }
    for (std::size_t next = 0; next < run.gates.size();) {
      control.check();
      const std::size_t moves = passive_.empty() ? 0 : permutations(run, gates, next);
      if (moves >= fewest_moves) {
        Permutation<Real> permutation(place, block_bits_);
        for (std::size_t k = 0; k < moves; ++k) permutation.add(gates[run.gates[next + k]]);
        permutation.finish();
        gates_.push_back({std::move(permutation), {-1, -1}});
        next += moves;
        moves_ = true;
        continue;
      }
      const GateOperation& gate = gates[run.gates[next++]];
      std::array<int, 2> positions{};
      std::array<int, 2> outside{-1, -1};
      for (int bit = 0; bit < (gate.second < 0 ? 1 : 2); ++bit) {
        const int qubit = gate_qubit(gate, bit);
        const auto k = static_cast<std::size_t>(bit);
        positions[k] = place[static_cast<std::size_t>(qubit)];
        if (positions[k] == outside_block) outside[k] = qubit;
      }
      gates_.push_back({CompiledGate<Real>(gate, positions, kernels), outside});
    }
  }

  [[nodiscard]] std::size_t blocks() const { return std::size_t{1} << passive_.size(); }
  [[nodiscard]] std::size_t gates() const { return gates_.size(); }
  /// Whether a second block is needed beside each.
  [[nodiscard]] bool moves() const { return moves_; }
  [[nodiscard]] std::size_t block_size() const { return std::size_t{1} << block_bits_; }
  [[nodiscard]] bool contiguous() const { return pieces_.size() == 1; }

  /// Applies the only gate of a run of one block to a share of it.
  void apply_part(Real* amplitudes, std::size_t part, std::size_t parts) const {
    std::get<CompiledGate<Real>>(gates_[0].work).apply(amplitudes, block_bits_, 0, part, parts);
  }

  /// Applies all gates to one block, through `buffer` (a block large) unless the block is contiguous; behind
  /// it is a second one.
  void apply(Real* amplitudes, std::size_t block, Real* buffer, const Control& control) const {
    const std::size_t base = spread(block, passive_);
    Real* const origin = amplitudes + Layout<Real>::offset(base);
    const std::size_t block_bytes = 2 * block_size() * sizeof(Real);
    if (contiguous()) {
      const Real* const result = apply_gates(origin, buffer, base, control);
      if (result != origin) std::memcpy(origin, result, block_bytes);
      return;
    }
    const std::size_t piece = block_bytes / pieces_.size();
    const std::size_t numbers = piece / sizeof(Real);
    constexpr std::size_t distance = 4;
    for (std::size_t k = 0; k < pieces_.size(); ++k) {
      if (k + distance < pieces_.size()) prefetch(origin + pieces_[k + distance], piece);
      std::memcpy(buffer + k * numbers, origin + pieces_[k], piece);
    }
    const Real* const result = apply_gates(buffer, buffer + 2 * block_size(), base, control);
    for (std::size_t k = 0; k < pieces_.size(); ++k) {
      if (large_) {
        stream_copy(origin + pieces_[k], result + k * numbers, piece);
      } else {
        std::memcpy(origin + pieces_[k], result + k * numbers, piece);
      }
    }
    if (large_) finish_streaming();
  }

 private:
  struct PlacedGate {
    std::variant<CompiledGate<Real>, Permutation<Real>> work;
    std::array<int, 2> outside;  // bit of the state's index of each matrix bit outside the block, or -1
  };

  /// A pass over a block that moves everything pays from so many gates on.
  static constexpr std::size_t fewest_moves = 5;

  /// Gates from number `next` of a run on that move amplitudes alone.
  static std::size_t permutations(const Run& run, const std::vector<GateOperation>& gates, std::size_t next) {
    std::size_t count = 0;
    while (next + count < run.gates.size() && is_permutation(gates[run.gates[next + count]])) ++count;
    return count;
  }

  /// Where the amplitudes are in the end: `work`, or `spare`.
  const Real* apply_gates(Real* work, Real* spare, std::size_t base, const Control& control) const {
    for (const auto& gate : gates_) {
      control.check();
      if (const auto* const compiled = std::get_if<CompiledGate<Real>>(&gate.work)) {
        compiled->apply(work, block_bits_, outside_value(gate, base));
        continue;
      }
      std::get<Permutation<Real>>(gate.work).apply(work, spare, base);
      std::swap(work, spare);
    }
    return work;
  }

  static unsigned outside_value(const PlacedGate& gate, std::size_t base) {
    unsigned value = 0;
    for (unsigned k = 0; k < 2; ++k) {
      if (gate.outside[k] >= 0) value |= static_cast<unsigned>(base >> gate.outside[k] & 1U) << k;
    }
    return value;
  }

  /// States beyond this leave the last-level cache between two passes.
  static constexpr std::uint64_t cache_bytes = std::uint64_t{32} << 20;

  int block_bits_;
  bool large_;
  int piece_bits_ = 0;
  std::vector<int> passive_;
  std::vector<std::size_t> pieces_;  // offsets of the contiguous pieces of a block
  std::vector<PlacedGate> gates_;
  bool moves_ = false;
};

/// Parts of a sweep over a large state: enough to balance the load and to be cancelled between two of them.
constexpr std::size_t sweep_parts(int bits) {
  constexpr int part_bits = 16;
  return std::size_t{1} << std::max(0, bits - part_bits);
}

}  // namespace

template <class Real>
State<Real>::State(int bits, int threads, SimdLevel level)
    : bits_(bits),
      padded_bits_(std::max(bits, Layout<Real>::lane_bits)),
      level_(level),
      amplitudes_(std::size_t{2} << padded_bits_) {
  clear(threads);
}

template <class Real>
void State<Real>::clear(int threads) {
  // Cleared by the threads that will work on it, so that its pages lie near them.
  const std::size_t parts = sweep_parts(padded_bits_);
  const std::size_t share = amplitudes_.size() / parts;
  parallel_for(parts, threads, [&](std::size_t part, int) {
    std::fill_n(amplitudes_.data() + part * share, share, Real{0});
  });
}

template <class Real>
void State<Real>::reset(std::size_t index, int threads) {
  clear(threads);
  set(index, 1);
}

template <class Real>
void State<Real>::copy_from(const State& other, int threads) {
  const std::size_t parts = sweep_parts(padded_bits_);
  const std::size_t share = amplitudes_.size() / parts;
  parallel_for(parts, threads, [&](std::size_t part, int) {
    std::copy_n(other.amplitudes_.data() + part * share, share, amplitudes_.data() + part * share);
  });
}

template <class Real>
std::complex<double> State<Real>::get(std::size_t index) const noexcept {
  const std::size_t place = Layout<Real>::offset(index);
  return {amplitudes_[place], amplitudes_[place + Layout<Real>::lanes]};
}

template <class Real>
void State<Real>::set(std::size_t index, std::complex<double> value) noexcept {
  const std::size_t place = Layout<Real>::offset(index);
  amplitudes_[place] = static_cast<Real>(value.real());
  amplitudes_[place + Layout<Real>::lanes] = static_cast<Real>(value.imag());
}

template <class Real>
void State<Real>::apply(const std::vector<GateOperation>& gates, const ApplyOptions& options,
                        Control& control) {
  const KernelSet<Real> kernels = kernel_set<Real>(level_);
  const int wanted = options.block_bits > 0 ? options.block_bits : cached_block_bits<Real>;
  const int block_bits = std::max(wanted, Layout<Real>::lane_bits + 2);
  std::vector<Run> runs;
  if (options.cached) {
    runs = schedule(gates, padded_bits_, block_bits, cached_low_bits<Real>);
  } else {
    for (std::size_t gate = 0; gate < gates.size(); ++gate) runs.push_back({{}, {gate}});
  }
  AlignedArray<Real> buffers;
  for (Run& scheduled : runs) {
    control.check();
    if (scheduled.gates.size() == 1) {
      // In place: one gate needs no detour through a buffer.
      scheduled.active.resize(static_cast<std::size_t>(padded_bits_));
      std::iota(scheduled.active.begin(), scheduled.active.end(), 0);
    }
    const BlockRun<Real> run(scheduled, gates, padded_bits_, kernels, control);
    const std::uint64_t work = std::uint64_t{scheduled.gates.size()} << bits_;
    if (run.blocks() == 1 && run.gates() == 1) {
      const std::size_t parts = sweep_parts(padded_bits_);
      parallel_for(parts, options.threads, [&](std::size_t part, int) {
        run.apply_part(amplitudes_.data(), part, parts);
        control.advance(work / parts);
      });
      continue;
    }
    const auto wanted_workers = static_cast<std::size_t>(std::max(1, options.threads));
    const std::size_t workers = std::min(wanted_workers, run.blocks());
    const std::size_t space = 2 * run.block_size() * (run.moves() ? 2 : 1);
    if ((run.moves() || !run.contiguous()) && buffers.size() < workers * space) {
      buffers = AlignedArray<Real>(workers * space);
    }
    parallel_for(run.blocks(), static_cast<int>(workers), [&](std::size_t block, int worker) {
      Real* const buffer = buffers.data() + static_cast<std::size_t>(worker) * space;
      run.apply(amplitudes_.data(), block, buffer, control);
      control.advance(work / run.blocks());
    });
  }
}

template <class Real>
std::uint64_t State<Real>::bytes(int bits) noexcept {
  return (std::uint64_t{2} << std::max(bits, Layout<Real>::lane_bits)) * sizeof(Real);
}

template <class Real>
std::uint64_t State<Real>::apply_bytes(int bits, int threads) noexcept {
  if (bits <= cached_block_bits<Real>) return 0;
  const auto blocks = std::uint64_t{1} << std::min(bits - cached_block_bits<Real>, 30);
  const auto workers = std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(1, threads)), blocks);
  return workers * (std::uint64_t{4} << cached_block_bits<Real>)*sizeof(Real);
}

template class State<float>;
template class State<double>;

}  // namespace kroncut
