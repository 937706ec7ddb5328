#include "simulate/kernel.hpp"

#if defined(__x86_64__)
#define KRONCUT_TARGET __attribute__((target("avx2,fma")))
#define KRONCUT_LEVEL avx2
#define KRONCUT_VECTOR_BYTES 32
#include "simulate/gate_kernel.inc.hpp"
#include "simulate/pauli_kernel.inc.hpp"
#endif
