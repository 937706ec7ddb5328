#pragma once

#include <cstdint>
#include <string>

namespace kroncut {

/// Bytes that this process could still allocate without swapping: what the kernel calls available, or less
/// where the process's control group has a limit. 0 if the system does not tell.
[[nodiscard]] std::uint64_t available_memory();

/// Throws Error(memory), naming `purpose` and both figures, if `bytes` exceed the available memory.
void require_memory(std::uint64_t bytes, const std::string& purpose);

/// A number of bytes for a person: "1.5 GiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace kroncut
