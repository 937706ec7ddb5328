#include "device/cuda/reduction/given_blocks.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace kroncut::cuda {

void GivenBlocks::send(std::size_t item, std::uint64_t from, std::uint64_t to, std::uint64_t skip,
                       int threads, cudaStream_t stream) const {
  // Half a MiB for a thread at once.
  constexpr std::uint64_t share = std::uint64_t{1} << 16;
  const std::uint64_t size = to - from;
  const double* const given = pair_.given(from);
  double* const pinned = host_[item % 2].get();
  parallel_for((size + share - 1) / share, threads, [&](std::size_t index, int) {
    const std::uint64_t first = index * share;
    std::copy(given + first, given + std::min(size, first + share), pinned + first);
  });
  check(cudaMemcpyAsync(device_[item % 2].get() + skip, pinned, size * sizeof(double), cudaMemcpyHostToDevice,
                        stream_.get()),
        "copying a given distribution to the device");
  sent_.record(stream_.get());
  sent_.hold(stream);
}

}  // namespace kroncut::cuda
