#include "core/memory.hpp"

#include <limits>

#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {

KRONCUT_TEST(memory_that_is_not_there_is_refused_with_both_figures) {
  require_memory(1, "one byte");
  const std::uint64_t available = available_memory();
  KRONCUT_CHECK(available > 0);
  std::string message;
  try {
    require_memory(std::numeric_limits<std::uint64_t>::max(), "everything");
  } catch (const Error& error) {
    KRONCUT_CHECK(error.code() == ErrorCode::memory);
    message = error.what();
  }
  KRONCUT_CHECK(message.starts_with("everything needs 16384.0 PiB, but only "));
}

KRONCUT_TEST(bytes_are_printed_for_people) {
  KRONCUT_CHECK(format_bytes(0) == "0 bytes");
  KRONCUT_CHECK(format_bytes(1023) == "1023 bytes");
  KRONCUT_CHECK(format_bytes(1536) == "1.5 KiB");
  KRONCUT_CHECK(format_bytes(std::uint64_t{24} << 30) == "24.0 GiB");
}

}  // namespace kroncut
