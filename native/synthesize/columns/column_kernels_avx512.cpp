#if defined(__x86_64__)
#define KRONCUT_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,fma")))
#define KRONCUT_LEVEL avx512
#include "synthesize/columns/column_kernels.inc.hpp"
#endif
