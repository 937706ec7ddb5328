#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#include "synthesize/lm_kernels.inc.hpp"
