#pragma once

#include <vector>

#include "core/control.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// The same unitary with fewer gates: one-qubit gates join their neighbours, two-qubit gates join those on
/// the same pair, identities go; always where `gate_cost` says that the joint gate is no dearer than its
/// parts (a cz alone is nearly free, so it takes in two one-qubit gates but not one). Gates act on at most
/// two qubits: on few cores the multiply-adds of wider gates cost more than the passes they save, since runs
/// of gates stay in the cache. `control`, if any, can cancel.
[[nodiscard]] std::vector<GateOperation> fuse(const GateProgram& program, const Control* control = nullptr);

}  // namespace kroncut
