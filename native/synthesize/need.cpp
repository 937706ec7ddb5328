#include "synthesize/need.hpp"

#include <algorithm>

#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/methods.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/qfactor/qfactor_kernels.hpp"

namespace kroncut::synthesize {
namespace {

constexpr std::uint64_t number_bytes = sizeof(double);
constexpr std::uint64_t huge_page_bytes = std::uint64_t{1} << 21;
/// A gate's transfer matrix, its lists, and its matrix in the copies of a start.
constexpr std::uint64_t gate_bytes = 4096;

std::uint64_t whole_chunks(std::uint64_t columns) {
  return (columns + column_lanes - 1) / column_lanes * column_lanes;
}

/// An aligned array: large ones lie on whole huge pages.
std::uint64_t array_bytes(std::uint64_t numbers) {
  const std::uint64_t bytes = numbers * number_bytes;
  return bytes < 4 * huge_page_bytes ? bytes : bytes + huge_page_bytes;
}

/// Starts of the groups that gates mix, among indices of `bits` bits for each qubit.
std::uint64_t group_bytes(const Plan& plan, int bits) {
  std::uint64_t bytes = 0;
  for (const PlannedGate& gate : plan.gates)
    bytes += sizeof(std::size_t) << (bits * std::max(0, plan.qubits - gate.arity));
  return bytes;
}

/// `LevenbergMarquardt` with its Jacobian.
std::uint64_t lm_bytes(const Plan& plan, TargetKind kind) {
  const std::uint64_t dimension = plan.dimension();
  // The columns before the middle of the circuit and those behind it fill chunks of their own.
  const std::uint64_t columns = whole_chunks(plan.directions) + column_lanes;
  const std::uint64_t equations = 2 * columns * columns * number_bytes;
  if (kind == TargetKind::state) {
    const std::uint64_t states = (plan.gates.size() + 1) * dimension * sizeof(Complex);
    return equations + array_bytes(columns * 2 * dimension) + states + group_bytes(plan, 1);
  }
  const std::uint64_t rows = dimension * dimension;
  const std::uint64_t stride = std::max<std::uint64_t>(dimension, column_lanes);
  const std::uint64_t matrices = 3 * array_bytes(2 * stride * dimension);
  const std::uint64_t components = 2 * array_bytes(rows) + rows * sizeof(std::size_t);
  return equations + array_bytes(columns * rows) + matrices + components + group_bytes(plan, 2) +
         group_bytes(plan, 1);
}

/// `Qfactor`: eight starts side by side, and for each cx the entries that it swaps.
std::uint64_t batch_bytes(const Plan& plan) {
  const std::uint64_t entries = plan.dimension() * plan.dimension();
  std::uint64_t swaps = 0;
  for (const PlannedGate& gate : plan.gates) {
    if (gate.kind == GateKind::cx) swaps += 2 * sizeof(std::size_t) * (entries * 3 / 8);
  }
  return array_bytes((entries + plan.fixed.size()) * lane_numbers) + swaps + group_bytes(plan, 1);
}

/// `QfactorSample` at its largest: states in front of a gate and behind it, and where both begin.
std::uint64_t sample_bytes(const Plan& plan, TargetKind kind, const Options& options) {
  const std::uint64_t column = 2 * plan.dimension();
  if (kind == TargetKind::state) return 4 * array_bytes(column_lanes * column) + group_bytes(plan, 1);
  const std::uint64_t seen = whole_chunks(static_cast<std::uint64_t>(options.validation_states));
  return 4 * array_bytes(whole_chunks(plan.dimension()) * column) + 3 * array_bytes(seen * column) +
         group_bytes(plan, 1);
}

}  // namespace

Need memory_need(const Plan& plan, TargetKind kind, std::size_t templates, const Options& options) {
  Target target;
  target.qubits = plan.qubits;
  target.kind = kind;
  const Method method = options.method == Method::automatic ? choose_method(plan, target) : options.method;
  Need need;
  need.polishes = lm_affordable(plan, target);
  const std::uint64_t values =
      kind == TargetKind::state ? plan.dimension() : plan.dimension() * plan.dimension();
  const auto starts = static_cast<std::uint64_t>(options.multistarts) * templates;
  need.call = (values + starts * plan.fixed.size()) * sizeof(Complex);
  // Whoever judges a start holds some columns of its matrix, and a copy of its gates.
  need.thread = 2 * whole_chunks(1) * plan.dimension() * number_bytes + group_bytes(plan, 1) +
                gate_bytes * plan.gates.size();
  need.tasks = options.multistarts;
  if (method == Method::lm) {
    need.thread += lm_bytes(plan, kind);
    return need;
  }
  const bool batched =
      method == Method::qfactor && kind == TargetKind::unitary && runs_batched(plan, options);
  if (batched) need.tasks = (options.multistarts + batch_starts - 1) / batch_starts;
  need.thread += batched ? batch_bytes(plan) : sample_bytes(plan, kind, options);
  if (options.polish && need.polishes) need.thread += lm_bytes(plan, kind);
  return need;
}

}  // namespace kroncut::synthesize
