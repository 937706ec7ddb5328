#pragma once

#include <vector>

#include "synthesize/problem/template.hpp"

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
/// What conjugation by a cx or a cz does, which are their own inverses: pairs of members change places, each
/// pair with a sign; the others stay.
struct SignedSwaps {
  std::vector<int> pairs;
  std::vector<double> signs;
};
/// Worked out once for each kind.
const SignedSwaps& controlled_swaps(GateKind kind);

}  // namespace kroncut::synthesize
