#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#include "synthesize/qfactor/qfactor_kernels.inc.hpp"
