#include "device/cuda/sweep/sweep_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "synthesize/problem/linear.hpp"

namespace kroncut::cuda {
namespace {

/// Columns of a part: a whole number of cache lines, and enough parts to fill a device from few starts.
constexpr int part_columns = 16;
/// Most iterations of a launch.
constexpr int most_iterations = 40;
/// Bytes that a launch of several teams for a start may move: about half a second.
constexpr double launch_bytes = 1e12;

/// Threads of a team that has columns of so many bytes on either side in shared memory: at six qubits one
/// team fills a multiprocessor's, and has all of its threads.
int team_threads(std::uint64_t states) {
  if (states <= 1024) return 64;
  if (states <= 16384) return 128;
  return states <= 32768 ? 256 : 512;
}

ListedKind listed_kind(const synthesize::PlannedGate& gate) {
  if (gate.kind == synthesize::GateKind::cx) return ListedKind::cx;
  if (!gate.adjustable()) return ListedKind::fixed;
  return gate.generators.size() == 1 ? ListedKind::rotation : ListedKind::unitary;
}

ListedGate listed(const synthesize::PlannedGate& gate) {
  ListedGate result;
  result.kind = listed_kind(gate);
  result.arity = gate.arity;
  const auto qubits = std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity));
  for (std::size_t j = 0; j < qubits.size(); ++j) {
    result.qubits[j] = qubits[j];
    const auto below = [&](int qubit) { return qubit < qubits[j]; };
    result.ascending[std::count_if(qubits.begin(), qubits.end(), below)] = qubits[j];
  }
  result.matrix = static_cast<std::uint32_t>(gate.matrix);
  return result;
}

}  // namespace

GateLists list_gates(std::span<const synthesize::Plan* const> plans) {
  GateLists lists;
  lists.first_gate.push_back(0);
  for (const synthesize::Plan* const plan : plans) {
    for (const synthesize::PlannedGate& gate : plan->gates) {
      lists.gates.push_back(listed(gate));
      if (lists.gates.back().kind != ListedKind::rotation) continue;
      lists.gates.back().axis = static_cast<std::uint32_t>(lists.axes.size());
      for (const synthesize::Complex& value : synthesize::pauli_matrix(gate.arity, gate.generators[0]))
        lists.axes.push_back({value.real(), value.imag()});
    }
    lists.first_gate.push_back(static_cast<std::uint32_t>(lists.gates.size()));
    lists.matrices = std::max(lists.matrices, plan->fixed.size());
    lists.most_gates = std::max(lists.most_gates, static_cast<int>(plan->gates.size()));
  }
  return lists;
}

SweepLayout plan_sweep(const SweepShape& shape, const GateLists& lists, std::size_t shared_limit) {
  SweepLayout layout;
  const std::uint64_t column = sizeof(Number) << shape.qubits;
  const std::uint64_t states = column * static_cast<std::uint64_t>(shape.columns);
  layout.shared = sizeof(SweepScratch) + 2 * states <= shared_limit;
  layout.tile = layout.shared ? shape.columns : std::min(part_columns, shape.columns);
  layout.parts = (shape.columns + layout.tile - 1) / layout.tile;
  layout.threads = !layout.shared ? 256 : team_threads(states);
  layout.shared_bytes = sizeof(SweepScratch) + (layout.shared ? 2 * states : 0);
  const auto parts = static_cast<std::uint64_t>(layout.parts);
  layout.start_bytes = sizeof(SweepStart) + sizeof(std::uint32_t) + lists.matrices * sizeof(Number) +
                       3 * static_cast<std::uint64_t>(shape.seen) * column;
  if (!layout.shared) layout.start_bytes += 2 * states + parts * 64 * sizeof(Number);
  if (shape.sampled) layout.start_bytes += 2 * states;
  return layout;
}

std::uint64_t most_start_bytes(const synthesize::Plan& plan, synthesize::TargetKind kind,
                               const synthesize::Options& options, synthesize::Method method,
                               std::size_t shared_limit) {
  const synthesize::Plan* const plans[] = {&plan};
  const GateLists lists = list_gates(plans);
  const bool state = kind == synthesize::TargetKind::state;
  const SweepShape full{plan.qubits, state ? 1 : 1 << plan.qubits, false, 0};
  const std::uint64_t bytes = plan_sweep(full, lists, shared_limit).start_bytes;
  if (state || method != synthesize::Method::qfactor_sample || plan.qubits == 0) return bytes;
  // The last set of random states is at most half as many as there are columns, or all but one.
  const SweepShape sampled{plan.qubits, (1 << plan.qubits) - 1, true, options.validation_states};
  return std::max(bytes, plan_sweep(sampled, lists, shared_limit).start_bytes);
}

int fitting_bits(const SweepLayout& layout, std::uint64_t free_bytes, std::size_t starts) {
  const std::uint64_t budget = free_bytes / 10 * 9;
  int bits = static_cast<int>(std::bit_width(std::max<std::size_t>(starts, 1) - 1));
  while (bits >= 0 && std::min(starts, std::size_t{1} << bits) > budget / layout.start_bytes) --bits;
  return bits;
}

int launch_iterations(const SweepShape& shape, const SweepLayout& layout, const GateLists& lists,
                      std::size_t starts, int reset_iter) {
  // A launch of whole starts builds their states anew, so none should be longer than that is wanted.
  if (layout.shared) return std::min(most_iterations, reset_iter);
  // Both sides are read and written once in either sweep, and read once more for the environment.
  const double bytes = 12.0 * sizeof(Number) * std::ldexp(shape.columns, shape.qubits) *
                       static_cast<double>(starts) * lists.most_gates;
  return static_cast<int>(std::clamp(launch_bytes / bytes, 1.0, double{most_iterations}));
}

}  // namespace kroncut::cuda
