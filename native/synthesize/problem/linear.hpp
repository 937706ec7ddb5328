#pragma once

#include <span>

#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

/// Dense linear algebra of small matrices and of gates on states: the plain versions, which everything fast
/// is tested against.

/// a * b without the checks for infinities of std::complex.
inline Complex multiply(Complex a, Complex b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// result = a b for d x d row-major matrices; result must not overlap.
void multiply(int d, const Complex* a, const Complex* b, Complex* result) noexcept;

/// The adjoint of a d x d matrix; result must not overlap.
void adjoint(int d, const Complex* a, Complex* result) noexcept;

/// Applies a gate (2^k x 2^k, bit j of its index is qubits[j]) to a vector of 2^n amplitudes.
void apply_gate(std::span<Complex> state, std::span<const int> qubits, const Complex* gate);

/// Matrix of Pauli product number `index` on `arity` qubits (digit j in base 4: I X Y Z on qubit j).
std::vector<Complex> pauli_matrix(int arity, int index);

/// exp(i H) U for U times sum of coefficients[j] * Pauli product generators[j]: U <- U exp(i H). Unitary to
/// rounding.
void turn(int arity, std::span<const int> generators, const double* coefficients, Complex* gate);

/// Largest entry of |A^dagger A - 1|.
double unitarity_error(int d, const Complex* matrix);

/// Takes away the rounding that free gates and u3 gathered: the nearest unitary, for matrices that almost are
/// one.
void make_unitary(const Plan& plan, Matrices& matrices);

/// The product of all gates, 2^n x 2^n, row-major.
std::vector<Complex> composite(const Plan& plan, const Matrices& matrices);

/// The template applied to |0...0>.
std::vector<Complex> composite_state(const Plan& plan, const Matrices& matrices);

/// 1 - |Tr(T^dagger C)| / 2^n, or 1 - |<t|C|0>|, from all columns, eight at a time; never
/// negative, NaN if anything in it is.
double distance(const Target& target, const Plan& plan, const Matrices& matrices);

}  // namespace kroncut::synthesize
