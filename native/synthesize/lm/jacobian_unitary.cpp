#include <algorithm>
#include <cmath>

#include "core/aligned.hpp"
#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/columns/row_groups.hpp"
#include "synthesize/lm/jacobian.hpp"
#include "synthesize/lm/transfer_matrix.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {
namespace {

/// The Jacobian of a unitary target. After multiplication by C^dagger the columns are i times Hermitian
/// matrices: Pauli products of a gate's qubits, moved through other gates. So they are real vectors of 4^n
/// Pauli components, and since J^T J does not change under conjugation, all are moved to the middle of the
/// circuit (half the work of moving them to its end). The first half of the gates is S-free there: the
/// residual's components are those of the anti-Hermitian part of S^dagger T B^dagger, with the gates before
/// the middle in B and those behind it in S.
class UnitaryJacobian final : public Jacobian {
 public:
  UnitaryJacobian(const Plan& plan, const Target& target)
      : plan_(plan), kernels_(column_kernels(simd_level())), dimension_(plan.dimension()) {
    stride_ = std::max<std::size_t>(dimension_, column_lanes);
    rows_ = dimension_ * dimension_;
    place_columns();
    target_ = AlignedArray<double>(2 * stride_ * dimension_);
    work_ = AlignedArray<double>(target_.size());
    swap_ = AlignedArray<double>(target_.size());
    std::fill(target_.span().begin(), target_.span().end(), 0.0);
    for (std::size_t i = 0; i < dimension_; ++i) {
      for (std::size_t j = 0; j < dimension_; ++j) {
        const Complex value = target.values[i * dimension_ + j];
        target_[2 * stride_ * i + j] = value.real();
        target_[2 * stride_ * i + stride_ + j] = value.imag();
      }
    }
    chunks_ = AlignedArray<double>(size_ * rows_);
    residual_ = AlignedArray<double>(rows_);
    imaginary_ = AlignedArray<double>(rows_);
    for (std::size_t e = 0; e < rows_; ++e) {
      std::size_t place = 0;
      for (int q = 0; q < plan.qubits; ++q) {
        const std::size_t column_bit = e >> q & 1;
        const std::size_t row_bit = e >> (plan.qubits + q) & 1;
        place |= (2 * row_bit + column_bit) << (2 * q);
      }
      places_.push_back(place);
    }
    prepare_gates();
  }

  double evaluate(const Matrices& matrices) override {
    std::copy(target_.span().begin(), target_.span().end(), work_.span().begin());
    for (std::size_t t = plan_.gates.size(); t-- > middle_;) multiply_rows(t, matrices, true);
    adjoint_work();
    for (std::size_t t = 0; t < middle_; ++t) multiply_rows(t, matrices, false);
    double real = 0;
    double imaginary = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
      real += work_[2 * stride_ * i + i];
      imaginary += work_[2 * stride_ * i + stride_ + i];
    }
    trace_ = {real, imaginary};
    return 1 - std::abs(trace_) / static_cast<double>(dimension_);
  }

  void linearise(const Matrices& matrices, double* normal, double* gradient) override {
    find_residual();
    for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
      const PlannedGate& gate = plan_.gates[t];
      if (!gate.adjustable()) continue;
      transfer_matrix(gate.arity, &matrices[gate.matrix], transfers_[t].data());
      if (t >= middle_) transpose((1 << (2 * gate.arity)) - 1, transfers_[t].data());
    }
    std::fill(chunks_.span().begin(), chunks_.span().end(), 0.0);
    for (std::size_t chunk = 0; chunk < size_ / column_lanes; ++chunk) move_chunk(chunk);
    normal_equations(chunks_.data(), size_ / column_lanes, rows_, residual_.data(), normal, gradient);
  }

 private:
  /// Columns of the gates before the middle, then, in chunks of their own, of those behind it.
  void place_columns() {
    std::size_t directions = 0;
    while (middle_ < plan_.gates.size() && 2 * directions < plan_.directions) {
      directions += plan_.gates[middle_++].directions.size();
    }
    for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
      if (t == middle_) size_ = first_half_ = (size_ + column_lanes - 1) / column_lanes * column_lanes;
      columns_.push_back(size_);
      size_ += plan_.gates[t].directions.size();
    }
    size_ = (size_ + column_lanes - 1) / column_lanes * column_lanes;
    if (middle_ == plan_.gates.size()) first_half_ = size_;
  }

  void prepare_gates() {
    for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
      const PlannedGate& gate = plan_.gates[t];
      const auto qubits = std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity));
      pauli_groups_.emplace_back(plan_.qubits, 2, qubits, 1);
      row_groups_.emplace_back(plan_.qubits, 1, qubits, 2 * stride_);
      unsigned mask = 0;
      for (const int qubit : qubits) mask |= 1U << qubit;
      masks_.push_back(mask);
      if (gate.kind == GateKind::cx || gate.kind == GateKind::cz) {
        transfers_.emplace_back();
        permutations_.emplace_back();
        continue;
      }
      const std::size_t count = gate.matrix_size() - 1;
      transfers_.emplace_back(count * count);
      permutations_.emplace_back();
      if (gate.adjustable()) continue;
      transfer_matrix(gate.arity, &plan_.fixed[gate.matrix], transfers_[t].data());
      if (t >= middle_) transpose(static_cast<int>(count), transfers_[t].data());
      permutations_[t] = signed_permutation(gate.arity, transfers_[t]);
    }
  }

  void multiply_rows(std::size_t t, const Matrices& matrices, bool inverse) {
    const PlannedGate& gate = plan_.gates[t];
    const RowGroups groups = row_groups_[t].view();
    if (gate.kind == GateKind::cx) {
      for (std::size_t g = 0; g < groups.count; ++g) {
        double* const start = work_.data() + groups.starts[g];
        std::swap_ranges(start + groups.offsets[1], start + groups.offsets[1] + 2 * stride_,
                         start + groups.offsets[3]);
      }
      return;
    }
    std::array<Complex, 64> matrix;
    if (inverse) {
      adjoint(gate.dimension(), &matrices[gate.matrix], matrix.data());
    } else {
      std::copy_n(&matrices[gate.matrix], gate.matrix_size(), matrix.data());
    }
    kernels_.gate_rows(work_.data(), groups, stride_, stride_,
                       reinterpret_cast<const double*>(matrix.data()));
  }

  void adjoint_work() {
    for (std::size_t i = 0; i < dimension_; ++i) {
      for (std::size_t j = 0; j < dimension_; ++j) {
        swap_[2 * stride_ * i + j] = work_[2 * stride_ * j + i];
        swap_[2 * stride_ * i + stride_ + j] = -work_[2 * stride_ * j + stride_ + i];
      }
      for (std::size_t j = dimension_; j < stride_; ++j) {
        swap_[2 * stride_ * i + j] = swap_[2 * stride_ * i + stride_ + j] = 0;
      }
    }
    std::swap(work_, swap_);
  }

  /// Components -Im(e^(-i phi) Tr(P M^dagger)) / 2^n of M = S^dagger T B^dagger, whose adjoint `work_` holds.
  void find_residual() {
    const double size = std::abs(trace_);
    const Complex phase = size > 1e-300 ? std::conj(trace_) / size : Complex(1);
    const double scale = -1 / static_cast<double>(dimension_);
    for (std::size_t i = 0; i < dimension_; ++i) {
      for (std::size_t j = 0; j < dimension_; ++j) {
        const double re = work_[2 * stride_ * i + j];
        const double im = work_[2 * stride_ * i + stride_ + j];
        const std::size_t place = places_[i * dimension_ + j];
        imaginary_[place] = scale * (phase.real() * re - phase.imag() * im);
        residual_[place] = scale * (phase.real() * im + phase.imag() * re);
      }
    }
    for (std::size_t step = 1; step < rows_; step *= 4) {
      for (std::size_t start = 0; start < rows_; start += 4 * step) transform_block(start, step);
    }
    residual_[0] = 0;
  }

  /// Entries 00, 01, 10, 11 of one qubit become the components I, X, Y, Z. (`imaginary_` holds real parts.)
  void transform_block(std::size_t start, std::size_t step) {
    double* const re = imaginary_.data() + start;
    double* const im = residual_.data() + start;
    for (std::size_t k = 0; k < step; ++k) {
      const double r0 = re[k], r1 = re[k + step], r2 = re[k + 2 * step], r3 = re[k + 3 * step];
      const double i0 = im[k], i1 = im[k + step], i2 = im[k + 2 * step], i3 = im[k + 3 * step];
      re[k] = r0 + r3;
      im[k] = i0 + i3;
      re[k + step] = r1 + r2;
      im[k + step] = i1 + i2;
      re[k + 2 * step] = i2 - i1;
      im[k + 2 * step] = r1 - r2;
      re[k + 3 * step] = r0 - r3;
      im[k + 3 * step] = i0 - i3;
    }
  }

  /// Enters the columns of gate t that stand in this chunk.
  bool enter(std::size_t chunk, std::size_t t) {
    const PlannedGate& gate = plan_.gates[t];
    bool any = false;
    for (std::size_t j = 0; j < gate.directions.size(); ++j) {
      const std::size_t column = columns_[t] + j;
      if (column / column_lanes != chunk) continue;
      const RowGroups groups = pauli_groups_[t].view();
      const std::size_t row = groups.offsets[gate.directions[j]];
      chunks_[chunk * column_lanes * rows_ + column_lanes * row + column % column_lanes] = 1;
      any = true;
    }
    return any;
  }

  void conjugate(double* chunk, std::size_t t) const {
    const RowGroups groups = pauli_groups_[t].view();
    const PlannedGate& gate = plan_.gates[t];
    if (gate.kind == GateKind::cx || gate.kind == GateKind::cz) {
      const SignedSwaps& swaps = controlled_swaps(gate.kind);
      kernels_.swap_signed(chunk, groups, swaps.pairs.data(), swaps.signs.data(), swaps.signs.size());
    } else if (!permutations_[t].source.empty()) {
      kernels_.permute(chunk, groups, permutations_[t].source.data(), permutations_[t].sign.data());
    } else if (gate.arity == 1) {
      kernels_.rotate_three(chunk, groups, transfers_[t].data());
    } else {
      kernels_.rotate_many(chunk, groups, transfers_[t].data());
    }
  }

  void move_chunk(std::size_t chunk) {
    double* const data = chunks_.data() + chunk * column_lanes * rows_;
    unsigned support = 0;
    const auto meets = [&](std::size_t t) {
      if ((support & masks_[t]) == 0) return false;
      support |= masks_[t];
      return true;
    };
    if (chunk * column_lanes < first_half_) {
      for (std::size_t t = 0; t < middle_; ++t) {
        if (enter(chunk, t)) support |= masks_[t];
        if (meets(t)) conjugate(data, t);
      }
    } else {
      for (std::size_t t = plan_.gates.size(); t-- > middle_;) {
        if (meets(t)) conjugate(data, t);
        if (enter(chunk, t)) support |= masks_[t];
      }
    }
  }

  const Plan& plan_;
  const ColumnKernels& kernels_;
  std::size_t dimension_;
  std::size_t stride_ = 0;
  std::size_t rows_ = 0;
  std::size_t middle_ = 0;
  std::size_t first_half_ = 0;
  Complex trace_;
  AlignedArray<double> target_;
  AlignedArray<double> work_;
  AlignedArray<double> swap_;
  AlignedArray<double> chunks_;
  AlignedArray<double> residual_;
  AlignedArray<double> imaginary_;
  std::vector<std::size_t> places_;
  std::vector<OwnedGroups> pauli_groups_;
  std::vector<OwnedGroups> row_groups_;
  std::vector<std::vector<double>> transfers_;
  std::vector<SignedPermutation> permutations_;
  std::vector<unsigned> masks_;
};

}  // namespace

std::unique_ptr<Jacobian> make_unitary_jacobian(const Plan& plan, const Target& target) {
  return std::make_unique<UnitaryJacobian>(plan, target);
}

}  // namespace kroncut::synthesize
