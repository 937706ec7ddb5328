#pragma once

#include <cstdint>

#include "contract/product/reductions.hpp"
#include "device/cuda/runtime/cuda_support.hpp"

namespace kroncut::cuda {

/// A given distribution, sent to the device block by block, two by turns: while one is compared the next one
/// travels. It takes 8 bytes a value down, as the answer would take up; but nothing of it is left to the host
/// than to copy, and the other direction stays free.
class GivenBlocks : NotCopied {
 public:
  /// For blocks of `size` values. Throws Error(memory).
  GivenBlocks(PinnedPool& pinned, const Paired& pair, std::size_t size)
      : pair_(pair),
        device_{DeviceArray<double>(size), DeviceArray<double>(size)},
        host_{{pinned, size}, {pinned, size}} {}

  [[nodiscard]] const double* block(std::size_t item) const { return device_[item % 2].get(); }
  /// Sends the values of outcomes [from, to) to the place `skip` of the block, by `threads` threads; work put
  /// on `stream` from now on starts when they are there. The block before last must not be in use any more.
  void send(std::size_t item, std::uint64_t from, std::uint64_t to, std::uint64_t skip, int threads,
            cudaStream_t stream) const;

 private:
  const Paired& pair_;
  DeviceArray<double> device_[2];
  PinnedArray<double> host_[2];
  Event sent_;
  Stream stream_;
};

}  // namespace kroncut::cuda
