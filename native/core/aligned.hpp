#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace kroncut {

/// Memory aligned to 64 bytes (one AVX-512 register, one cache line), uninitialised. Large blocks are aligned
/// to 2 MiB and offered to the kernel as huge pages. Throws Error(memory), naming the size, if there is none.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* pointer) noexcept;

/// For tests of what happens without memory: while it lives, `allocate_aligned` throws where more than this
/// many bytes would be held beyond those held before.
class AllocationLimit {
 public:
  explicit AllocationLimit(std::uint64_t bytes) noexcept;
  ~AllocationLimit();
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;
};

/// A fixed-size, uninitialised, aligned array that owns its memory.
template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size)
      : size_(size), data_(static_cast<T*>(allocate_aligned(size * sizeof(T)))) {}

  [[nodiscard]] T* data() noexcept { return data_.get(); }
  [[nodiscard]] const T* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_.get()[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_.get()[index]; }
  [[nodiscard]] std::span<T> span() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const T> span() const noexcept { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* pointer) const noexcept { free_aligned(pointer); }
  };
  std::size_t size_ = 0;
  std::unique_ptr<T[], Free> data_;
};

}  // namespace kroncut
