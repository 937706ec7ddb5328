#include <algorithm>
#include <cmath>

#include "core/aligned.hpp"
#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/columns/row_groups.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {

double distance(const Target& target, const Plan& plan, const Matrices& matrices) {
  const ColumnKernels& kernels = column_kernels(simd_level());
  const std::size_t size = plan.dimension();
  const std::size_t columns = target.kind == TargetKind::state ? 1 : size;
  std::vector<OwnedGroups> groups;
  for (const PlannedGate& gate : plan.gates) {
    groups.emplace_back(plan.qubits, 1, std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity)),
                        2);
  }
  AlignedArray<double> chunk(2 * size * column_lanes);
  Complex trace = 0;
  for (std::size_t first = 0; first < columns; first += column_lanes) {
    const std::size_t count = std::min<std::size_t>(column_lanes, columns - first);
    std::fill(chunk.span().begin(), chunk.span().end(), 0.0);
    for (std::size_t j = 0; j < count; ++j) chunk[2 * (first + j) * column_lanes + j] = 1;
    for (std::size_t t = 0; t < plan.gates.size(); ++t) {
      if (plan.gates[t].kind == GateKind::cx) {
        kernels.swap_complex(chunk.data(), groups[t].view(), 1, 3);
      } else {
        kernels.apply_complex(chunk.data(), groups[t].view(),
                              reinterpret_cast<const double*>(&matrices[plan.gates[t].matrix]));
      }
    }
    for (std::size_t i = 0; i < size; ++i) {
      const double* const row = chunk.data() + 2 * i * column_lanes;
      for (std::size_t j = 0; j < count; ++j) {
        trace += multiply(std::conj(target.values[i * columns + first + j]),
                          Complex(row[j], row[column_lanes + j]));
      }
    }
  }
  const double result = 1 - std::abs(trace) / static_cast<double>(columns);
  return result < 0 ? 0 : result;
}

}  // namespace kroncut::synthesize
