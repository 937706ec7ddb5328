#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#include "synthesize/columns/lm_kernels.inc.hpp"
