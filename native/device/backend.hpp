#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "contract/product/product.hpp"
#include "core/control.hpp"
#include "simulate/program.hpp"
#include "synthesize/instantiate.hpp"
#include "synthesize/need.hpp"

namespace kroncut {

/// What a device is and what it can hold.
struct DeviceInfo {
  std::string name;         // "cpu", "cuda:0", ...
  std::string identity;     // names the hardware the same way in every process of a node
  std::string description;  // processor or product name, instruction set or compute capability
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

/// The kernels, behind one interface per device. Pointers are host memory; a back end stages what it needs.
/// `threads` is the number of host threads a call may use. All calls throw Error(cancelled) after
/// `control.cancel()`, Error(memory) or Error(device) where the device refuses.
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual DeviceInfo info() const = 0;

  /// The tensor of a subcircuit by the isometry method: out[4^inputs][4^mirrored][4^outputs][2^outcomes],
  /// Pauli components I, X, Y, Z per leg. Output legs hold Tr(P rho); input legs are for the prepared
  /// operator P/2 (Peng et al. 2019, Eq. 2; CutQC, arXiv:2012.02333).
  virtual void subcircuit_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                                 std::span<double> out, Control& control) = 0;

  /// The same for observables in place of outcomes:
  /// out[strings][4^inputs][4^mirrored][4^outputs][2^outcomes], each traced qubit weighed by what a Pauli
  /// string says of it, and summed where that is the identity. All strings share one evolution. The default
  /// runs on the host's threads, on every device: what it returns is small, and no device has kernels for it.
  virtual void reduced_tensors(const SubcircuitProgram& program, std::span<const PauliString> strings,
                               Precision precision, int threads, std::span<double> out, Control& control);

  /// Probabilities of the outcomes of a whole circuit: out[2^outcomes.size()], bit j is qubit outcomes[j];
  /// other qubits are summed away.
  virtual void probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                             int threads, std::span<double> out, Control& control) = 0;

  /// c = a . b, row-major: a is [rows][inner], b is [inner][columns].
  virtual void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
                        const double* b, double* c, int threads, Control& control) = 0;

  /// Computes outcomes [begin, end) of a product and hands them to the consumer in runs; or, on
  /// devices, what it wants to know of them where it can do without the values (`Consumer::ask`).
  /// `begin` and `end` are multiples of the run length, or the whole range. Values do not depend on the range
  /// or on `threads`.
  virtual void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end,
                              Consumer& consumer, int threads, Control& control) = 0;

  /// `synthesize::instantiate_many`, see there. A device takes QFactor and QFactor-Sample;
  /// Levenberg-Marquardt runs on `options.threads` threads of the host.
  virtual std::vector<std::optional<synthesize::Result>> instantiate_many(
      const synthesize::Target& target, std::span<const synthesize::Template> patterns,
      const synthesize::Options& options, Control& control) = 0;

  /// What such a call takes, with `templates` templates like this one.
  [[nodiscard]] virtual synthesize::Need instantiation_need(const synthesize::Plan& plan,
                                                            synthesize::TargetKind kind,
                                                            std::size_t templates,
                                                            const synthesize::Options& options) const {
    return synthesize::memory_need(plan, kind, templates, options);
  }
};

/// Devices of this build and machine, "cpu" first. Never throws; `cuda_unavailable_reason` says why no CUDA
/// device is listed (empty if one is).
std::vector<DeviceInfo> list_devices();
std::string cuda_unavailable_reason();

/// A back end by name: "cpu", "cuda" (device 0) or "cuda:N" (N counts visible devices). Throws Error(device)
/// with the reason if it is not there.
std::shared_ptr<Backend> make_backend(const std::string& name);

std::shared_ptr<Backend> make_cpu_backend();
/// Defined by device/cuda/ or, in builds without CUDA, by device/cuda_absent.cpp.
std::shared_ptr<Backend> make_cuda_backend(int device);
std::vector<DeviceInfo> list_cuda_devices(std::string& unavailable_reason);

}  // namespace kroncut
