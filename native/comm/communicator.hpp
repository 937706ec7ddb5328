#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kroncut {

enum class ReduceOperation { sum, min, max };

/// Where a rank stands, as MPI itself says.
struct WorldInfo {
  int rank = 0;
  int size = 1;
  int node_rank = 0;  // among the ranks that share memory with this one
  int node_size = 1;
  int node = 0;  // number of this rank's node, by lowest rank on it
  int nodes = 1;
  std::string processor;
  std::string library;  // version text of the MPI library, or "none"
};

/// The ranks that use one device, seen from one of them.
struct DeviceGroup {
  int rank = 0;
  int size = 1;
};

/// The other ranks. All calls are collective over the communicator unless said otherwise, and are made from
/// one thread, the one that created the object. Errors: Error(mpi).
class Communicator {
 public:
  virtual ~Communicator() = default;
  [[nodiscard]] virtual const WorldInfo& world() const = 0;
  virtual void barrier() = 0;
  /// `data` of `root` replaces that of the others (any length).
  virtual void broadcast(std::vector<std::uint8_t>& data, int root) = 0;
  /// One entry per rank on `root`, empty elsewhere.
  virtual std::vector<std::vector<std::uint8_t>> gather(std::span<const std::uint8_t> data, int root) = 0;
  /// Element-wise, in place, the same result on every rank.
  virtual void all_reduce(std::span<double> values, ReduceOperation operation) = 0;
  /// Splits the ranks of this node by the device that each of them uses: ranks with equal text share one.
  /// Called once or more; the last split is kept until `finalize`.
  virtual DeviceGroup split_by_device(const std::string& device) = 0;
  /// Not collective: adds `amount` to shared counter `counter` (0 .. counters - 1) and returns the value
  /// before.
  virtual std::int64_t fetch_add(int counter, std::int64_t amount) = 0;
  /// Collective; after it no call is allowed.
  virtual void finalize() = 0;
  /// Not collective, and cheap: lets messages and counter requests of other ranks through. To be called every
  /// `progress_interval` while this rank makes no other call, because MPI moves nothing on its own.
  virtual void progress() = 0;
  /// Zero: `progress` is not needed.
  [[nodiscard]] virtual std::chrono::microseconds progress_interval() const = 0;
  /// Ends all ranks. Any thread.
  [[noreturn]] virtual void abort(int exit_code) = 0;
};

constexpr int shared_counters = 64;

std::unique_ptr<Communicator> make_single_process_communicator();
/// Longest single message; MPI counts in `int`, so longer data travels in pieces.
constexpr std::size_t default_message_bytes = std::size_t{1} << 30;
/// Initialises MPI (MPI_THREAD_FUNNELED) on the calling thread. Throws Error(mpi) in builds without MPI.
std::unique_ptr<Communicator> make_mpi_communicator(std::size_t message_bytes = default_message_bytes);
/// Name of the MPI library this build links, or "" if none.
std::string mpi_build_library();

}  // namespace kroncut
