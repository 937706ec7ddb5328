#include "bench/synthesis.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "bench/limits.hpp"
#include "bench/parameters.hpp"
#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "synthesize/lm/jacobian.hpp"
#include "synthesize/methods.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/problem/starts.hpp"

namespace kroncut {
namespace {

using namespace synthesize;

/// A one-qubit gate on every qubit, then `count` times a cx on neighbours (around the ring) with one on
/// either side.
struct Problem {
  Problem(int qubits, int count) {
    Template pattern;
    pattern.qubits = qubits;
    const auto add = [&](GateKind kind, int arity, int first, int second) {
      TemplateGate gate;
      gate.kind = kind;
      gate.arity = arity;
      gate.qubits = {first, second, 0};
      pattern.gates.push_back(gate);
    };
    for (int q = 0; q < qubits; ++q) add(GateKind::u3, 1, q, 0);
    for (int k = 0; k < count; ++k) {
      const int other = (k + 1) % qubits;
      add(GateKind::cx, 2, k % qubits, other);
      add(GateKind::u3, 1, k % qubits, 0);
      add(GateKind::u3, 1, other, 0);
    }
    plan = make_plan(pattern);
    // The target is the identity: what it is does not change the work, and it needs no time to make.
    target.qubits = qubits;
    target.values.resize(plan.dimension() * plan.dimension());
    for (std::size_t i = 0; i < plan.dimension(); ++i) target.values[i * (plan.dimension() + 1)] = 1;
  }
  Plan plan;
  Target target;
};

}  // namespace

KernelTiming run_qfactor(const KernelParameters& parameters, int threads) {
  const int n = static_cast<int>(read_parameter(parameters, "n", 4, 2, 12));
  const int gates = static_cast<int>(read_parameter(parameters, "gates", 8, 1, 1000));
  const std::size_t starts = read_parameter(parameters, "starts", 8, 1, 256);
  const int iterations = static_cast<int>(read_parameter(parameters, "iterations", 1, 1, 100000));
  const Problem problem(n, gates);
  Options options;
  options.min_iters = options.max_iters = iterations;
  options.dist_tol = -1;  // no success, so that every iteration runs
  options.multistarts = static_cast<int>(starts);
  options.polish = false;
  const std::size_t batch = runs_batched(problem.plan, options) ? 8 : 1;
  const std::size_t batches = (starts + batch - 1) / batch;
  std::vector<std::unique_ptr<Runner>> runners;
  std::vector<StartResult> results(starts);
  for (std::size_t s = 0; s < starts; ++s) {
    Random random(1, s);
    results[s].matrices = random_start(problem.plan, random);
  }
  for (std::size_t b = 0; b < batches; ++b) {
    runners.push_back(make_runner(Method::qfactor, problem.plan, problem.target, options));
  }
  const double start = now();
  parallel_for(batches, threads, [&](std::size_t b, int) {
    const std::size_t first = b * batch;
    const std::size_t count = std::min(batch, starts - first);
    runners[b]->run(std::span(results).subspan(first, count), [] { return false; });
  });
  const double seconds = now() - start;
  // Two sweeps; each one-qubit gate acts on both sides of the matrix, 14 operations per entry and side.
  const auto entries = static_cast<double>(problem.target.values.size());
  const double free_gates = n + 2.0 * gates;
  const double count = static_cast<double>(starts) * iterations;
  return {seconds, 2 * 2 * 16 * entries * free_gates * count, 2 * 2 * 14 * entries * free_gates * count};
}

KernelTiming run_lm_step(const KernelParameters& parameters) {
  const int n = static_cast<int>(read_parameter(parameters, "n", 4, 2, 7));
  const int gates = static_cast<int>(read_parameter(parameters, "gates", 6, 1, 200));
  const int steps = static_cast<int>(read_parameter(parameters, "iterations", 1, 1, 100000));
  const Problem problem(n, gates);
  Random random(1, 0);
  const Matrices matrices = random_start(problem.plan, random);
  const std::unique_ptr<Jacobian> jacobian = make_jacobian(problem.plan, problem.target);
  const std::size_t size = jacobian->size();
  AlignedArray<double> normal(size * size);
  AlignedArray<double> gradient(size);
  const double start = now();
  for (int step = 0; step < steps; ++step) {
    jacobian->evaluate(matrices);
    jacobian->linearise(matrices, normal.data(), gradient.data());
  }
  const double seconds = now() - start;
  // What no implementation with this Jacobian avoids: half of J^T J.
  const auto rows = static_cast<double>(problem.target.values.size());
  const auto directions = static_cast<double>(problem.plan.directions);
  return {seconds, 8 * rows * directions * steps, rows * directions * (directions + 1) * steps};
}

}  // namespace kroncut
