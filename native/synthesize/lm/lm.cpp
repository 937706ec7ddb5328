#include "synthesize/lm/lm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {
namespace {

constexpr double first_damping = 0.1;
constexpr double least_damping = 1e-10;
constexpr double most_damping = 1e8;
constexpr double rounding = 4e-16;
constexpr int polish_steps = 6;

}  // namespace

bool hopeless(std::span<const double> distances) noexcept {
  const auto stuck = [&](std::size_t window, double left, double growth) {
    if (distances.size() <= window) return false;
    const double before = distances[distances.size() - 1 - window];
    return distances.back() > left * before && 1 - distances.back() < growth * (1 - before);
  };
  return stuck(4, 0.99, 1.02) || stuck(12, 0.9, 1.3);
}

LevenbergMarquardt::LevenbergMarquardt(const Plan& plan, const Target& target)
    : plan_(plan), jacobian_(make_jacobian(plan, target)) {
  const std::size_t size = jacobian_->size();
  normal_ = AlignedArray<double>(size * size);
  factor_ = AlignedArray<double>(size * size);
  gradient_ = AlignedArray<double>(size);
  step_ = AlignedArray<double>(size);
}

bool LevenbergMarquardt::solve_damped(double damping) {
  const std::size_t size = jacobian_->size();
  const ColumnKernels& kernels = column_kernels(simd_level());
  std::copy(normal_.span().begin(), normal_.span().end(), factor_.span().begin());
  for (std::size_t j = 0; j < size; ++j) factor_[j * size + j] += damping;
  if (!kernels.cholesky(factor_.data(), size)) return false;
  std::copy(gradient_.span().begin(), gradient_.span().end(), step_.span().begin());
  kernels.solve(factor_.data(), size, step_.data());
  return true;
}

void LevenbergMarquardt::step_to(const Matrices& from, Matrices& to) const {
  to = from;
  for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
    const PlannedGate& gate = plan_.gates[t];
    if (!gate.directions.empty()) {
      turn(gate.arity, gate.directions, step_.data() + jacobian_->column(t), to.data() + gate.matrix);
    }
  }
}

StartOutcome LevenbergMarquardt::run(Matrices& matrices, const LmLimits& limits,
                                     const std::function<bool()>& stop) {
  StartOutcome outcome;
  double distance = jacobian_->evaluate(matrices);
  double damping = first_damping;
  double growth = 2;
  int polished = 0;
  Matrices trial;
  std::vector<double> history = {distance};
  while (std::isfinite(distance) && outcome.iterations < limits.iterations) {
    const bool success = distance <= limits.tolerance;
    if (success && (!limits.polish || distance <= rounding || polished++ == polish_steps)) break;
    if (!success && limits.give_up && hopeless(history)) break;
    if (stop()) break;
    ++outcome.iterations;
    jacobian_->linearise(matrices, normal_.data(), gradient_.data());
    double steepest = 0;
    for (const double value : gradient_.span()) steepest = std::max(steepest, std::abs(value));
    if (!(steepest > 1e-15)) break;
    bool moved = false;
    while (!moved && damping < most_damping) {
      if (!solve_damped(damping)) {
        damping *= 10;
        continue;
      }
      double predicted = 0;
      for (std::size_t j = 0; j < step_.size(); ++j)
        predicted += step_[j] * (gradient_[j] + damping * step_[j]);
      predicted /= 2;
      step_to(matrices, trial);
      const double reached = jacobian_->evaluate(trial);
      const double gain = (distance - reached) / predicted;
      if (gain > 0) {
        moved = true;
        const double cube = 2 * gain - 1;
        damping = std::max(least_damping, damping * std::max(1.0 / 3, 1 - cube * cube * cube));
        growth = 2;
        matrices.swap(trial);
        distance = reached;
      } else {
        if (success || predicted < 1e-16) break;
        damping *= growth;
        growth *= 2;
      }
    }
    if (!moved) break;
    history.push_back(distance);
  }
  outcome.distance = std::isfinite(distance) ? distance : std::numeric_limits<double>::infinity();
  return outcome;
}

}  // namespace kroncut::synthesize
