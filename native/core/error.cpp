#include "core/error.hpp"

#include <cerrno>
#include <cstring>

namespace kroncut {

std::string_view error_code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::usage:
      return "usage";
    case ErrorCode::input:
      return "input";
    case ErrorCode::infeasible:
      return "infeasible";
    case ErrorCode::memory:
      return "memory";
    case ErrorCode::disk:
      return "disk";
    case ErrorCode::rank:
      return "rank";
    case ErrorCode::device:
      return "device";
    case ErrorCode::mpi:
      return "mpi";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::verification:
      return "verification";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

void throw_errno(const std::string& operation, const std::string& path) {
  const int number = errno;
  const ErrorCode code = number == ENOMEM ? ErrorCode::memory : ErrorCode::disk;
  throw Error(code, operation + " " + path + ": " + std::strerror(number));
}

}  // namespace kroncut
