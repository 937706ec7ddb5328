#include "synthesize/qfactor/qfactor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/memory.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {

PlateauLimits plateau_limits(const Options& options) noexcept {
  return {options.diff_tol_a, options.diff_tol_r, options.diff_tol_step_r, options.diff_tol_step,
          options.min_iters};
}

double best_angle(Complex trace, Complex pauli_trace) noexcept {
  // |c t - i s p|^2 is a quadratic form in (c, s) = (cos, sin)(angle/2); its larger eigenvector.
  const double mixed = -multiply(trace, std::conj(pauli_trace)).imag();
  return std::atan2(2 * mixed, std::norm(trace) - std::norm(pauli_trace));
}

Qfactor::Qfactor(const Plan& plan, const Target& target, const Options& options)
    : plan_(plan),
      target_(target),
      options_(options),
      kernels_(qfactor_kernels(simd_level())),
      size_(plan.dimension()) {
  require_memory(size_ * size_ * lane_numbers * sizeof(double),
                 "QFactor on " + std::to_string(plan.qubits) + " qubits");
  for (const PlannedGate& gate : plan.gates) {
    groups_.emplace_back(plan.qubits, 1, std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity)),
                         1);
    swaps_.emplace_back();
    if (gate.kind != GateKind::cx) continue;
    const std::size_t control = std::size_t{1} << gate.qubits[0];
    const std::size_t flipped = std::size_t{1} << gate.qubits[1];
    // Three quarters of all entries change places, two by two.
    swaps_.back().first.reserve(size_ * size_ * 3 / 8);
    swaps_.back().second.reserve(size_ * size_ * 3 / 8);
    const auto moved = [&](std::size_t index) { return (index & control) != 0 ? index ^ flipped : index; };
    for (std::size_t row = 0; row < size_; ++row) {
      for (std::size_t column = 0; column < size_; ++column) {
        const std::size_t here = row * size_ + column;
        const std::size_t there = moved(row) * size_ + moved(column);
        if (here >= there) continue;
        swaps_.back().first.push_back(here);
        swaps_.back().second.push_back(there);
      }
    }
  }
  matrix_ = AlignedArray<double>(size_ * size_ * lane_numbers);
  gates_ = AlignedArray<double>(plan.fixed.size() * lane_numbers);
  for (AlignedArray<double>* array : {&old_, &dagger_, &environment_, &scratch_}) {
    *array = AlignedArray<double>(64 * lane_numbers);
  }
}

void Qfactor::load(std::span<const StartResult> starts) {
  for (std::size_t lane = 0; lane < qfactor_lanes; ++lane) {
    const Matrices& from = starts[std::min(lane, starts.size() - 1)].matrices;
    for (std::size_t k = 0; k < from.size(); ++k) {
      gates_[k * lane_numbers + lane] = from[k].real();
      gates_[k * lane_numbers + qfactor_lanes + lane] = from[k].imag();
    }
  }
}

void Qfactor::store(StartResult& start, std::size_t lane) const {
  for (std::size_t k = 0; k < start.matrices.size(); ++k) {
    start.matrices[k] = {gates_[k * lane_numbers + lane], gates_[k * lane_numbers + qfactor_lanes + lane]};
  }
}

void Qfactor::rebuild() {
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < size_; ++j) {
      const Complex value = std::conj(target_.values[j * size_ + i]);
      double* const entry = matrix_.data() + (i * size_ + j) * lane_numbers;
      std::fill(entry, entry + qfactor_lanes, value.real());
      std::fill(entry + qfactor_lanes, entry + lane_numbers, value.imag());
    }
  }
  // One gate after another on the left: M <- U M.
  std::fill(old_.span().begin(), old_.span().end(), 0.0);
  for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
    const int d = plan_.gates[t].dimension();
    std::fill(dagger_.span().begin(), dagger_.span().end(), 0.0);
    for (int i = 0; i < d; ++i) std::fill_n(dagger_.data() + (i * d + i) * lane_numbers, qfactor_lanes, 1.0);
    kernels_.sandwich(matrix_.data(), size_, groups_[t].view(), gate_numbers(t), dagger_.data());
  }
}

std::array<double, qfactor_lanes> Qfactor::costs() const {
  std::array<double, qfactor_lanes> result{};
  for (std::size_t lane = 0; lane < qfactor_lanes; ++lane) {
    double real = 0;
    double imaginary = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      const double* const entry = matrix_.data() + i * (size_ + 1) * lane_numbers + lane;
      real += entry[0];
      imaginary += entry[qfactor_lanes];
    }
    result[lane] = 1 - std::hypot(real, imaginary) / static_cast<double>(size_);
  }
  return result;
}

void Qfactor::improve(std::size_t t, bool rightward) {
  const PlannedGate& gate = plan_.gates[t];
  const int d = gate.dimension();
  double* const numbers = gate_numbers(t);
  std::copy_n(numbers, gate.matrix_size() * lane_numbers, old_.data());
  kernels_.adjoint(d, old_.data(), dagger_.data());
  kernels_.environment(matrix_.data(), size_, groups_[t].view(), scratch_.data());
  if (rightward) {
    kernels_.multiply(d, scratch_.data(), dagger_.data(), environment_.data());
  } else {
    kernels_.multiply(d, dagger_.data(), scratch_.data(), environment_.data());
  }
  const std::size_t count = gate.matrix_size() * lane_numbers;
  if (options_.beta > 0) {
    for (std::size_t k = 0; k < count; ++k) {
      environment_[k] = (1 - options_.beta) * environment_[k] + options_.beta * dagger_[k];
    }
  }
  if (gate.generators.size() > 1 && d < 8) {
    kernels_.polar(d, environment_.data(), numbers);
    return;
  }
  const std::vector<Complex> pauli = pauli_matrix(gate.arity, gate.generators[0]);
  std::array<Complex, 64> e{}, u{};
  for (std::size_t lane = 0; lane < qfactor_lanes; ++lane) {
    for (std::size_t k = 0; k < gate.matrix_size(); ++k) {
      e[k] = {environment_[k * lane_numbers + lane], environment_[k * lane_numbers + qfactor_lanes + lane]};
      u[k] = {numbers[k * lane_numbers + lane], numbers[k * lane_numbers + qfactor_lanes + lane]};
    }
    if (gate.generators.size() > 1) {
      polar_one(d, reinterpret_cast<double*>(e.data()), reinterpret_cast<double*>(u.data()));
    } else {
      Complex trace = 0;
      Complex pauli_trace = 0;
      for (int i = 0; i < d; ++i) {
        trace += e[static_cast<std::size_t>(i * d + i)];
        for (int j = 0; j < d; ++j) {
          pauli_trace +=
              multiply(e[static_cast<std::size_t>(i * d + j)], pauli[static_cast<std::size_t>(j * d + i)]);
        }
      }
      rotation(gate.kind, best_angle(trace, pauli_trace), std::span(u).first(gate.matrix_size()));
    }
    for (std::size_t k = 0; k < gate.matrix_size(); ++k) {
      numbers[k * lane_numbers + lane] = u[k].real();
      numbers[k * lane_numbers + qfactor_lanes + lane] = u[k].imag();
    }
  }
}

void Qfactor::pass(std::size_t t, bool rightward) {
  const PlannedGate& gate = plan_.gates[t];
  if (gate.kind == GateKind::cx) {
    const Swaps& swaps = swaps_[t];
    kernels_.swap_entries(matrix_.data(), swaps.first.data(), swaps.second.data(), swaps.first.size());
    return;
  }
  double* const numbers = gate_numbers(t);
  if (gate.adjustable()) {
    improve(t, rightward);
  } else {
    kernels_.adjoint(gate.dimension(), numbers, dagger_.data());
  }
  if (rightward) {
    kernels_.sandwich(matrix_.data(), size_, groups_[t].view(), numbers, dagger_.data());
  } else {
    kernels_.sandwich(matrix_.data(), size_, groups_[t].view(), dagger_.data(), numbers);
  }
}

void Qfactor::iterate() {
  for (std::size_t t = plan_.gates.size(); t-- > 0;) pass(t, false);
  for (std::size_t t = 0; t < plan_.gates.size(); ++t) pass(t, true);
}

void Qfactor::run(std::span<StartResult> starts, const std::function<bool()>& stop) {
  load(starts);
  std::vector<PlateauRule> rules(starts.size(), PlateauRule(options_));
  std::vector<bool> done(starts.size(), false);
  std::array<double, qfactor_lanes> cost{};
  for (int iteration = 0; iteration < options_.max_iters; ++iteration) {
    if (stop()) return;
    if (iteration % options_.reset_iter == 0) rebuild();
    iterate();
    cost = costs();
    bool success = false;
    bool going = false;
    for (std::size_t s = 0; s < starts.size(); ++s) {
      if (done[s]) continue;
      const bool plateau = rules[s].add(cost[s]);
      starts[s].iterations = iteration + 1;
      if (cost[s] <= options_.dist_tol) {
        // Kept as it is now: the other starts go on if all are wanted.
        done[s] = success = true;
        starts[s].distance = cost[s];
        store(starts[s], s);
      } else if (!plateau) {
        going = true;
      }
    }
    if ((success && !options_.all_starts) || !going) break;
  }
  for (std::size_t s = 0; s < starts.size(); ++s) {
    if (done[s]) continue;
    starts[s].distance = std::isfinite(cost[s]) ? cost[s] : std::numeric_limits<double>::infinity();
    store(starts[s], s);
  }
}

}  // namespace kroncut::synthesize
