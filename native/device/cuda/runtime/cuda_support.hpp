#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"

/// Owners of what the CUDA runtime hands out, and the translation of its errors. Nothing here is copied.
namespace kroncut::cuda {

/// Throws Error(memory) where the device or pinned memory ran out, Error(device) for any other failure;
/// `what` says what was tried.
void check(cudaError_t status, const std::string& what);
void check(cublasStatus_t status, const std::string& what);

class NotCopied {
 public:
  NotCopied() = default;
  NotCopied(const NotCopied&) = delete;
  NotCopied& operator=(const NotCopied&) = delete;
};

/// A stream that does not wait for the default one. Its end waits for its work, so that memory declared
/// before it outlives that work.
class Stream : NotCopied {
 public:
  Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream"); }
  ~Stream() {
    cudaStreamSynchronize(stream_);
    cudaStreamDestroy(stream_);
  }
  [[nodiscard]] cudaStream_t get() const noexcept { return stream_; }
  void wait() const { check(cudaStreamSynchronize(stream_), "waiting for the device"); }

 private:
  cudaStream_t stream_ = nullptr;
};

class Event : NotCopied {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "creating an event"); }
  ~Event() { cudaEventDestroy(event_); }
  void record(cudaStream_t stream) const { check(cudaEventRecord(event_, stream), "recording an event"); }
  /// Work put on `stream` from now on starts after the event.
  void hold(cudaStream_t stream) const {
    check(cudaStreamWaitEvent(stream, event_, 0), "ordering two streams");
  }
  void wait() const { check(cudaEventSynchronize(event_), "waiting for the device"); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Bytes of `size` values. Throws Error(memory) where no memory could be as large.
template <class T>
std::size_t bytes_of(std::size_t size) {
  if (size > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T))
    throw Error(ErrorCode::memory, std::to_string(size) + " values are more than any memory holds");
  return size * sizeof(T);
}

/// An uninitialised array in device memory.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(std::size_t size) : size_(size) {
    const std::size_t bytes = bytes_of<T>(size);
    void* pointer = nullptr;
    check(cudaMalloc(&pointer, bytes), "allocating " + format_bytes(bytes) + " of device memory");
    data_ = static_cast<T*>(pointer);
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(DeviceArray&& other) noexcept { swap(other); }
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    swap(other);
    return *this;
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  [[nodiscard]] T* get() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void swap(DeviceArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Host memory that devices copy to and from without a detour, kept between calls: pinning some takes the
/// driver longer than a small call takes. Any thread may borrow.
class PinnedPool : NotCopied {
 public:
  struct Block {
    void* data = nullptr;
    std::size_t bytes = 0;
  };
  /// More than that is not kept.
  static constexpr std::size_t most_kept = std::size_t{1} << 28;

  ~PinnedPool();
  /// `bytes` or somewhat more. Throws Error(memory).
  [[nodiscard]] Block take(std::size_t bytes);
  void give(Block block) noexcept;

 private:
  std::mutex mutex_;
  std::vector<Block> kept_;
  std::size_t kept_bytes_ = 0;
};

/// An uninitialised array in such memory, which goes back at its end.
template <class T>
class PinnedArray : NotCopied {
 public:
  PinnedArray(PinnedPool& pool, std::size_t size) : pool_(pool), block_(pool.take(bytes_of<T>(size))) {}
  ~PinnedArray() { pool_.give(block_); }
  [[nodiscard]] T* get() const noexcept { return static_cast<T*>(block_.data); }

 private:
  PinnedPool& pool_;
  PinnedPool::Block block_;
};

/// What was put on a stream once, to be put there again by one launch.
class Graph : NotCopied {
 public:
  /// Records what `body` puts on the stream, which must not wait for it.
  template <class Body>
  Graph(cudaStream_t stream, const Body& body) {
    begin(stream);
    try {
      body();
    } catch (...) {
      abandon(stream);
      throw;
    }
    finish(stream);
  }
  ~Graph() { cudaGraphExecDestroy(executable_); }
  void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_, stream), "launching a graph"); }

 private:
  static void begin(cudaStream_t stream);
  static void abandon(cudaStream_t stream) noexcept;
  void finish(cudaStream_t stream);
  cudaGraphExec_t executable_ = nullptr;
};

class BlasHandle : NotCopied {
 public:
  BlasHandle() { check(cublasCreate(&handle_), "starting cuBLAS"); }
  ~BlasHandle() { cublasDestroy(handle_); }
  [[nodiscard]] cublasHandle_t get() const noexcept { return handle_; }

 private:
  cublasHandle_t handle_ = nullptr;
};

/// Copies `height` rows of `width` elements between row-major arrays with rows `from_pitch` and `to_pitch`
/// elements apart, on a stream.
void copy_rows(double* to, std::size_t to_pitch, const double* from, std::size_t from_pitch,
               std::size_t width, std::size_t height, cudaMemcpyKind kind, cudaStream_t stream);

/// Calls `attempt(bits)` with `bits` from `largest` down to 0 until the memory suffices, and returns what it
/// returns; the last Error(memory) goes to the caller.
template <class Attempt>
auto halve_until_it_fits(int largest, Attempt attempt) {
  for (int bits = largest;; --bits) {
    try {
      return attempt(bits);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::memory || bits == 0) throw;
    }
  }
}

}  // namespace kroncut::cuda
