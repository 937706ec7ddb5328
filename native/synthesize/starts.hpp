#pragma once

#include "synthesize/random.hpp"
#include "synthesize/template.hpp"

namespace kroncut::synthesize {

/// Random gates: unitaries by the Haar measure, rotations by a uniform angle; constants as they are.
Matrices random_start(const Plan& plan, Random& random);

/// A unitary from the Haar measure, d x d (QR of a Gaussian matrix; Mezzadri, arXiv:math-ph/0609050).
void haar_unitary(int d, Random& random, Complex* matrix);

}  // namespace kroncut::synthesize
