#include "core/aligned.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace kroncut {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
std::atomic<std::int64_t> held{0};
std::atomic<std::int64_t> most_held{unlimited};

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  constexpr std::size_t cache_line = 64;
  constexpr std::size_t huge_page = std::size_t{1} << 21;
  const std::size_t alignment = bytes >= 4 * huge_page ? huge_page : cache_line;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* pointer = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (pointer != nullptr) {
    const auto size = static_cast<std::int64_t>(malloc_usable_size(pointer));
    if (held.fetch_add(size, std::memory_order_relaxed) > most_held.load(std::memory_order_relaxed) - size) {
      free_aligned(pointer);
      pointer = nullptr;
    }
  }
  if (pointer == nullptr) {
    throw Error(ErrorCode::memory, "cannot allocate " + std::to_string(bytes) + " bytes of memory");
  }
  if (alignment == huge_page) madvise(pointer, rounded, MADV_HUGEPAGE);
  return pointer;
}

void free_aligned(void* pointer) noexcept {
  if (pointer == nullptr) return;
  held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(pointer)), std::memory_order_relaxed);
  std::free(pointer);
}

AllocationLimit::AllocationLimit(std::uint64_t bytes) noexcept {
  most_held.store(held.load() + static_cast<std::int64_t>(bytes));
}

AllocationLimit::~AllocationLimit() { most_held.store(unlimited); }

}  // namespace kroncut
