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

}  // namespace kroncut::cuda
