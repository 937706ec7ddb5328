#define KRONCUT_TARGET
#define KRONCUT_LEVEL portable
#include "synthesize/columns/column_kernels.inc.hpp"
