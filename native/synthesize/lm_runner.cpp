#include <algorithm>

#include "synthesize/lm.hpp"
#include "synthesize/runner.hpp"

namespace kroncut::synthesize {
namespace {

class LmRunner final : public Runner {
 public:
  LmRunner(const Plan& plan, const Target& target, const Options& options)
      : solver_(plan, target), limits_{options.dist_tol, options.polish, options.max_iters, true} {}

  void run(std::span<StartResult> starts, const std::function<bool()>& stop) override {
    for (StartResult& start : starts) {
      const StartOutcome outcome = solver_.run(start.matrices, limits_, stop);
      start.distance = outcome.distance;
      start.iterations = outcome.iterations;
    }
  }

 private:
  LevenbergMarquardt solver_;
  LmLimits limits_;
};

}  // namespace

std::unique_ptr<Runner> make_lm_runner(const Plan& plan, const Target& target, const Options& options) {
  return std::make_unique<LmRunner>(plan, target, options);
}

}  // namespace kroncut::synthesize
