#pragma once

#include <array>
#include <cmath>
#include <memory>

#include "core/testing.hpp"
#include "device/backend.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/problem/test_problems.hpp"

/// Checks of instantiation that hold on a device, simulated or not.
namespace kroncut::cuda {

inline synthesize::Options starts_of(synthesize::Method method, int multistarts) {
  synthesize::Options options;
  options.method = method;
  options.multistarts = multistarts;
  options.threads = 2;
  return options;
}

/// Each answer is what its parameters say, and success is a distance of at most dist_tol.
inline void check_result(const synthesize::Target& target, const synthesize::Template& pattern,
                         const synthesize::Options& options, const synthesize::Result& result) {
  const synthesize::Plan plan = synthesize::make_plan(pattern);
  const double distance =
      synthesize::distance(target, plan, synthesize::to_matrices(plan, result.parameters));
  KRONCUT_CHECK_NEAR(result.distance, distance, 1e-14);
  KRONCUT_CHECK(result.success == (distance <= options.dist_tol));
}

/// Every start of two templates ends on the device where it ends on the processor when it runs alone.
inline void check_starts_against_cpu(Backend& device, synthesize::Method method, int qubits,
                                     synthesize::TargetKind kind, int starts, int iterations) {
  namespace syn = synthesize;
  syn::Random random(61, static_cast<std::uint64_t>(qubits));
  syn::testing::Pairs pairs;
  for (int q = 0; q + 1 < qubits; ++q) pairs.emplace_back(q + 1, q);
  const std::array<syn::Template, 2> patterns = {
      syn::testing::cx_ladder(qubits, pairs),
      syn::testing::cx_ladder(qubits, syn::testing::Pairs(pairs.begin(), pairs.end() - 1))};
  const syn::Target target = syn::testing::random_target(patterns[0], kind, random);
  syn::Options options = starts_of(method, starts);
  options.all_starts = true;
  options.polish = false;
  options.max_iters = iterations;
  options.training_states = 3;
  Control control;
  const auto results = device.instantiate_many(target, patterns, options, control);
  KRONCUT_CHECK(control.done() == control.total());
  options.multistarts = 1;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    KRONCUT_CHECK(results[i].has_value() && results[i]->distances.size() == static_cast<std::size_t>(starts));
    check_result(target, patterns[i], options, *results[i]);
    // Start 0 is the same whatever their number; one start runs alone, by the same rules.
    Control own;
    const syn::Result alone = syn::instantiate(target, patterns[i], options, own);
    const bool success = results[i]->distances[0] <= options.dist_tol;
    KRONCUT_CHECK(success == alone.success);
    KRONCUT_CHECK(success || std::abs(results[i]->distances[0] - alone.distance) <= 1e-6);
  }
}

}  // namespace kroncut::cuda
