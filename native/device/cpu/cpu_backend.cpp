#include <unistd.h>

#include "contract/product/stream_product.hpp"
#include "core/simd.hpp"
#include "device/backend.hpp"
#include "simulate/isometry.hpp"

namespace kroncut {
namespace {

class CpuBackend final : public Backend {
 public:
  [[nodiscard]] DeviceInfo info() const override {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return {"cpu", "cpu", std::string(simd_level_name(simd_level())),
            page * static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)),
            page * static_cast<std::uint64_t>(sysconf(_SC_AVPHYS_PAGES))};
  }

  void subcircuit_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                         std::span<double> out, Control& control) override {
    isometry_tensor(program, precision, threads, out, control);
  }

  void probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                     int threads, std::span<double> out, Control& control) override {
    outcome_probabilities(program, outcomes, precision, threads, out, control);
  }

  void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
                double* c, int threads, Control& control) override {
    kroncut::multiply(rows, columns, inner, a, b, c, threads, control);
  }

  void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end, Consumer& consumer,
                      int threads, Control& control) override {
    kroncut::stream_product(product, begin, end, consumer, threads, control);
  }

  std::vector<std::optional<synthesize::Result>> instantiate_many(
      const synthesize::Target& target, std::span<const synthesize::Template> patterns,
      const synthesize::Options& options, Control& control) override {
    return synthesize::instantiate_many(target, patterns, options, control);
  }
};

}  // namespace

std::shared_ptr<Backend> make_cpu_backend() { return std::make_shared<CpuBackend>(); }

}  // namespace kroncut
