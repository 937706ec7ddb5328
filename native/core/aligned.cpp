#include "core/aligned.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <string>

#include "core/error.hpp"

namespace kroncut {

void* allocate_aligned(std::size_t bytes) {
  constexpr std::size_t cache_line = 64;
  constexpr std::size_t huge_page = std::size_t{1} << 21;
  const std::size_t alignment = bytes >= 4 * huge_page ? huge_page : cache_line;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* const pointer = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (pointer == nullptr) {
    throw Error(ErrorCode::memory, "cannot allocate " + std::to_string(bytes) + " bytes of memory");
  }
  if (alignment == huge_page) madvise(pointer, rounded, MADV_HUGEPAGE);
  return pointer;
}

void free_aligned(void* pointer) noexcept { std::free(pointer); }

}  // namespace kroncut
