#pragma once

#include <vector>

#include "device/cuda/runtime/cuda_support.hpp"
#include "device/cuda/sweep/sweep_plan.hpp"

namespace kroncut::cuda {

/// Device memory for some starts of one shape, and the host's side of what travels. The stream comes last, so
/// that its work ends before the memory on either side.
struct Slots {
  Slots(const SweepShape& shape, const SweepLayout& layout, const GateLists& lists, std::size_t count)
      : starts(count), active(count), matrices(count * lists.matrices) {
    const std::size_t column = std::size_t{1} << shape.qubits;
    const std::size_t numbers = count * static_cast<std::size_t>(shape.columns) * column;
    if (!layout.shared) {
      front = DeviceArray<Number>(numbers);
      back = DeviceArray<Number>(numbers);
      sums = DeviceArray<Number>(count * static_cast<std::size_t>(layout.parts) * 64);
    }
    if (!shape.sampled) return;
    inputs = DeviceArray<Number>(numbers);
    outputs = DeviceArray<Number>(numbers);
    const std::size_t seen = count * static_cast<std::size_t>(shape.seen) * column;
    seen_inputs = DeviceArray<Number>(seen);
    seen_outputs = DeviceArray<Number>(seen);
    probe = DeviceArray<Number>(seen);
  }
  DeviceArray<SweepStart> starts;
  DeviceArray<std::uint32_t> active;
  DeviceArray<Number> matrices;
  DeviceArray<Number> front;
  DeviceArray<Number> back;
  DeviceArray<Number> sums;
  DeviceArray<Number> inputs;
  DeviceArray<Number> outputs;
  DeviceArray<Number> seen_inputs;
  DeviceArray<Number> seen_outputs;
  DeviceArray<Number> probe;
  std::vector<SweepStart> states;
  std::vector<std::uint32_t> running;  // slots
  std::vector<synthesize::Complex> staged;
  Stream stream;
};

}  // namespace kroncut::cuda
