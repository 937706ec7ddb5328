#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/npy.hpp"

namespace kroncut {

/// Bytes of magic, version, length and dictionary, from the first 12 bytes of the file `path`. Throws
/// Error(input) if this is no .npy file of format 1 or 2.
std::size_t npy_header_bytes(const std::string& path, std::string_view start);

/// Reads a whole header (`npy_header_bytes` long). Throws Error(input), naming `path` and what is wrong.
NpyHeader parse_npy_header(const std::string& path, std::string_view bytes);

/// A format 1 header whose length is a multiple of 64.
std::string format_npy_header(NpyType type, const std::vector<std::size_t>& shape);

}  // namespace kroncut
