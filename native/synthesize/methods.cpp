#include "synthesize/methods.hpp"

#include <cmath>

#include "synthesize/lm/lm.hpp"
#include "synthesize/qfactor/qfactor.hpp"
#include "synthesize/qfactor/qfactor_sample.hpp"

namespace kroncut::synthesize {
namespace {

constexpr double jacobian_bytes = 256.0 * 1024 * 1024;

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

/// A first-order method, or none, whose successes are finished by second-order steps.
class PolishedRunner final : public Runner {
 public:
  PolishedRunner(std::unique_ptr<Runner> first, const Plan& plan, const Target& target,
                 const Options& options)
      : first_(std::move(first)), solver_(plan, target), limits_{options.dist_tol, true, 20, false} {}

  void run(std::span<StartResult> starts, const std::function<bool()>& stop) override {
    if (first_ != nullptr) first_->run(starts, stop);
    for (StartResult& start : starts) {
      if (!(start.distance <= limits_.tolerance) || stop()) continue;
      Matrices polished = start.matrices;
      const StartOutcome outcome = solver_.run(polished, limits_, stop);
      if (!(outcome.distance < start.distance)) continue;
      start.matrices.swap(polished);
      start.distance = outcome.distance;
      start.iterations += outcome.iterations;
    }
  }

 private:
  std::unique_ptr<Runner> first_;
  LevenbergMarquardt solver_;
  LmLimits limits_;
};

double residual_rows(const Plan& plan, const Target& target) {
  return std::exp2(target.kind == TargetKind::state ? plan.qubits + 1 : 2 * plan.qubits);
}

}  // namespace

double lm_work(const Plan& plan, const Target& target) {
  const double rows = residual_rows(plan, target);
  const auto directions = static_cast<double>(plan.directions);
  double moved = 0;
  for (const PlannedGate& gate : plan.gates) {
    const double mixed =
        target.kind == TargetKind::state ? 4.0 * gate.dimension() : 1.0 * gate.dimension() * gate.dimension();
    moved += gate.kind == GateKind::cx || gate.kind == GateKind::cz ? 1 : mixed;
  }
  return rows * directions * (directions + moved / 2) + directions * directions * directions;
}

double qfactor_work(const Plan& plan) {
  double work = 0;
  for (const PlannedGate& gate : plan.gates) {
    // Both sides of the matrix, both sweeps; and the polar factor, which outweighs them below 4 qubits.
    const double pass = gate.kind == GateKind::cx ? 2 : 16.0 * gate.dimension();
    const double d = gate.dimension();
    work += 2 * std::exp2(2 * plan.qubits) * pass + (gate.adjustable() ? 200 * d * d * d : 0);
  }
  return work;
}

bool lm_affordable(const Plan& plan, const Target& target) {
  const auto directions = static_cast<double>(plan.directions + 16);
  return 8 * directions * (residual_rows(plan, target) + 2 * directions) <= jacobian_bytes;
}

Method choose_method(const Plan& plan, const Target& target) {
  // Second order takes tens of steps where QFactor takes hundreds of iterations.
  constexpr double iterations_per_step = 20;
  if (lm_affordable(plan, target) && lm_work(plan, target) <= iterations_per_step * qfactor_work(plan))
    return Method::lm;
  return plan.qubits >= 8 || target.kind == TargetKind::state ? Method::qfactor_sample : Method::qfactor;
}

bool runs_batched(const Plan& plan, const Options& options) {
  // Eight starts cost what one does, as long as eight matrices fit a cache.
  return options.multistarts >= (plan.qubits < 8 ? 3 : 8);
}

std::unique_ptr<Runner> make_runner(Method method, const Plan& plan, const Target& target,
                                    const Options& options) {
  if (method == Method::lm) return std::make_unique<LmRunner>(plan, target, options);
  std::unique_ptr<Runner> first;
  if (method == Method::qfactor && target.kind == TargetKind::unitary) {
    if (runs_batched(plan, options)) {
      first = std::make_unique<Qfactor>(plan, target, options);
    } else {
      first = std::make_unique<QfactorSample>(plan, target, options, true);
    }
  } else {
    first = std::make_unique<QfactorSample>(plan, target, options);
  }
  if (!options.polish || !lm_affordable(plan, target)) return first;
  return std::make_unique<PolishedRunner>(std::move(first), plan, target, options);
}

std::unique_ptr<Runner> make_polisher(const Plan& plan, const Target& target, const Options& options) {
  if (!options.polish || !lm_affordable(plan, target)) return nullptr;
  return std::make_unique<PolishedRunner>(nullptr, plan, target, options);
}

}  // namespace kroncut::synthesize
