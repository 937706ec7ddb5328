#include "bench/parameters.hpp"

#include <cmath>

#include "core/error.hpp"

namespace kroncut {

std::size_t read_parameter(const KernelParameters& parameters, const std::string& name, double fallback,
                           double least, double most) {
  const auto found = parameters.find(name);
  const double value = found == parameters.end() ? fallback : found->second;
  if (!(value >= least && value <= most) || value != std::floor(value)) {
    throw Error(ErrorCode::usage, "the benchmark parameter " + name + " must be a whole number from " +
                                      std::to_string(static_cast<long>(least)) + " to " +
                                      std::to_string(static_cast<long>(most)));
  }
  return static_cast<std::size_t>(value);
}

}  // namespace kroncut
