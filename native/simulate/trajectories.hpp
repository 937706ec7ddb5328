#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/control.hpp"
#include "simulate/noisy_program.hpp"

namespace kroncut {

/// A subexperiment to draw.
struct DrawnSubexperiment {
  /// Setting of each end.
  std::vector<int> settings;
  std::uint64_t shots = 0;
  /// Of its own random numbers.
  std::uint64_t seed = 0;
};

/// Outcomes that were drawn, ascending, and how often: the outcome bits lowest, above them the bits that
/// settings record, in the order of the ends.
using DrawnCounts = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// Draws shots of subexperiments with noise from state vectors. Each shot is a trajectory of its own (Molmer,
/// Castin and Dalibard 1993), and shots that share their history share their state: where noise acts, a
/// multinomial draw divides them, and all groups but the largest go on with copies of the state first, so
/// that at most log2(shots) copies are held. What is drawn depends on the seeds alone, not on threads. Throws
/// as `density_frequencies`.
[[nodiscard]] std::vector<DrawnCounts> draw_trajectories(const NoisyProgram& program,
                                                         std::span<const DrawnSubexperiment> subexperiments,
                                                         int threads, Control& control);

/// Bytes that `draw_trajectories` allocates where each of `workers` draws a subexperiment of so many shots.
[[nodiscard]] std::uint64_t trajectories_memory(int qubits, std::uint64_t shots, int workers, int threads);

}  // namespace kroncut
