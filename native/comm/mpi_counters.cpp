#include "comm/mpi_counters.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace kroncut {
namespace {

using namespace std::chrono_literals;

/// Each look costs some microseconds and a wake-up: 300 us all the time are 7 % of a core.
constexpr std::chrono::microseconds shortest_interval = 300us;
constexpr std::chrono::microseconds longest_interval = 2400us;

}  // namespace

void check_mpi(int status, const char* function) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  throw Error(ErrorCode::mpi, std::string(function) +
                                  " failed: " + std::string(text.data(), static_cast<std::size_t>(length)));
}

void MpiCounters::create(MPI_Comm comm, bool shares_memory) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  owner_ = rank == 0;
  constexpr MPI_Aint whole = MPI_Aint{shared_counters * sizeof(std::int64_t)};
  const MPI_Aint bytes = owner_ ? whole : 0;
  // A library may be built or told to do without it: one rank that fails is enough for all to go the other
  // way.
  int shares = 0;
  if (shares_memory) {
    const int status =
        MPI_Win_allocate_shared(bytes, sizeof(std::int64_t), MPI_INFO_NULL, comm, &owned_, &window_);
    shares = status == MPI_SUCCESS ? 1 : 0;
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, &shares, 1, MPI_INT, MPI_MIN, comm), "MPI_Allreduce");
    if (shares == 0 && status == MPI_SUCCESS) check_mpi(MPI_Win_free(&window_), "MPI_Win_free");
  }
  if (shares == 0) {
    check_mpi(MPI_Win_allocate(bytes, sizeof(std::int64_t), MPI_INFO_NULL, comm, &owned_, &window_),
              "MPI_Win_allocate");
  }
  check_mpi(MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  if (shares != 0) {
    MPI_Aint size = 0;
    int unit = 0;
    check_mpi(MPI_Win_shared_query(window_, 0, &size, &unit, &shared_), "MPI_Win_shared_query");
    if (size < whole || shared_ == nullptr)
      throw Error(ErrorCode::mpi, "MPI_Win_shared_query gave no memory");
  }
  check_mpi(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_), "MPI_Win_lock_all");
  if (owner_) {
    std::fill_n(owned_, shared_counters, std::int64_t{0});
    check_mpi(MPI_Win_sync(window_), "MPI_Win_sync");
  }
  interval_ = serves() ? shortest_interval : std::chrono::microseconds::max();
}

void MpiCounters::free() {
  check_mpi(MPI_Win_unlock_all(window_), "MPI_Win_unlock_all");
  check_mpi(MPI_Win_free(&window_), "MPI_Win_free");
}

std::int64_t MpiCounters::fetch_add(int counter, std::int64_t amount) {
  if (counter < 0 || counter >= shared_counters) {
    throw Error(ErrorCode::internal, "there is no shared counter " + std::to_string(counter));
  }
  if (shared_ != nullptr) return std::atomic_ref(shared_[counter]).fetch_add(amount);
  std::int64_t before = 0;
  check_mpi(MPI_Fetch_and_op(&amount, &before, MPI_INT64_T, 0, counter, MPI_SUM, window_),
            "MPI_Fetch_and_op");
  check_mpi(MPI_Win_flush(0, window_), "MPI_Win_flush");
  return before;
}

void MpiCounters::note_served() {
  if (!serves()) return;
  const bool is_quiet = std::equal(seen_.begin(), seen_.end(), owned_);
  interval_ = is_quiet ? std::min(2 * interval_, longest_interval) : shortest_interval;
  if (!is_quiet) std::copy_n(owned_, shared_counters, seen_.begin());
}

}  // namespace kroncut
