#pragma once

#include <span>

#include "core/control.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// CPU kernel behind Backend::subcircuit_tensor; see there for shapes and conventions.
void isometry_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                     std::span<double> out, Control& control);

/// CPU kernel behind Backend::probabilities.
void outcome_probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                           int threads, std::span<double> out, Control& control);

}  // namespace kroncut
