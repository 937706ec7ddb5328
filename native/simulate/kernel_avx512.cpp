#include "simulate/kernel.hpp"

#if defined(__x86_64__)
#define KRONCUT_TARGET __attribute__((target("avx512f,avx512dq,fma")))
#define KRONCUT_LEVEL avx512
#define KRONCUT_VECTOR_BYTES 64
#include "simulate/gate_kernel.inc.hpp"
#include "simulate/pauli_kernel.inc.hpp"
#endif
