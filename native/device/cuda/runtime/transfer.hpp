#pragma once

#include <functional>

#include "device/cuda/runtime/cuda_support.hpp"

namespace kroncut::cuda {

/// Two buffers on the device and two in pinned host memory, so that the device computes one item while the
/// item before travels and the host consumes the one before that.
class Transfer {
 public:
  /// Puts the computation of an item into `device` on the compute stream; returns how many of its first
  /// values travel.
  using Compute = std::function<std::size_t(std::size_t item, double* device)>;
  /// Takes the values of an item; in ascending order of items, from the calling thread.
  using Consume = std::function<void(std::size_t item, const double* values)>;

  /// For items of at most `capacity` values. Throws Error(memory).
  Transfer(PinnedPool& pinned, std::size_t capacity) : Transfer(pinned, capacity, capacity) {}
  /// For items of which at most the first `sent` values travel.
  Transfer(PinnedPool& pinned, std::size_t capacity, std::size_t sent)
      : device_{DeviceArray<double>(capacity), DeviceArray<double>(capacity)},
        host_{{pinned, sent}, {pinned, sent}} {}

  [[nodiscard]] cudaStream_t compute_stream() const noexcept { return compute_.get(); }
  /// Where an item is; the one before last is overwritten.
  [[nodiscard]] double* device(std::size_t item) const noexcept { return device_[item % 2].get(); }
  void run(std::size_t items, const Compute& compute, const Consume& consume);

 private:
  DeviceArray<double> device_[2];
  PinnedArray<double> host_[2];
  Event computed_[2];
  Event copied_[2];
  Stream compute_;
  Stream copy_;
};

}  // namespace kroncut::cuda
