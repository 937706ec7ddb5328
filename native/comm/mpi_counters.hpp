#pragma once

#include <mpi.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "comm/communicator.hpp"

namespace kroncut {

/// Throws Error(mpi) that names `function`, unless `status` is MPI_SUCCESS.
void check_mpi(int status, const char* function);

/// Counters that all ranks of a communicator add to. Rank 0 owns them. Where all ranks share memory each adds
/// by itself, so that nobody has to serve it; else a passive epoch lasts until `free`, and a fetch is one
/// message and its answer, which the owner lets through in `MPI` calls of its own.
class MpiCounters {
 public:
  /// Collective over `comm`.
  /// @param shares_memory the same on every rank: whether all of them stand on one node
  void create(MPI_Comm comm, bool shares_memory);
  /// Collective.
  void free();
  std::int64_t fetch_add(int counter, std::int64_t amount);
  /// How long this rank may wait until it serves the others again: longer while they ask for nothing, for
  /// ever where it has none to serve.
  [[nodiscard]] std::chrono::microseconds serve_interval() const { return interval_; }
  /// To be called after the owner has served.
  void note_served();

 private:
  [[nodiscard]] bool serves() const { return owner_ && shared_ == nullptr; }

  MPI_Win window_ = MPI_WIN_NULL;
  bool owner_ = false;
  std::int64_t* owned_ = nullptr;
  std::int64_t* shared_ = nullptr;
  std::array<std::int64_t, shared_counters> seen_{};
  std::chrono::microseconds interval_{};
};

}  // namespace kroncut
