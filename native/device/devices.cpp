#include <charconv>

#include "core/error.hpp"
#include "device/backend.hpp"
#include "simulate/isometry.hpp"

namespace kroncut {

void Backend::reduced_tensors(const SubcircuitProgram& program, std::span<const PauliString> strings,
                              Precision precision, int threads, std::span<double> out, Control& control) {
  kroncut::reduced_tensors(program, strings, precision, threads, out, control);
}

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices{make_cpu_backend()->info()};
  std::string reason;
  for (auto& device : list_cuda_devices(reason)) devices.push_back(std::move(device));
  return devices;
}

std::string cuda_unavailable_reason() {
  std::string reason;
  return list_cuda_devices(reason).empty() ? reason : std::string();
}

std::shared_ptr<Backend> make_backend(const std::string& name) {
  if (name == "cpu") return make_cpu_backend();
  if (name == "cuda") return make_cuda_backend(0);
  const std::string prefix = "cuda:";
  if (name.starts_with(prefix)) {
    int device = 0;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + prefix.size(), end, device);
    if (parsed.ec == std::errc() && parsed.ptr == end && device >= 0) return make_cuda_backend(device);
  }
  throw Error(ErrorCode::usage, "no such device: " + name + "; use cpu, cuda or cuda:N");
}

}  // namespace kroncut
