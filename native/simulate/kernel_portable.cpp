#include "simulate/kernel.hpp"

#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#define KRONCUT_VECTOR_BYTES 16
#include "simulate/gate_kernel.inc.hpp"
#include "simulate/pauli_kernel.inc.hpp"
