#pragma once

#include <cstddef>
#include <string>

#include "bench/kernels.hpp"

namespace kroncut {

/// A whole number among the parameters of a benchmark. Throws Error(usage) outside of [least, most].
std::size_t read_parameter(const KernelParameters& parameters, const std::string& name, double fallback,
                           double least, double most);

}  // namespace kroncut
