#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#include "synthesize/qfactor_kernels.inc.hpp"
