#include "core/error.hpp"
#include "device/backend.hpp"

namespace kroncut {
namespace {
constexpr const char* absent = "this build has no CUDA code; build the CUDA variant with cmake-js";
}

std::vector<DeviceInfo> list_cuda_devices(std::string& unavailable_reason) {
  unavailable_reason = absent;
  return {};
}

std::shared_ptr<Backend> make_cuda_backend(int) { throw Error(ErrorCode::device, absent); }

}  // namespace kroncut
