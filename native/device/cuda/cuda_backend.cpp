#include <array>
#include <map>
#include <mutex>
#include <string>

#include "device/backend.hpp"
#include "device/cuda/product/cuda_product.hpp"
#include "device/cuda/runtime/cuda_device.hpp"
#include "device/cuda/runtime/device_code.hpp"
#include "device/cuda/sweep/cuda_synthesis.hpp"
#include "device/cuda/tensor/cuda_tensor.hpp"

namespace kroncut {
namespace {

/// One device. Calls may come from several threads at once: each has streams and memory of its own.
class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(int device) : device_(device) {
    const cuda::DeviceScope scope(device_);
    cuda::check_kernels();
    cuda::allow_shared_memory();
  }

  [[nodiscard]] DeviceInfo info() const override { return cuda::describe_device(device_, true); }

  void subcircuit_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                         std::span<double> out, Control& control) override {
    const cuda::DeviceScope scope(device_);
    cuda::subcircuit_tensor(pinned_, program, precision, threads, out, control);
  }

  void probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                     int threads, std::span<double> out, Control& control) override {
    // A circuit is a subcircuit without cut ends.
    SubcircuitProgram whole;
    whole.circuit = program;
    whole.outcomes.assign(outcomes.begin(), outcomes.end());
    subcircuit_tensor(whole, precision, threads, out, control);
  }

  void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
                double* c, int, Control& control) override {
    const cuda::DeviceScope scope(device_);
    cuda::multiply(blas_, rows, columns, inner, a, b, c, control);
  }

  void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end, Consumer& consumer,
                      int threads, Control& control) override {
    const cuda::DeviceScope scope(device_);
    cuda::stream_product(blas_, pinned_, product, begin, end, consumer, threads, control);
  }

  std::vector<std::optional<synthesize::Result>> instantiate_many(
      const synthesize::Target& target, std::span<const synthesize::Template> patterns,
      const synthesize::Options& options, Control& control) override {
    const cuda::DeviceScope scope(device_);
    cuda::SweepRunner runner;
    return synthesize::instantiate_many_on(runner, target, patterns, options, control);
  }

  [[nodiscard]] synthesize::Need instantiation_need(const synthesize::Plan& plan, synthesize::TargetKind kind,
                                                    std::size_t templates,
                                                    const synthesize::Options& options) const override {
    const cuda::DeviceScope scope(device_);
    synthesize::Need need = synthesize::memory_need(plan, kind, templates, options);
    need.start = cuda::start_bytes(plan, kind, options);
    return need;
  }

 private:
  int device_;
  cuda::BlasPool blas_;
  cuda::PinnedPool pinned_;
};

/// The devices in use. Never destroyed: when a process ends, the CUDA runtime may be gone before this is.
struct OpenDevices {
  std::mutex mutex;
  std::map<int, std::shared_ptr<Backend>> devices;
};

OpenDevices& open_devices() {
  static OpenDevices* const instance = new OpenDevices;
  return *instance;
}

/// Why the code of this build cannot run on a device, or nothing.
std::string unsupported(int device) {
  const int has = cuda::compute_capability(device);
  const int needs = cuda::lowest_compute_capability();
  if (has >= needs) return {};
  const auto text = [](int capability) {
    return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
  };
  return "cuda:" + std::to_string(device) + " has compute capability " + text(has) +
         ", but this build has code for " + text(needs) +
         " and newer; set CMAKE_CUDA_ARCHITECTURES and build again";
}

}  // namespace

std::shared_ptr<Backend> make_cuda_backend(int device) {
  std::string reason;
  const int count = cuda::count_devices(reason);
  if (count == 0) throw Error(ErrorCode::device, "no CUDA device can be used: " + reason);
  if (device < 0 || device >= count) {
    throw Error(ErrorCode::device,
                "there is no device cuda:" + std::to_string(device) + "; this process sees cuda:0" +
                    (count > 1 ? " to cuda:" + std::to_string(count - 1) : std::string(" only")));
  }
  reason = unsupported(device);
  if (!reason.empty()) throw Error(ErrorCode::device, reason);
  auto& open = open_devices();
  const std::lock_guard lock(open.mutex);
  auto& backend = open.devices[device];
  if (!backend) backend = std::make_shared<CudaBackend>(device);
  return backend;
}

std::vector<DeviceInfo> list_cuda_devices(std::string& unavailable_reason) {
  std::vector<DeviceInfo> result;
  try {
    unavailable_reason.clear();
    const int count = cuda::count_devices(unavailable_reason);
    for (int device = 0; device < count; ++device) {
      const std::string refusal = unsupported(device);
      if (!refusal.empty()) {
        unavailable_reason = refusal;
        continue;
      }
      auto& open = open_devices();
      const std::lock_guard lock(open.mutex);
      // A context on a device that other ranks work with would take memory from them.
      const bool exact = count == 1 || open.devices[device] != nullptr;
      result.push_back(cuda::describe_device(device, exact));
    }
    if (!result.empty()) unavailable_reason.clear();
  } catch (const std::exception& error) {
    result.clear();
    unavailable_reason = error.what();
  }
  return result;
}

}  // namespace kroncut
