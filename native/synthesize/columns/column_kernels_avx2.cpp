#if defined(__x86_64__)
#define KRONCUT_TARGET __attribute__((target("avx2,fma")))
#define KRONCUT_LEVEL avx2
#include "synthesize/columns/column_kernels.inc.hpp"
#endif
