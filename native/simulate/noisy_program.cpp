#include "simulate/noisy_program.hpp"

#include <string>

#include "core/error.hpp"

namespace kroncut {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::input, what); }

void check_steps(const std::vector<NoisyStep>& steps, int qubits) {
  GateProgram gates{qubits, {}};
  for (const NoisyStep& step : steps) {
    gates.gates.push_back(step.gate);
    const bool one_qubit = step.kind == NoisyStep::Kind::damping || step.kind == NoisyStep::Kind::measure;
    if (one_qubit && step.gate.second >= 0) refuse("damping and measurements act on one qubit");
    const auto& [first, second] = step.rates;
    if (!(first >= 0 && second >= 0 && first + second <= 1)) refuse("rates of noise lie between 0 and 1");
  }
  validate(gates);
}

/// Every end is there with all its places, in their order, and with settings that have steps for each.
void check_items(const NoisyProgram& program) {
  std::vector<std::size_t> places(program.ends.size(), 0);
  for (const NoisyItem& item : program.items) {
    if (item.end < 0) {
      check_steps(item.steps, program.qubits);
      continue;
    }
    const auto end = static_cast<std::size_t>(item.end);
    if (end >= program.ends.size()) refuse("an item names an end that is not there");
    if (static_cast<std::size_t>(item.place) != places[end]++) refuse("the places of an end come in order");
  }
  for (std::size_t end = 0; end < program.ends.size(); ++end) {
    if (program.ends[end].empty() || places[end] == 0) refuse("an end has no setting or no place");
    for (const NoisySetting& setting : program.ends[end]) {
      if (setting.places.size() != places[end]) refuse("a setting has steps for each place of its end");
      int measured = setting.read >= 0 ? 1 : 0;
      for (const auto& steps : setting.places) {
        check_steps(steps, program.qubits);
        for (const NoisyStep& step : steps) measured += step.kind == NoisyStep::Kind::measure ? 1 : 0;
      }
      if (measured > 1) refuse("a setting records one bit");
    }
  }
}

void check_trailing(const NoisyProgram& program) {
  const std::size_t items = program.items.size();
  if (program.trailing < 0 || static_cast<std::size_t>(program.trailing) > items)
    refuse("too many last ends");
  for (std::size_t i = items - static_cast<std::size_t>(program.trailing); i < items; ++i) {
    const NoisyItem& item = program.items[i];
    if (item.end < 0 || item.place != 0) refuse("the last items are ends of one place");
    const auto& settings = program.ends[static_cast<std::size_t>(item.end)];
    for (const NoisySetting& setting : settings) {
      if (setting.places.size() != 1 || setting.read != settings[0].read || setting.read < 0) {
        refuse("the settings of the last ends read one qubit");
      }
      for (const NoisyStep& step : setting.places[0]) {
        if (step.gate.first != setting.read || step.gate.second >= 0) {
          refuse("the settings of the last ends act on the qubit that they read");
        }
      }
    }
  }
}

}  // namespace

int NoisySetting::rows() const noexcept {
  if (read >= 0) return 2;
  for (const auto& steps : places) {
    for (const NoisyStep& step : steps) {
      if (step.kind == NoisyStep::Kind::measure) return 2;
    }
  }
  return 1;
}

std::size_t NoisyProgram::rows(std::size_t end) const noexcept {
  std::size_t sum = 0;
  for (const NoisySetting& setting : ends[end]) sum += static_cast<std::size_t>(setting.rows());
  return sum;
}

void validate(const NoisyProgram& program) {
  check_items(program);
  check_trailing(program);
  std::vector<int> read = program.outcomes;
  for (const auto& settings : program.ends) {
    int own = -1;
    for (const NoisySetting& setting : settings) {
      if (setting.read < 0) continue;
      if (own >= 0 && own != setting.read) refuse("the settings of an end read one qubit");
      own = setting.read;
    }
    if (own >= 0) read.push_back(own);
  }
  validate(SubcircuitProgram{{program.qubits, {}}, {}, {}, {}, read});
}

}  // namespace kroncut
