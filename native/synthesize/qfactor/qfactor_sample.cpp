#include "synthesize/qfactor/qfactor_sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "synthesize/problem/linear.hpp"
#include "synthesize/qfactor/qfactor.hpp"

namespace kroncut::synthesize {
namespace {

std::size_t chunks_of(std::size_t count) noexcept { return (count + column_lanes - 1) / column_lanes; }

StatePairs empty_pairs(std::size_t dimension, std::size_t count) {
  StatePairs pairs;
  pairs.count = count;
  const std::size_t size = chunks_of(count) * 2 * dimension * column_lanes;
  pairs.inputs = AlignedArray<double>(size);
  pairs.outputs = AlignedArray<double>(size);
  std::fill(pairs.inputs.span().begin(), pairs.inputs.span().end(), 0.0);
  std::fill(pairs.outputs.span().begin(), pairs.outputs.span().end(), 0.0);
  return pairs;
}

void set_column(AlignedArray<double>& states, std::size_t dimension, std::size_t column,
                std::span<const Complex> values) {
  double* const chunk =
      states.data() + column / column_lanes * 2 * dimension * column_lanes + column % column_lanes;
  for (std::size_t i = 0; i < dimension; ++i) {
    chunk[2 * i * column_lanes] = values[i].real();
    chunk[(2 * i + 1) * column_lanes] = values[i].imag();
  }
}

/// sum of <b|a> over all columns.
Complex overlap(const AlignedArray<double>& a, const AlignedArray<double>& b) {
  double real = 0;
  double imaginary = 0;
  for (std::size_t k = 0; k < a.size(); k += 2 * column_lanes) {
    for (std::size_t l = k; l < k + column_lanes; ++l) {
      real += b[l] * a[l] + b[l + column_lanes] * a[l + column_lanes];
      imaginary += b[l] * a[l + column_lanes] - b[l + column_lanes] * a[l];
    }
  }
  return {real, imaginary};
}

}  // namespace

void random_state(Random& random, std::span<Complex> state) {
  double norm = 0;
  for (Complex& value : state) {
    const double real = random.normal();
    value = {real, random.normal()};
    norm += std::norm(value);
  }
  for (Complex& value : state) value /= std::sqrt(norm);
}

StatePairs random_pairs(const Target& target, std::size_t count, Random& random) {
  const std::size_t dimension = std::size_t{1} << target.qubits;
  StatePairs pairs = empty_pairs(dimension, count);
  std::vector<Complex> input(dimension);
  std::vector<Complex> output(dimension);
  for (std::size_t column = 0; column < count; ++column) {
    random_state(random, input);
    for (std::size_t i = 0; i < dimension; ++i) {
      Complex sum = 0;
      for (std::size_t j = 0; j < dimension; ++j) sum += multiply(target.values[i * dimension + j], input[j]);
      output[i] = sum;
    }
    set_column(pairs.inputs, dimension, column, input);
    set_column(pairs.outputs, dimension, column, output);
  }
  return pairs;
}

StatePairs state_pair(const Target& target) {
  const std::size_t dimension = std::size_t{1} << target.qubits;
  StatePairs pairs = empty_pairs(dimension, 1);
  std::vector<Complex> zero(dimension);
  zero[0] = 1;
  set_column(pairs.inputs, dimension, 0, zero);
  set_column(pairs.outputs, dimension, 0, target.values);
  return pairs;
}

StatePairs basis_pairs(const Target& target) {
  const std::size_t dimension = std::size_t{1} << target.qubits;
  StatePairs pairs = empty_pairs(dimension, dimension);
  std::vector<Complex> input(dimension);
  std::vector<Complex> output(dimension);
  for (std::size_t column = 0; column < dimension; ++column) {
    std::fill(input.begin(), input.end(), Complex(0));
    input[column] = 1;
    for (std::size_t i = 0; i < dimension; ++i) output[i] = target.values[i * dimension + column];
    set_column(pairs.inputs, dimension, column, input);
    set_column(pairs.outputs, dimension, column, output);
  }
  return pairs;
}

std::size_t first_training_states(const Plan& plan, const Options& options) {
  if (options.training_states > 0) return static_cast<std::size_t>(options.training_states);
  return static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(plan.generators))));
}

Random sample_stream(const Options& options, const Matrices& beginning) {
  std::uint64_t stream = 0;
  for (const Complex& value : beginning)
    stream = stream * 31 + static_cast<std::uint64_t>(std::llround(value.real() * 0x1p40));
  return {options.seed, stream};
}

QfactorSample::QfactorSample(const Plan& plan, const Target& target, const Options& options, bool all_columns)
    : plan_(plan),
      target_(target),
      options_(options),
      kernels_(column_kernels(simd_level())),
      all_columns_(all_columns) {
  for (const PlannedGate& gate : plan.gates) {
    groups_.emplace_back(plan.qubits, 1, std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity)),
                         2);
  }
}

void QfactorSample::apply(AlignedArray<double>& states, std::size_t t, const Complex* gate) const {
  const std::size_t chunk = 2 * plan_.dimension() * column_lanes;
  const RowGroups groups = groups_[t].view();
  for (std::size_t start = 0; start < states.size(); start += chunk) {
    if (plan_.gates[t].kind == GateKind::cx) {
      kernels_.swap_complex(states.data() + start, groups, 1, 3);
      continue;
    }
    kernels_.apply_complex(states.data() + start, groups, reinterpret_cast<const double*>(gate));
  }
}

/// E[b, a] = sum over states and r of front[(b, r)] conj(back[(a, r)]), then the gate that makes |Tr(E U)|
/// largest.
void QfactorSample::improve(Matrices& matrices, std::size_t t) {
  const PlannedGate& gate = plan_.gates[t];
  const int d = gate.dimension();
  std::array<Complex, 64> environment{};
  const std::size_t chunk = 2 * plan_.dimension() * column_lanes;
  for (std::size_t start = 0; start < front_.size(); start += chunk) {
    kernels_.correlate(front_.data() + start, back_.data() + start, groups_[t].view(),
                       reinterpret_cast<double*>(environment.data()));
  }
  Complex* const matrix = &matrices[gate.matrix];
  if (gate.generators.size() == 1) {
    const std::vector<Complex> pauli = pauli_matrix(gate.arity, gate.generators[0]);
    Complex trace = 0;
    Complex pauli_trace = 0;
    for (int i = 0; i < d; ++i) {
      trace += environment[static_cast<std::size_t>(i * d + i)];
      for (int j = 0; j < d; ++j) {
        pauli_trace += multiply(environment[static_cast<std::size_t>(i * d + j)],
                                pauli[static_cast<std::size_t>(j * d + i)]);
      }
    }
    rotation(gate.kind, best_angle(trace, pauli_trace), std::span(matrix, gate.matrix_size()));
    return;
  }
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      Complex& value = environment[static_cast<std::size_t>(i * d + j)];
      value = (1 - options_.beta) * value + options_.beta * std::conj(matrix[j * d + i]);
    }
  }
  polar_one(d, reinterpret_cast<double*>(environment.data()), reinterpret_cast<double*>(matrix));
}

double QfactorSample::sweep_left(Matrices& matrices) {
  std::array<Complex, 64> dagger{};
  for (std::size_t t = plan_.gates.size(); t-- > 0;) {
    const PlannedGate& gate = plan_.gates[t];
    adjoint(gate.dimension(), &matrices[gate.matrix], dagger.data());
    apply(front_, t, dagger.data());
    if (gate.adjustable()) {
      improve(matrices, t);
      adjoint(gate.dimension(), &matrices[gate.matrix], dagger.data());
    }
    apply(back_, t, dagger.data());
  }
  return 1 - std::abs(overlap(front_, back_)) / static_cast<double>(training_);
}

double QfactorSample::sweep_right(Matrices& matrices) {
  for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
    const PlannedGate& gate = plan_.gates[t];
    apply(back_, t, &matrices[gate.matrix]);
    if (gate.adjustable()) improve(matrices, t);
    apply(front_, t, &matrices[gate.matrix]);
  }
  return 1 - std::abs(overlap(front_, back_)) / static_cast<double>(training_);
}

double QfactorSample::cost_of(const Matrices& matrices, const StatePairs& pairs) {
  if (probe_.size() != pairs.inputs.size()) probe_ = AlignedArray<double>(pairs.inputs.size());
  std::copy(pairs.inputs.span().begin(), pairs.inputs.span().end(), probe_.span().begin());
  for (std::size_t t = 0; t < plan_.gates.size(); ++t) apply(probe_, t, &matrices[plan_.gates[t].matrix]);
  return 1 - std::abs(overlap(probe_, pairs.outputs)) / static_cast<double>(pairs.count);
}

QfactorSample::End QfactorSample::train(StartResult& start, const StatePairs& training,
                                        const StatePairs* validation, const std::function<bool()>& stop) {
  training_ = training.count;
  for (AlignedArray<double>* states : {&front_, &back_}) {
    if (states->size() == training.inputs.size()) continue;
    // The old states go before the new ones come.
    *states = AlignedArray<double>();
    *states = AlignedArray<double>(training.inputs.size());
  }
  PlateauRule rule(options_);
  for (int iteration = 0; start.iterations < options_.max_iters; ++iteration) {
    if (stop()) return End::stopped;
    if (iteration % options_.reset_iter == 0) {
      std::copy(training.inputs.span().begin(), training.inputs.span().end(), front_.span().begin());
      std::copy(training.outputs.span().begin(), training.outputs.span().end(), back_.span().begin());
      for (std::size_t t = 0; t < plan_.gates.size(); ++t)
        apply(front_, t, &start.matrices[plan_.gates[t].matrix]);
    }
    sweep_left(start.matrices);
    const double cost = sweep_right(start.matrices);
    ++start.iterations;
    start.distance = std::isfinite(cost) ? cost : std::numeric_limits<double>::infinity();
    const bool plateau = rule.add(cost);
    // Validation is worth its time only now and then, and at the end.
    constexpr int between = 4;
    const bool end = cost <= options_.dist_tol || plateau;
    if (validation != nullptr && iteration >= options_.min_iters && (end || iteration % between == 0)) {
      const double seen = cost_of(start.matrices, *validation);
      if (seen > (1 + options_.overtrain_ratio) * cost && seen > options_.dist_tol) {
        if (!plateau || cost <= options_.dist_tol) return End::overtrained;
      }
    }
    if (cost <= options_.dist_tol) return End::success;
    if (plateau) return End::plateau;
  }
  return End::plateau;
}

void QfactorSample::run_sampled(StartResult& start, const std::function<bool()>& stop) {
  const Matrices beginning = start.matrices;
  Random random = sample_stream(options_, beginning);
  const StatePairs validation =
      random_pairs(target_, static_cast<std::size_t>(options_.validation_states), random);
  for (std::size_t count = first_training_states(plan_, options_); count < plan_.dimension(); count *= 2) {
    start.matrices = beginning;
    const StatePairs training = random_pairs(target_, count, random);
    const End end = train(start, training, &validation, stop);
    if (end == End::stopped) return;
    if (end == End::overtrained) continue;
    start.distance = distance(target_, plan_, start.matrices);
    if (end == End::plateau || start.distance <= options_.dist_tol) return;
  }
  // As many states as columns: the full method.
  start.matrices = beginning;
  train(start, basis_pairs(target_), nullptr, stop);
}

void QfactorSample::run(std::span<StartResult> starts, const std::function<bool()>& stop) {
  for (StartResult& start : starts) {
    if (stop()) return;
    start.iterations = 0;
    if (target_.kind == TargetKind::state) {
      train(start, state_pair(target_), nullptr, stop);
    } else if (all_columns_) {
      train(start, basis_pairs(target_), nullptr, stop);
    } else {
      run_sampled(start, stop);
    }
  }
}

}  // namespace kroncut::synthesize
