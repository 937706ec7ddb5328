#include "simulate/density.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/bits.hpp"
#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/parallel.hpp"
#include "simulate/fuse.hpp"
#include "simulate/gate_matrix.hpp"
#include "simulate/state.hpp"

namespace kroncut {
namespace {

using Complex = std::complex<double>;
using Kind = NoisyStep::Kind;

/// A one-qubit step as a map on the bits of the ket and of the bra.
GateOperation superoperator(const NoisyStep& step, int ket, int bra) {
  GateOperation result{ket, bra, {}};
  const auto at = [&](int row, int column) -> Complex& { return entry(result, row, column); };
  const auto [first, second] = step.rates;
  if (step.kind == Kind::map) {
    for (int row = 0; row < 4; ++row) {
      for (int column = 0; column < 4; ++column) {
        at(row, column) =
            entry(step.gate, row & 1, column & 1) * std::conj(entry(step.gate, row >> 1, column >> 1));
      }
    }
  } else if (step.kind == Kind::damping) {
    at(0, 0) = 1;
    at(0, 3) = first;
    at(1, 1) = at(2, 2) = std::sqrt(std::max(0.0, 1 - first - second));
    at(3, 3) = 1 - first;
  } else {
    at(0, 0) = at(3, 3) = 1 - first / 2;
    at(0, 3) = at(3, 0) = first / 2;
    at(1, 1) = at(2, 2) = 1 - first;
  }
  return result;
}

/// Depolarizes two qubits of a density matrix of `qubits` qubits: 16 entries differ by the qubits' bits
/// alone, and of these the four on the diagonal share what is lost.
void depolarize_pair(State<double>& rho, int qubits, const NoisyStep& step, int threads, Control& control) {
  const auto [first, second] = std::minmax(step.gate.first, step.gate.second);
  const std::array<int, 4> fixed{first, second, first + qubits, second + qubits};
  const auto offset = [&](unsigned ket, unsigned bra) {
    const std::size_t index = (std::size_t{ket & 1U} << fixed[0]) | (std::size_t{ket >> 1} << fixed[1]) |
                              (std::size_t{bra & 1U} << fixed[2]) | (std::size_t{bra >> 1} << fixed[3]);
    return Layout<double>::offset(index);
  };
  std::array<std::size_t, 16> offsets{};
  for (unsigned k = 0; k < 16; ++k) offsets[k] = offset(k & 3U, k >> 2);
  const double kept = 1 - step.rates[0];
  const double shared = step.rates[0] / 4;
  // Neighbours in memory go together where the qubits' bits lie above them.
  const int run_bits = std::min({first, Layout<double>::lane_bits, 2 * qubits - 4});
  const std::size_t run = std::size_t{1} << run_bits;
  const std::size_t runs = std::size_t{1} << (2 * qubits - 4 - run_bits);
  const std::size_t parts = std::min<std::size_t>(runs, 64);
  parallel_for(parts, runs < 4096 ? 1 : threads, [&](std::size_t part, int) {
    for (std::size_t at = runs * part / parts; at < runs * (part + 1) / parts; ++at) {
      std::size_t base = at << run_bits;
      for (const int bit : fixed) base = insert_zero(base, bit);
      double* const origin = rho.data() + Layout<double>::offset(base);
      for (const std::size_t half : {std::size_t{0}, Layout<double>::lanes}) {
        double* const values = origin + half;
        for (std::size_t lane = 0; lane < run; ++lane) {
          const double trace = values[offsets[0] + lane] + values[offsets[5] + lane] +
                               values[offsets[10] + lane] + values[offsets[15] + lane];
          for (unsigned k = 0; k < 16; ++k) values[offsets[k] + lane] *= kept;
          for (unsigned k = 0; k < 16; k += 5) values[offsets[k] + lane] += shared * trace;
        }
      }
    }
    control.advance((std::uint64_t{1} << (2 * qubits)) / parts);
  });
}

GateOperation projector(int qubit, unsigned value) {
  GateOperation result{qubit, -1, {}};
  entry(result, static_cast<int>(value), static_cast<int>(value)) = 1;
  return result;
}

/// A last end: what its settings tell of the ket and the bra of its qubit, rows x 4.
struct LastEnd {
  std::size_t end = 0;
  int qubit = 0;
  std::vector<std::array<Complex, 4>> effects;
};

LastEnd last_end(const NoisyProgram& program, std::size_t end) {
  LastEnd result{end, program.ends[end][0].read, {}};
  for (const NoisySetting& setting : program.ends[end]) {
    GateOperation whole{0, 1, {}};
    for (int k = 0; k < 4; ++k) entry(whole, k, k) = 1;
    for (const NoisyStep& step : setting.places[0]) whole = compose(superoperator(step, 0, 1), whole);
    for (const int diagonal : {0, 3}) {
      std::array<Complex, 4> effect{};
      for (int k = 0; k < 4; ++k) effect[static_cast<std::size_t>(k)] = entry(whole, diagonal, k);
      result.effects.push_back(effect);
    }
  }
  return result;
}

/// Walks over all choices of settings, in the order of time.
class DensityWalk {
 public:
  DensityWalk(const NoisyProgram& program, int threads, std::span<double> out, Control& control)
      : program_(program),
        qubits_(program.qubits),
        threads_(threads),
        out_(out),
        control_(control),
        ordinary_(program.items.size() - static_cast<std::size_t>(program.trailing)),
        chosen_(program.ends.size(), -1),
        recorded_(program.ends.size(), 0) {
    for (std::size_t i = ordinary_; i < program.items.size(); ++i) {
      last_.push_back(last_end(program, static_cast<std::size_t>(program.items[i].end)));
    }
    strides_.resize(program.ends.size());
    std::size_t stride = std::size_t{1} << program.outcomes.size();
    for (std::size_t end = program.ends.size(); end-- > 0;) {
      strides_[end] = stride;
      stride *= program.rows(end);
    }
    while (leading_ < ordinary_ && program.items[leading_].end >= 0 && program.items[leading_].place == 0) {
      ++leading_;
    }
  }

  void run() { choose(0); }

 private:
  struct Position {
    std::size_t item = 0;
    std::size_t step = 0;
  };

  /// Settings of the ends at the very beginning: each choice starts from |0...0>.
  void choose(std::size_t item) {
    if (item == leading_) {
      state(0).reset(0, threads_);
      walk({0, 0}, 0);
      return;
    }
    const auto end = static_cast<std::size_t>(program_.items[item].end);
    for (std::size_t setting = 0; setting < program_.ends[end].size(); ++setting) {
      chosen_[end] = static_cast<int>(setting);
      choose(item + 1);
    }
    chosen_[end] = -1;
  }

  State<double>& state(std::size_t depth) {
    while (states_.size() <= depth) {
      states_.push_back(std::make_unique<State<double>>(2 * qubits_, threads_));
    }
    return *states_[depth];
  }

  /// Goes on with the state of this depth, which it uses up.
  void walk(Position at, std::size_t depth) {
    std::vector<GateOperation> pending;
    for (; at.item < ordinary_; ++at.item, at.step = 0) {
      const NoisyItem& item = program_.items[at.item];
      if (item.end >= 0 && chosen_[static_cast<std::size_t>(item.end)] < 0) {
        apply(pending, depth);
        branch(at, static_cast<std::size_t>(item.end), depth);
        return;
      }
      const std::vector<NoisyStep>& steps = steps_of(item);
      while (at.step < steps.size()) {
        const NoisyStep& step = steps[at.step++];
        if (step.kind == Kind::measure) {
          apply(pending, depth);
          measure(at, static_cast<std::size_t>(item.end), step.gate.first, depth);
          return;
        }
        add(pending, step, depth);
      }
    }
    apply(pending, depth);
    finish(*states_[depth]);
  }

  const std::vector<NoisyStep>& steps_of(const NoisyItem& item) const {
    if (item.end < 0) return item.steps;
    const auto end = static_cast<std::size_t>(item.end);
    const auto setting = static_cast<std::size_t>(chosen_[end]);
    return program_.ends[end][setting].places[static_cast<std::size_t>(item.place)];
  }

  void branch(Position at, std::size_t end, std::size_t depth) {
    const std::size_t settings = program_.ends[end].size();
    for (std::size_t setting = 0; setting < settings; ++setting) {
      chosen_[end] = static_cast<int>(setting);
      if (setting + 1 == settings) {
        walk(at, depth);
      } else {
        state(depth + 1).copy_from(*states_[depth], threads_);
        walk(at, depth + 1);
      }
    }
    chosen_[end] = -1;
  }

  void measure(Position after, std::size_t end, int qubit, std::size_t depth) {
    for (const unsigned bit : {0U, 1U}) {
      recorded_[end] = bit;
      const std::size_t next = depth + (bit == 0 ? 1 : 0);
      if (bit == 0) state(next).copy_from(*states_[depth], threads_);
      std::vector<GateOperation> project{projector(qubit, bit), projector(qubit + qubits_, bit)};
      states_[next]->apply(project, {.threads = threads_}, control_);
      walk(after, next);
    }
    recorded_[end] = 0;
  }

  void add(std::vector<GateOperation>& pending, const NoisyStep& step, std::size_t depth) {
    const GateOperation& gate = step.gate;
    if (gate.second < 0) {
      if (step.kind != Kind::map && step.rates[0] == 0 && step.rates[1] == 0) return;
      pending.push_back(superoperator(step, gate.first, gate.first + qubits_));
    } else if (step.kind == Kind::map) {
      GateOperation bra{gate.first + qubits_, gate.second + qubits_, {}};
      for (std::size_t k = 0; k < 16; ++k) bra.matrix[k] = std::conj(gate.matrix[k]);
      pending.push_back(gate);
      pending.push_back(bra);
    } else if (step.rates[0] > 0) {
      apply(pending, depth);
      depolarize_pair(*states_[depth], qubits_, step, threads_, control_);
    }
  }

  void apply(std::vector<GateOperation>& pending, std::size_t depth) {
    if (pending.empty()) return;
    const std::vector<GateOperation> fused = fuse({2 * qubits_, std::move(pending)}, &control_);
    states_[depth]->apply(fused, {.threads = threads_}, control_);
    pending.clear();
  }

  /// Writes what a state at the end tells: frequencies of outcomes, of the bits that were read, and of what
  /// the last ends' settings read.
  void finish(const State<double>& rho) {
    std::vector<int> diagonal = program_.outcomes;
    std::vector<std::size_t> read;  // ends with a bit in `diagonal` above the outcomes
    std::size_t origin = 0;
    for (std::size_t end = 0; end < program_.ends.size(); ++end) {
      if (chosen_[end] < 0) continue;
      const auto& settings = program_.ends[end];
      const auto setting = static_cast<std::size_t>(chosen_[end]);
      std::size_t row = recorded_[end];
      for (std::size_t k = 0; k < setting; ++k) row += static_cast<std::size_t>(settings[k].rows());
      origin += row * strides_[end];
      if (settings[setting].read >= 0) {
        diagonal.push_back(settings[setting].read);
        read.push_back(end);
      }
    }
    std::vector<Complex> data = reduced(rho, diagonal);
    for (const LastEnd& last : last_) data = applied(last, data);
    write(data, origin, read, diagonal.size());
  }

  /// Entries of the state that is traced over all but the qubits of `diagonal` and of the last ends, and is
  /// diagonal in the former: [pairs of the last ends, the first the slowest] x [bits of `diagonal`].
  std::vector<Complex> reduced(const State<double>& rho, const std::vector<int>& diagonal) const {
    std::size_t traced = low_mask(static_cast<unsigned>(qubits_));
    for (const int qubit : diagonal) traced &= ~(std::size_t{1} << qubit);
    for (const LastEnd& last : last_) traced &= ~(std::size_t{1} << last.qubit);
    const std::size_t inner = std::size_t{1} << diagonal.size();
    const std::size_t pairs = std::size_t{1} << (2 * last_.size());
    const std::size_t terms = std::size_t{1} << bit_count(traced);
    std::vector<Complex> result(pairs * inner);
    parallel_for(pairs, threads_, [&](std::size_t pair, int) {
      control_.check();
      std::size_t ket = 0;
      std::size_t bra = 0;
      for (std::size_t k = 0; k < last_.size(); ++k) {
        const std::size_t digit = pair >> (2 * (last_.size() - 1 - k));
        ket |= (digit & 1U) << last_[k].qubit;
        bra |= (digit >> 1 & 1U) << last_[k].qubit;
      }
      for (std::size_t x = 0; x < inner; ++x) {
        std::size_t both = 0;
        for (std::size_t k = 0; k < diagonal.size(); ++k) both |= (x >> k & 1U) << diagonal[k];
        Complex sum = 0;
        for (std::size_t term = 0; term < terms; ++term) {
          const std::size_t shared = both | deposit(term, traced);
          sum += rho.get((ket | shared) | ((bra | shared) << qubits_));
        }
        result[pair * inner + x] = sum;
      }
    });
    return result;
  }

  /// The pairs of the first last end that has not had its turn become rows, behind the others' axes: after
  /// all of them the axes are in their order again.
  static std::vector<Complex> applied(const LastEnd& last, const std::vector<Complex>& data) {
    const std::size_t rest = data.size() / 4;
    std::vector<Complex> result(last.effects.size() * rest);
    for (std::size_t row = 0; row < last.effects.size(); ++row) {
      for (std::size_t k = 0; k < 4; ++k) {
        const Complex factor = last.effects[row][k];
        if (factor == 0.0) continue;
        for (std::size_t i = 0; i < rest; ++i)
          result[i * last.effects.size() + row] += factor * data[k * rest + i];
      }
    }
    return result;
  }

  /// `data` is [bits of the diagonal] x [rows of the last ends].
  void write(const std::vector<Complex>& data, std::size_t origin, const std::vector<std::size_t>& read,
             std::size_t bits) {
    const std::size_t rows = data.size() >> bits;
    const std::size_t outcomes = program_.outcomes.size();
    for (std::size_t row = 0; row < rows; ++row) {
      std::size_t place = origin;
      std::size_t rest = row;
      for (std::size_t k = last_.size(); k-- > 0;) {
        place += rest % last_[k].effects.size() * strides_[last_[k].end];
        rest /= last_[k].effects.size();
      }
      for (std::size_t x = 0; x < std::size_t{1} << bits; ++x) {
        std::size_t to = place + (x & low_mask(static_cast<unsigned>(outcomes)));
        for (std::size_t k = 0; k < read.size(); ++k) to += (x >> (outcomes + k) & 1U) * strides_[read[k]];
        out_[to] = data[x * rows + row].real();
      }
    }
  }

  const NoisyProgram& program_;
  int qubits_;
  int threads_;
  std::span<double> out_;
  Control& control_;
  std::size_t ordinary_;  // items before the last ends
  std::size_t leading_ = 0;
  std::vector<LastEnd> last_;
  std::vector<std::size_t> strides_;
  std::vector<int> chosen_;  // setting of each end, -1 before its time
  std::vector<std::size_t> recorded_;
  std::vector<std::unique_ptr<State<double>>> states_;
};

/// States that are held at once: one, and one more for each end with several settings and each measurement on
/// the way.
std::uint64_t states_held(const NoisyProgram& program) {
  std::uint64_t result = 1;
  bool leading = true;
  const std::size_t ordinary = program.items.size() - static_cast<std::size_t>(program.trailing);
  for (std::size_t i = 0; i < ordinary; ++i) {
    const NoisyItem& item = program.items[i];
    leading = leading && item.end >= 0 && item.place == 0;
    if (item.end < 0 || item.place != 0) continue;
    const auto& settings = program.ends[static_cast<std::size_t>(item.end)];
    if (!leading && settings.size() > 1) ++result;
    const bool measured = std::any_of(settings.begin(), settings.end(), [](const NoisySetting& setting) {
      return setting.read < 0 && setting.rows() == 2;
    });
    if (measured) ++result;
  }
  return result;
}

/// An upper bound of what the walk tells `control`: gates times entries, over all paths.
std::uint64_t work_expected(const NoisyProgram& program) {
  const auto cost = [](const std::vector<NoisyStep>& steps) {
    double sum = 0;
    for (const NoisyStep& step : steps) {
      if (step.kind == Kind::measure)
        sum += 4;
      else
        sum += step.kind == Kind::map && step.gate.second >= 0 ? 2 : 1;
    }
    return sum;
  };
  const std::size_t ordinary = program.items.size() - static_cast<std::size_t>(program.trailing);
  double paths = 1;
  double sum = 0;
  for (std::size_t i = 0; i < ordinary; ++i) {
    const NoisyItem& item = program.items[i];
    if (item.end < 0) {
      sum += paths * cost(item.steps);
      continue;
    }
    const auto end = static_cast<std::size_t>(item.end);
    const auto& settings = program.ends[end];
    for (const NoisySetting& setting : settings) {
      sum += paths * cost(setting.places[static_cast<std::size_t>(item.place)]);
    }
    if (item.place == 0) paths *= static_cast<double>(program.rows(end));
  }
  return static_cast<std::uint64_t>(std::min(0x1p60, std::ldexp(sum, 2 * program.qubits)));
}

}  // namespace

std::uint64_t frequencies_size(const NoisyProgram& program) {
  constexpr double most = 0x1p40;
  double size = std::ldexp(1.0, static_cast<int>(program.outcomes.size()));
  for (std::size_t end = 0; end < program.ends.size(); ++end) size *= static_cast<double>(program.rows(end));
  if (size > most) throw Error(ErrorCode::memory, "the frequencies of so many subexperiments fit no memory");
  return static_cast<std::uint64_t>(size);
}

std::uint64_t density_memory(const NoisyProgram& program, int threads) {
  validate(program);
  const int bits = 2 * program.qubits;
  return states_held(program) * State<double>::bytes(bits) + State<double>::apply_bytes(bits, threads);
}

void density_frequencies(const NoisyProgram& program, int threads, std::span<double> out, Control& control) {
  validate(program);
  if (out.size() != frequencies_size(program)) {
    throw Error(ErrorCode::internal, "the space for frequencies has the wrong size");
  }
  require_memory(density_memory(program, threads),
                 "density matrices of " + std::to_string(program.qubits) + " qubits");
  control.expect(work_expected(program));
  DensityWalk(program, threads, out, control).run();
}

}  // namespace kroncut
