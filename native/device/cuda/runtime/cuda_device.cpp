#include "device/cuda/runtime/cuda_device.hpp"

#include <utility>

namespace kroncut::cuda {
namespace {

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

BlasPool::Loan::Loan(BlasPool& pool, cudaStream_t stream) : pool_(pool), stream_(stream) {
  {
    const std::lock_guard lock(pool_.mutex_);
    if (!pool_.free_.empty()) {
      handle_ = std::move(pool_.free_.back());
      pool_.free_.pop_back();
    }
  }
  if (!handle_) handle_ = std::make_unique<BlasHandle>();
  check(cublasSetStream(handle_->get(), stream), "choosing a stream");
}

BlasPool::Loan::~Loan() {
  cudaStreamSynchronize(stream_);
  try {
    const std::lock_guard lock(pool_.mutex_);
    pool_.free_.push_back(std::move(handle_));
  } catch (const std::exception&) {
    // The handle is not kept; the next loan makes another one.
  }
}

int count_devices(std::string& reason) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  static_cast<void>(cudaGetLastError());
  int driver = 0;
  int runtime = 0;
  static_cast<void>(cudaDriverGetVersion(&driver));
  static_cast<void>(cudaRuntimeGetVersion(&runtime));
  static_cast<void>(cudaGetLastError());
  if (status == cudaErrorInsufficientDriver && driver == 0) {
    reason = "this machine has no NVIDIA driver";
  } else if (status == cudaErrorInsufficientDriver) {
    reason = "the NVIDIA driver supports CUDA " + version_text(driver) + ", but this build needs CUDA " +
             version_text(runtime) + "; update the driver, or build with a toolkit no newer than the driver";
  } else if (status == cudaErrorNoDevice || status == cudaSuccess) {
    reason =
        "the NVIDIA driver shows no device to this process; check CUDA_VISIBLE_DEVICES and the job's GPU "
        "request";
  } else {
    reason = std::string("CUDA cannot start: ") + cudaGetErrorString(status);
  }
  return 0;
}

int compute_capability(int device) {
  int major = 0;
  int minor = 0;
  const std::string what = "reading the compute capability of device " + std::to_string(device);
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), what);
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), what);
  return 10 * major + minor;
}

DeviceInfo describe_device(int device, bool exact) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device),
        "reading the properties of device " + std::to_string(device));
  DeviceInfo info;
  info.name = "cuda:" + std::to_string(device);
  // "cuda:0" is another device in a process that sees others; the UUID is not.
  constexpr const char* digits = "0123456789abcdef";
  for (const char byte : properties.uuid.bytes) {
    const auto value = static_cast<unsigned char>(byte);
    info.identity += digits[value >> 4];
    info.identity += digits[value & 15];
  }
  info.description = std::string(properties.name) + ", compute capability " +
                     std::to_string(properties.major) + "." + std::to_string(properties.minor);
  info.total_bytes = properties.totalGlobalMem;
  info.free_bytes = properties.totalGlobalMem;
  if (exact) {
    const DeviceScope scope(device);
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "reading the free memory of device " + std::to_string(device));
    info.total_bytes = total;
    info.free_bytes = free;
  }
  return info;
}

}  // namespace kroncut::cuda
