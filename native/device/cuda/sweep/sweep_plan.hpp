#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device/cuda/sweep/sweep_kernels.hpp"
#include "synthesize/problem/options.hpp"
#include "synthesize/problem/template.hpp"

/// How starts are laid out on a device: no CUDA here, so that it is tested everywhere.
namespace kroncut::cuda {

/// The gates of several templates, one list behind the other.
struct GateLists {
  std::vector<ListedGate> gates;
  std::vector<std::uint32_t> first_gate;  // one more than there are templates
  std::vector<Number> axes;
  std::size_t matrices = 0;  // most numbers that the gates of one template take
  int most_gates = 0;
};
GateLists list_gates(std::span<const synthesize::Plan* const> plans);

struct SweepShape {
  int qubits = 0;
  int columns = 0;
  bool sampled = false;  // the states of each start are its own
  int seen = 0;          // validation states
};

/// Where the columns of a start stand, and what it takes.
struct SweepLayout {
  bool shared = false;  // in the shared memory of one team, else in parts in device memory
  int tile = 0;
  int parts = 1;
  int threads = 0;
  std::size_t shared_bytes = 0;
  std::uint64_t start_bytes = 0;  // of device memory
};
SweepLayout plan_sweep(const SweepShape& shape, const GateLists& lists, std::size_t shared_limit);

/// Most bytes of device memory that a start of this method takes on its way.
std::uint64_t most_start_bytes(const synthesize::Plan& plan, synthesize::TargetKind kind,
                               const synthesize::Options& options, synthesize::Method method,
                               std::size_t shared_limit);

/// Most starts, as a power of two, that fit into nine tenths of the free memory; -1 if not one does.
int fitting_bits(const SweepLayout& layout, std::uint64_t free_bytes, std::size_t starts);

/// Iterations between two looks of the host: few enough for cancellation to be heard, many enough for a
/// launch to be worth it.
int launch_iterations(const SweepShape& shape, const SweepLayout& layout, const GateLists& lists,
                      std::size_t starts, int reset_iter);

}  // namespace kroncut::cuda
