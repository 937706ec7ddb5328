#include "core/error.hpp"

#include <cerrno>
#include <cstring>
#include <new>

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

namespace {

/// The same as in src/run/files/files.ts: paths that cannot be used are the caller's, the rest is the disk's.
ErrorCode code_of(int number) noexcept {
  switch (number) {
    case ENOMEM:
      return ErrorCode::memory;
    case ENOENT:
    case EACCES:
    case EPERM:
    case EISDIR:
    case ENOTDIR:
    case EROFS:
      return ErrorCode::input;
    default:
      return ErrorCode::disk;
  }
}

}  // namespace

bool is_out_of_memory() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return error.code() == ErrorCode::memory;
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

void throw_errno(const std::string& operation, const std::string& path) {
  const int number = errno;
  throw Error(code_of(number), operation + " " + path + ": " + std::strerror(number));
}

}  // namespace kroncut
