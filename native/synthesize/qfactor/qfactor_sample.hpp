#pragma once

#include <optional>

#include "core/aligned.hpp"
#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/columns/row_groups.hpp"
#include "synthesize/problem/options.hpp"
#include "synthesize/problem/random.hpp"
#include "synthesize/problem/runner.hpp"

namespace kroncut::synthesize {

/// Pairs of states (s, T s) in columns of eight: row r of chunk c is at (c 2^(n+1) + 2 r) * 8, its real parts
/// and then its imaginary parts; columns that are not used are zero.
struct StatePairs {
  std::size_t count = 0;
  AlignedArray<double> inputs;
  AlignedArray<double> outputs;
};

/// A random normalised state.
void random_state(Random& random, std::span<Complex> state);

/// Random normalised states with their images. `|0...0>` and the target itself for a state target.
StatePairs random_pairs(const Target& target, std::size_t count, Random& random);
StatePairs state_pair(const Target& target);
/// All basis states: with these QFactor-Sample is QFactor, column by column.
StatePairs basis_pairs(const Target& target);

/// Training states at first: as many as were asked for, or the root of the number of parameters.
std::size_t first_training_states(const Plan& plan, const Options& options);
/// Where the states of a start come from: its beginning, so that they depend on the seed and the start alone.
Random sample_stream(const Options& options, const Matrices& beginning);

/// QFactor-Sample (arXiv:2405.12866): QFactor that sees only what the circuit does to some states. Both
/// sweeps update; the states in front of a gate and those behind it are kept by applying gates and taking
/// them off again, so memory does not grow with the number of gates. The cost is 1 - |sum <s|T^dagger C|s>| /
/// N, without the phase.
class QfactorSample final : public Runner {
 public:
  /// With `all_columns` every start sees all basis states from the beginning: full QFactor for a single
  /// start, whose lanes are columns of the matrix instead of starts.
  QfactorSample(const Plan& plan, const Target& target, const Options& options, bool all_columns = false);
  void run(std::span<StartResult> starts, const std::function<bool()>& stop) override;

 private:
  enum class End { success, plateau, overtrained, stopped };
  End train(StartResult& start, const StatePairs& training, const StatePairs* validation,
            const std::function<bool()>& stop);
  void run_sampled(StartResult& start, const std::function<bool()>& stop);
  void apply(AlignedArray<double>& states, std::size_t t, const Complex* gate) const;
  void improve(Matrices& matrices, std::size_t t);
  double sweep_left(Matrices& matrices);
  double sweep_right(Matrices& matrices);
  double cost_of(const Matrices& matrices, const StatePairs& pairs);

  const Plan& plan_;
  const Target& target_;
  const Options& options_;
  const ColumnKernels& kernels_;
  std::vector<OwnedGroups> groups_;
  AlignedArray<double> front_;
  AlignedArray<double> back_;
  AlignedArray<double> probe_;
  std::size_t training_ = 0;
  bool all_columns_ = false;
};

}  // namespace kroncut::synthesize
