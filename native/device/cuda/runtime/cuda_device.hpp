#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device/backend.hpp"
#include "device/cuda/runtime/cuda_support.hpp"

namespace kroncut::cuda {

/// Makes a device the calling thread's current one. It stays so: since CUDA 12, going back would open a
/// context on the device that was current before, and take memory from the ranks that work there.
class DeviceScope : NotCopied {
 public:
  explicit DeviceScope(int device) {
    check(cudaSetDevice(device), "choosing device " + std::to_string(device));
  }
};

/// Handles of cuBLAS, kept between calls since making one takes long. Any thread may borrow one.
class BlasPool : NotCopied {
 public:
  /// A handle for as long as this lives, its work going to one stream. It goes back when that work is done,
  /// for the work uses memory of the handle.
  class Loan : NotCopied {
   public:
    Loan(BlasPool& pool, cudaStream_t stream);
    ~Loan();
    [[nodiscard]] cublasHandle_t get() const noexcept { return handle_->get(); }

   private:
    BlasPool& pool_;
    cudaStream_t stream_;
    std::unique_ptr<BlasHandle> handle_;
  };

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<BlasHandle>> free_;
};

/// Number of devices that the driver shows this process; where there is none, `reason` says why.
int count_devices(std::string& reason);

/// 80 for compute capability 8.0.
int compute_capability(int device);

/// What a device is. Asking for its free memory makes a context on it, which takes memory there; without
/// `exact`, all its memory is reported as free.
DeviceInfo describe_device(int device, bool exact);

}  // namespace kroncut::cuda
