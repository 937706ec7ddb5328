#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace kroncut {

/// Kinds of failure. `src/error.ts` holds the same list; a test compares the two.
enum class ErrorCode {
  usage,
  input,
  infeasible,
  memory,
  disk,
  rank,
  device,
  mpi,
  cancelled,
  verification,
  internal,
};

/// Name of a code as TypeScript spells it.
std::string_view error_code_name(ErrorCode code) noexcept;

/// The one exception of the native library. `what()` is one sentence for a person.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode error_code, const std::string& message) : std::runtime_error(message), code_(error_code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Whether the exception that is being handled says that memory has given out.
[[nodiscard]] bool is_out_of_memory() noexcept;

/// Throws Error with the operation, the path and errno's meaning: `input` for a path that is absent or not
/// permitted, `memory` for ENOMEM, `disk` otherwise.
[[noreturn]] void throw_errno(const std::string& operation, const std::string& path);

}  // namespace kroncut
