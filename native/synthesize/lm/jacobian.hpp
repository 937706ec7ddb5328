#pragma once

#include <memory>
#include <span>

#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

/// What Levenberg-Marquardt asks of a problem. Every adjustable gate is moved as U exp(i sum d_j P_j) with
/// its directions P_j; the residual is C - e^(i phi) T with the best phase, divided by the root of the
/// number of columns, so that half its square is the distance.
class Jacobian {
 public:
  virtual ~Jacobian() = default;
  /// Distance of these gates. What it works out is kept for `linearise`.
  virtual double evaluate(const Matrices& matrices) = 0;
  /// J^T J (size x size, row-major; its upper triangle) and -J^T r for the gates that `evaluate` saw last.
  virtual void linearise(const Matrices& matrices, double* normal, double* gradient) = 0;
  /// Number of columns, a multiple of 8; those that belong to no direction are zero.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Where the columns of gate number `gate` start.
  [[nodiscard]] std::size_t column(std::size_t gate) const noexcept { return columns_[gate]; }

 protected:
  std::size_t size_ = 0;
  std::vector<std::size_t> columns_;
};

/// The Jacobian of a problem; one per thread. Work per `linearise`: about gates * directions * 4^n / 4 +
/// directions^2 4^n / 2 (state: 2^n instead of 4^n).
std::unique_ptr<Jacobian> make_jacobian(const Plan& plan, const Target& target);
std::unique_ptr<Jacobian> make_unitary_jacobian(const Plan& plan, const Target& target);
std::unique_ptr<Jacobian> make_state_jacobian(const Plan& plan, const Target& target);

/// J^T J (its upper triangle) and J^T y of a Jacobian stored as chunks of 8 columns, `rows` rows each.
void normal_equations(const double* chunks, std::size_t count, std::size_t rows, const double* right,
                      double* normal, double* gradient);

}  // namespace kroncut::synthesize
