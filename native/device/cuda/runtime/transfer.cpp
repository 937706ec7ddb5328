#include "device/cuda/runtime/transfer.hpp"

namespace kroncut::cuda {

void Transfer::run(std::size_t items, const Compute& compute, const Consume& consume) {
  for (std::size_t item = 0; item < items + 2; ++item) {
    const std::size_t slot = item % 2;
    if (item >= 2) {
      // The slot's buffers are free again when its values have arrived and been consumed.
      copied_[slot].wait();
      consume(item - 2, host_[slot].get());
    }
    if (item >= items) continue;
    const std::size_t count = compute(item, device(item));
    computed_[slot].record(compute_.get());
    computed_[slot].hold(copy_.get());
    check(cudaMemcpyAsync(host_[slot].get(), device_[slot].get(), count * sizeof(double),
                          cudaMemcpyDeviceToHost, copy_.get()),
          "copying results to the host");
    copied_[slot].record(copy_.get());
  }
}

}  // namespace kroncut::cuda
