#include "simulate/trajectories.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/parallel.hpp"
#include "simulate/draw.hpp"
#include "simulate/fuse.hpp"
#include "simulate/gate_matrix.hpp"
#include "simulate/state.hpp"

namespace kroncut {
namespace {

using Complex = std::complex<double>;
using Kind = NoisyStep::Kind;

GateOperation diagonal(int qubit, double zero, double one) {
  GateOperation result{qubit, -1, {}};
  entry(result, 0, 0) = zero;
  entry(result, 1, 1) = one;
  return result;
}

/// X, Y or Z by its number, 1 to 3.
GateOperation pauli(int qubit, unsigned number) {
  constexpr Complex i(0, 1);
  GateOperation result{qubit, -1, {}};
  if (number == 3) return diagonal(qubit, 1, -1);
  entry(result, 0, 1) = number == 1 ? Complex(1) : -i;
  entry(result, 1, 0) = number == 1 ? Complex(1) : i;
  return result;
}

/// One way in which noise or a measurement can go.
struct Choice {
  std::uint64_t shots = 0;
  std::vector<GateOperation> gates;  // that it applies to the state
  bool bit = false;                  // that a measurement gives
};

/// Draws one subexperiment.
class Trajectories {
 public:
  Trajectories(const NoisyProgram& program, const DrawnSubexperiment& drawn, int threads, Control& control)
      : program_(program), threads_(threads), control_(control), random_(drawn.seed) {
    int recorded = 0;
    std::vector<int> place(program.ends.size(), -1);
    for (std::size_t end = 0; end < program.ends.size(); ++end) {
      const NoisySetting& setting = program.ends[end][static_cast<std::size_t>(drawn.settings[end])];
      if (setting.rows() == 1) continue;
      place[end] = static_cast<int>(program.outcomes.size()) + recorded++;
      if (setting.read >= 0) read_.emplace_back(setting.read, place[end]);
    }
    for (std::size_t k = 0; k < program.outcomes.size(); ++k) {
      read_.emplace_back(program.outcomes[k], static_cast<int>(k));
    }
    for (const NoisyItem& item : program.items) {
      const auto end = static_cast<std::size_t>(std::max(0, item.end));
      const std::vector<NoisyStep>& steps =
          item.end < 0 ? item.steps
                       : program.ends[end][static_cast<std::size_t>(drawn.settings[end])]
                             .places[static_cast<std::size_t>(item.place)];
      for (const NoisyStep& step : steps) steps_.push_back({&step, item.end < 0 ? -1 : place[end]});
    }
    shots_ = drawn.shots;
  }

  DrawnCounts run() {
    if (shots_ > 0) {
      state(0).reset(0, threads_);
      walk(0, 0, shots_, 0, {});
    }
    DrawnCounts result(counts_.begin(), counts_.end());
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  struct PlacedStep {
    const NoisyStep* step;
    int place;  // bit of the outcome that a measurement sets
  };

  State<double>& state(std::size_t depth) {
    while (states_.size() <= depth) {
      states_.push_back(std::make_unique<State<double>>(program_.qubits, threads_));
    }
    return *states_[depth];
  }

  /// Goes on with the state of this depth, which it uses up, after the gates that are pending.
  void walk(std::size_t at, std::size_t depth, std::uint64_t shots, std::uint64_t outcome,
            std::vector<GateOperation> pending) {
    for (; at < steps_.size(); ++at) {
      const auto [step, place] = steps_[at];
      if (step->kind == Kind::map) {
        pending.push_back(step->gate);
        continue;
      }
      std::vector<Choice> choices = choices_of(*step, depth, shots, pending);
      if (choices.empty()) continue;
      // The largest group keeps the state.
      std::size_t largest = 0;
      for (std::size_t k = 1; k < choices.size(); ++k) {
        if (choices[k].shots > choices[largest].shots) largest = k;
      }
      const auto outcome_of = [&, measured = place](const Choice& choice) {
        return choice.bit ? outcome | std::uint64_t{1} << measured : outcome;
      };
      if (choices.size() > 1) apply(pending, depth);
      for (std::size_t k = 0; k < choices.size(); ++k) {
        if (k == largest) continue;
        state(depth + 1).copy_from(*states_[depth], threads_);
        walk(at + 1, depth + 1, choices[k].shots, outcome_of(choices[k]), std::move(choices[k].gates));
      }
      shots = choices[largest].shots;
      outcome = outcome_of(choices[largest]);
      for (GateOperation& gate : choices[largest].gates) pending.push_back(gate);
    }
    apply(pending, depth);
    draw(*states_[depth], shots, outcome);
  }

  void apply(std::vector<GateOperation>& pending, std::size_t depth) {
    if (pending.empty()) return;
    const std::vector<GateOperation> fused = fuse({program_.qubits, std::move(pending)}, &control_);
    states_[depth]->apply(fused, {.threads = threads_}, control_);
    pending.clear();
  }

  /// What becomes of the shots, those choices alone that some of them take; none where nothing happens.
  std::vector<Choice> choices_of(const NoisyStep& step, std::size_t depth, std::uint64_t shots,
                                 std::vector<GateOperation>& pending) {
    if (step.kind == Kind::depolarizing) return depolarized(step, shots);
    if (step.kind == Kind::damping && step.rates[0] + step.rates[1] == 0) return {};
    apply(pending, depth);
    const int qubit = step.gate.first;
    const double one = weight(*states_[depth], qubit);
    if (step.kind == Kind::measure) {
      const std::uint64_t ones = random_.binomial(shots, one);
      std::vector<Choice> choices;
      if (ones < shots) choices.push_back({shots - ones, {diagonal(qubit, scale(1 - one), 0)}, false});
      if (ones > 0) choices.push_back({ones, {diagonal(qubit, 0, scale(one))}, true});
      return choices;
    }
    return damped(step, one, shots);
  }

  static double scale(double probability) { return 1 / std::sqrt(std::max(probability, 1e-300)); }

  std::vector<Choice> damped(const NoisyStep& step, double one, std::uint64_t shots) {
    const int qubit = step.gate.first;
    const auto [amplitude, phase] = step.rates;
    const double lost = (amplitude + phase) * one;
    const std::uint64_t jumps = random_.binomial(shots, lost);
    const std::uint64_t decays = random_.binomial(jumps, amplitude / (amplitude + phase));
    std::vector<Choice> choices;
    if (jumps < shots) {
      const double norm = scale(1 - lost);
      choices.push_back(
          {shots - jumps, {diagonal(qubit, norm, norm * std::sqrt(1 - amplitude - phase))}, false});
    }
    if (decays > 0) {
      GateOperation lower{qubit, -1, {}};
      entry(lower, 0, 1) = scale(one);
      choices.push_back({decays, {lower}, false});
    }
    if (jumps > decays) choices.push_back({jumps - decays, {diagonal(qubit, 0, scale(one))}, false});
    return choices;
  }

  /// All Pauli strings are equally likely, beside what is kept.
  std::vector<Choice> depolarized(const NoisyStep& step, std::uint64_t shots) {
    const unsigned strings = step.gate.second < 0 ? 4 : 16;
    const std::uint64_t errors = random_.binomial(shots, step.rates[0] * (strings - 1) / strings);
    if (errors == 0) return {};
    std::vector<Choice> choices;
    if (errors < shots) choices.push_back({shots - errors, {}, false});
    std::uint64_t rest = errors;
    for (unsigned string = 1; string < strings && rest > 0; ++string) {
      const std::uint64_t own = random_.binomial(rest, 1.0 / (strings - string));
      if (own == 0) continue;
      rest -= own;
      Choice choice{own, {}, false};
      if ((string & 3U) != 0) choice.gates.push_back(pauli(step.gate.first, string & 3U));
      if (string >> 2 != 0) choice.gates.push_back(pauli(step.gate.second, string >> 2));
      choices.push_back(std::move(choice));
    }
    return choices;
  }

  /// Sums of f(index) over a state, the same for any number of threads.
  template <class Value>
  std::vector<double> sums(const State<double>& psi, const Value& value) const {
    const std::size_t size = std::size_t{1} << psi.bits();
    const std::size_t parts = std::min<std::size_t>(size, 64);
    std::vector<double> result(parts);
    parallel_for(parts, size < (std::size_t{1} << 14) ? 1 : threads_, [&](std::size_t part, int) {
      control_.check();
      double sum = 0;
      for (std::size_t i = size / parts * part; i < size / parts * (part + 1); ++i) sum += value(i);
      result[part] = sum;
    });
    return result;
  }

  static double likelihood(const State<double>& psi, std::size_t index) {
    const double* const place = psi.data() + Layout<double>::offset(index);
    return place[0] * place[0] + place[Layout<double>::lanes] * place[Layout<double>::lanes];
  }

  /// The share of a qubit's 1.
  double weight(const State<double>& psi, int qubit) const {
    const auto of_one = [&](std::size_t i) { return (i >> qubit & 1U) != 0 ? likelihood(psi, i) : 0; };
    double one = 0;
    for (const double part : sums(psi, of_one)) one += part;
    return std::min(1.0, one);
  }

  /// Measures what is read at the end.
  void draw(const State<double>& psi, std::uint64_t shots, std::uint64_t outcome) {
    const std::size_t size = std::size_t{1} << psi.bits();
    if (shots < size) {
      draw_shots(psi, shots, outcome);
      return;
    }
    // One value after another: binomial, given those before.
    double rest = 0;
    for (const double part : sums(psi, [&](std::size_t i) { return likelihood(psi, i); })) rest += part;
    std::size_t last = 0;
    for (std::size_t i = 0; i < size && shots > 0; ++i) {
      const double own = likelihood(psi, i);
      if (own <= 0) continue;
      last = i;
      const std::uint64_t times = random_.binomial(shots, std::min(1.0, own / rest));
      count(i, outcome, times);
      shots -= times;
      rest -= own;
    }
    count(last, outcome, shots);
  }

  /// Sorted uniform numbers meet the cumulative sum.
  void draw_shots(const State<double>& psi, std::uint64_t shots, std::uint64_t outcome) {
    const std::vector<double> parts = sums(psi, [&](std::size_t i) { return likelihood(psi, i); });
    double total = 0;
    for (const double part : parts) total += part;
    std::vector<double> places(shots);
    for (double& place : places) place = total * random_.uniform();
    std::sort(places.begin(), places.end());
    const std::size_t each = (std::size_t{1} << psi.bits()) / parts.size();
    std::size_t shot = 0;
    std::size_t last = 0;
    double before = 0;
    for (std::size_t part = 0; part < parts.size() && shot < shots; before += parts[part++]) {
      if (parts[part] <= 0) continue;
      double sum = before;
      const double end = before + parts[part];
      for (std::size_t i = each * part; i < each * (part + 1) && shot < shots && places[shot] < end; ++i) {
        const double own = likelihood(psi, i);
        if (own <= 0) continue;
        sum += own;
        last = i;
        const std::size_t first = shot;
        while (shot < shots && places[shot] < sum) ++shot;
        count(i, outcome, shot - first);
      }
      // What rounding left between the parts.
      const std::size_t first = shot;
      while (shot < shots && places[shot] < end) ++shot;
      count(last, outcome, shot - first);
    }
    count(last, outcome, shots - shot);
  }

  void count(std::size_t index, std::uint64_t outcome, std::uint64_t times) {
    if (times == 0) return;
    for (const auto& [qubit, place] : read_) outcome |= std::uint64_t{index >> qubit & 1U} << place;
    counts_[outcome] += times;
  }

  const NoisyProgram& program_;
  int threads_;
  Control& control_;
  RandomStream random_;
  std::uint64_t shots_ = 0;
  std::vector<PlacedStep> steps_;
  std::vector<std::pair<int, int>> read_;  // qubit, bit of the outcome
  std::vector<std::unique_ptr<State<double>>> states_;
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;
};

void check(const NoisyProgram& program, const DrawnSubexperiment& drawn) {
  if (drawn.settings.size() != program.ends.size()) {
    throw Error(ErrorCode::input, "a subexperiment has a setting for each end");
  }
  for (std::size_t end = 0; end < program.ends.size(); ++end) {
    const int setting = drawn.settings[end];
    if (setting < 0 || static_cast<std::size_t>(setting) >= program.ends[end].size()) {
      throw Error(ErrorCode::input, "a subexperiment names a setting that is not there");
    }
  }
}

}  // namespace

std::uint64_t trajectories_memory(int qubits, std::uint64_t shots, int workers, int threads) {
  const std::uint64_t states = 1 + std::bit_width(shots);
  const auto count = static_cast<std::uint64_t>(std::max(1, workers));
  // Places of shots, and counts of as many outcomes.
  constexpr std::uint64_t bytes_a_shot = 64;
  return count * (states * State<double>::bytes(qubits) + bytes_a_shot * shots) +
         State<double>::apply_bytes(qubits, threads);
}

std::vector<DrawnCounts> draw_trajectories(const NoisyProgram& program,
                                           std::span<const DrawnSubexperiment> subexperiments, int threads,
                                           Control& control) {
  validate(program);
  std::uint64_t most = 0;
  for (const DrawnSubexperiment& drawn : subexperiments) {
    check(program, drawn);
    most = std::max(most, drawn.shots);
  }
  // Side by side where there are enough of them and memory for all; else each by all threads.
  const std::size_t count = subexperiments.size();
  const int together = static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(threads)));
  const bool aside = together == threads &&
                     trajectories_memory(program.qubits, most, together, together) <= available_memory() / 2;
  require_memory(trajectories_memory(program.qubits, most, aside ? together : 1, threads),
                 "drawing trajectories of " + std::to_string(program.qubits) + " qubits");
  std::vector<DrawnCounts> result(count);
  const auto draw_one = [&](std::size_t i, int own) {
    control.check();
    result[i] = Trajectories(program, subexperiments[i], own, control).run();
  };
  if (aside) {
    parallel_for(count, threads, [&](std::size_t i, int) { draw_one(i, 1); });
  } else {
    for (std::size_t i = 0; i < count; ++i) draw_one(i, threads);
  }
  return result;
}

}  // namespace kroncut
