#pragma once

#include "synthesize/problem/random.hpp"
#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

/// Random gates: unitaries by the Haar measure, rotations by a uniform angle; constants as they are.
Matrices random_start(const Plan& plan, Random& random);

/// Where start number `number` begins. Haar-random gates make the overlap with a target on many qubits vanish
/// (McClean et al., arXiv:1803.11173), so from 7 qubits on every second start is near the identity: exp(i H)
/// with normal coefficients of deviation 0.3. (Of the starts for a block of 10 qubits, half of these succeed,
/// and 1 in 24 of the others.)
Matrices begin_start(const Plan& plan, Random& random, int number);

/// A unitary from the Haar measure, d x d (QR of a Gaussian matrix; Mezzadri, arXiv:math-ph/0609050).
void haar_unitary(int d, Random& random, Complex* matrix);

}  // namespace kroncut::synthesize
