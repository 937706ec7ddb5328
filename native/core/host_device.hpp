#pragma once

/// Kernel bodies are functions of a plain index, marked with this macro: nvcc compiles them for the device,
/// and the unit tests run the same code over all indices on the processor.
#if defined(__CUDACC__)
#define KRONCUT_HD __host__ __device__ inline
#else
#define KRONCUT_HD inline
#endif
