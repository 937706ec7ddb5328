#pragma once

#include "synthesize/batch_runner.hpp"

namespace kroncut::cuda {

/// QFactor and QFactor-Sample on the current device: as many starts side by side as its memory holds.
class SweepRunner final : public synthesize::BatchRunner {
 public:
  void run(synthesize::Method method, const synthesize::Target& target,
           std::span<const synthesize::BatchedStart> starts, const synthesize::Options& options,
           Control& control, const synthesize::BatchWatch& watch) override;
};

/// Lets starts of the current device have as much shared memory as there is; before the first of them runs.
void allow_shared_memory();

/// Most bytes of the current device's memory that a start takes.
std::uint64_t start_bytes(const synthesize::Plan& plan, synthesize::TargetKind kind,
                          const synthesize::Options& options);

}  // namespace kroncut::cuda
