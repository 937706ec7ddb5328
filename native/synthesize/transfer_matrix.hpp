#pragma once

#include <vector>

#include "synthesize/template.hpp"

namespace kroncut::synthesize {

/// How conjugation by a gate moves Pauli products: U P_q U^dagger = sum over p of R[p][q] P_p, without the
/// identity: (4^k - 1)^2 real numbers, row-major, orthogonal.
void transfer_matrix(int arity, const Complex* gate, double* matrix);

/// The transpose in place: the transfer matrix of the inverse gate.
void transpose(int size, double* matrix) noexcept;

/// A Clifford gate only permutes Pauli products and changes signs: member m receives sign[m] times member
/// source[m] (identity included). Empty if the gate does more.
struct SignedPermutation {
  std::vector<int> source;
  std::vector<double> sign;
};
SignedPermutation signed_permutation(int arity, const std::vector<double>& transfer);
/// That of a cx or a cz, which are their own inverses; worked out once.
const SignedPermutation& controlled_permutation(GateKind kind);

}  // namespace kroncut::synthesize
