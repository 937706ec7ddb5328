#include <dlfcn.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <set>
#include <string_view>
#include <thread>

#include "comm/communicator.hpp"
#include "comm/mpi_counters.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

using namespace std::chrono_literals;

std::string library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  // The first line, up to a comma, names library and version; MPICH writes "MPICH Version:\t4.0.2".
  std::string version;
  for (const char c : std::string_view(text.data(), static_cast<std::size_t>(length))) {
    if (c == '\n' || c == ',') break;
    if (c != '\t' || !version.ends_with(' ')) version += c == '\t' ? ' ' : c;
  }
  const std::string_view word = " Version:";
  if (const auto position = version.find(word); position != std::string::npos) {
    version.erase(position, word.size());
  }
  return version;
}

/// Plugins of older MPI libraries look the library's symbols up globally, but Node loads addons locally: lift
/// the library that is loaded already to the global scope. If that fails, nothing is worse than before.
void make_library_global() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&MPI_Init_thread), &info) == 0 || info.dli_fname == nullptr) return;
  dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

/// Debian's configuration of Open MPI excludes one-sided communication over plain TCP ("osc = ^ucx,pt2pt"),
/// and without it there are no windows, so no counters, on more than one node. What the user sets goes first.
void allow_one_sided_over_tcp() {
  if (std::getenv("OMPI_MCA_osc") == nullptr) setenv("OMPI_MCA_osc", "^ucx", 0);
}

MPI_Op to_mpi(ReduceOperation operation) {
  switch (operation) {
    case ReduceOperation::sum:
      return MPI_SUM;
    case ReduceOperation::min:
      return MPI_MIN;
    case ReduceOperation::max:
      return MPI_MAX;
  }
  return MPI_OP_NULL;
}

class MpiCommunicator final : public Communicator {
 public:
  explicit MpiCommunicator(std::size_t message_bytes)
      : message_bytes_(std::clamp<std::size_t>(message_bytes, sizeof(double),
                                               static_cast<std::size_t>(std::numeric_limits<int>::max()))) {
    int initialized = 0;
    check_mpi(MPI_Initialized(&initialized), "MPI_Initialized");
    if (initialized != 0) throw Error(ErrorCode::mpi, "MPI was initialised before by other code");
    make_library_global();
    allow_one_sided_over_tcp();
    int provided = MPI_THREAD_SINGLE;
    check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    if (provided < MPI_THREAD_FUNNELED) {
      throw Error(ErrorCode::mpi, "the MPI library supports no threads: MPI_THREAD_FUNNELED is needed");
    }
    check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
    check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &quiet_comm_), "MPI_Comm_dup");
    describe_world();
    counters_.create(comm_, world_.node_size == world_.size);
    barrier();
  }

  [[nodiscard]] const WorldInfo& world() const override { return world_; }

  void barrier() override { meet(); }

  void broadcast(std::vector<std::uint8_t>& data, int root) override {
    meet();
    std::uint64_t size = data.size();
    check_mpi(MPI_Bcast(&size, 1, MPI_UINT64_T, root, comm_), "MPI_Bcast");
    resize(data, size);
    in_pieces(data.size(), message_bytes_, [&](std::size_t begin, int count) {
      check_mpi(MPI_Bcast(data.data() + begin, count, MPI_BYTE, root, comm_), "MPI_Bcast");
    });
  }

  std::vector<std::vector<std::uint8_t>> gather(std::span<const std::uint8_t> data, int root) override {
    meet();
    const bool receives = world_.rank == root;
    const std::uint64_t size = data.size();
    std::vector<std::uint64_t> sizes(receives ? static_cast<std::size_t>(world_.size) : 0);
    check_mpi(MPI_Gather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, root, comm_), "MPI_Gather");
    if (!receives) {
      in_pieces(data.size(), message_bytes_, [&](std::size_t begin, int count) {
        check_mpi(MPI_Send(data.data() + begin, count, MPI_BYTE, root, gather_tag, comm_), "MPI_Send");
      });
      return {};
    }
    std::vector<std::vector<std::uint8_t>> all(sizes.size());
    for (std::size_t source = 0; source < all.size(); ++source) {
      auto& entry = all[source];
      if (static_cast<int>(source) == root) {
        entry.assign(data.begin(), data.end());
        continue;
      }
      resize(entry, sizes[source]);
      in_pieces(entry.size(), message_bytes_, [&](std::size_t begin, int count) {
        check_mpi(MPI_Recv(entry.data() + begin, count, MPI_BYTE, static_cast<int>(source), gather_tag, comm_,
                           MPI_STATUS_IGNORE),
                  "MPI_Recv");
      });
    }
    return all;
  }

  void all_reduce(std::span<double> values, ReduceOperation operation) override {
    meet();
    // Reduced once and sent to all, because MPI_Allreduce only recommends the same result on every rank.
    const MPI_Op op = to_mpi(operation);
    in_pieces(values.size(), message_bytes_ / sizeof(double), [&](std::size_t begin, int count) {
      double* const piece = values.data() + begin;
      const bool is_root = world_.rank == 0;
      check_mpi(MPI_Reduce(is_root ? MPI_IN_PLACE : piece, piece, count, MPI_DOUBLE, op, 0, comm_),
                "MPI_Reduce");
      check_mpi(MPI_Bcast(piece, count, MPI_DOUBLE, 0, comm_), "MPI_Bcast");
    });
  }

  DeviceGroup split_by_device(const std::string& device) override {
    meet();
    // The color of a device is the first rank of the node that names it.
    const std::size_t node_size = static_cast<std::size_t>(world_.node_size);
    const int length = static_cast<int>(device.size());
    std::vector<int> lengths(node_size);
    check_mpi(MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, node_comm_), "MPI_Allgather");
    std::vector<int> offsets(node_size);
    std::exclusive_scan(lengths.begin(), lengths.end(), offsets.begin(), 0);
    std::string names(static_cast<std::size_t>(offsets.back() + lengths.back()), '\0');
    check_mpi(MPI_Allgatherv(device.data(), length, MPI_CHAR, names.data(), lengths.data(), offsets.data(),
                             MPI_CHAR, node_comm_),
              "MPI_Allgatherv");
    int color = 0;
    const auto name_of = [&](int rank) {
      const auto at = static_cast<std::size_t>(rank);
      return std::string_view(names).substr(static_cast<std::size_t>(offsets[at]),
                                            static_cast<std::size_t>(lengths[at]));
    };
    while (name_of(color) != device) ++color;
    if (device_comm_ != MPI_COMM_NULL) check_mpi(MPI_Comm_free(&device_comm_), "MPI_Comm_free");
    check_mpi(MPI_Comm_split(node_comm_, color, world_.node_rank, &device_comm_), "MPI_Comm_split");
    DeviceGroup group;
    check_mpi(MPI_Comm_rank(device_comm_, &group.rank), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(device_comm_, &group.size), "MPI_Comm_size");
    return group;
  }

  std::int64_t fetch_add(int counter, std::int64_t amount) override {
    return counters_.fetch_add(counter, amount);
  }

  void finalize() override {
    counters_.free();
    if (device_comm_ != MPI_COMM_NULL) check_mpi(MPI_Comm_free(&device_comm_), "MPI_Comm_free");
    check_mpi(MPI_Comm_free(&node_comm_), "MPI_Comm_free");
    check_mpi(MPI_Comm_free(&quiet_comm_), "MPI_Comm_free");
    check_mpi(MPI_Comm_free(&comm_), "MPI_Comm_free");
    check_mpi(MPI_Finalize(), "MPI_Finalize");
  }

  void progress() override {
    int flag = 0;
    // A probe that finds a message may return before it moves anything, so this one looks where none is ever
    // sent. An error here shows again in the next call that somebody waits for.
    static_cast<void>(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, quiet_comm_, &flag, MPI_STATUS_IGNORE));
    counters_.note_served();
    push_interval_ = std::min(2 * push_interval_, longest_push_interval);
  }

  [[nodiscard]] std::chrono::microseconds progress_interval() const override {
    if (world_.size == 1) return {};
    return std::min(push_interval_, counters_.serve_interval());
  }

  [[noreturn]] void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    _exit(exit_code);
  }

 private:
  static constexpr int gather_tag = 1;
  /// What a finished call has left behind is pushed out soon, if it is not by the next call; each wake-up
  /// costs some 50 us of a processor that computes.
  static constexpr std::chrono::microseconds shortest_push_interval = 2ms;
  static constexpr std::chrono::microseconds longest_push_interval = 64ms;

  static void resize(std::vector<std::uint8_t>& data, std::uint64_t size) {
    try {
      data.resize(size);
    } catch (const std::exception&) {
      throw Error(ErrorCode::memory, "no memory for a message of " + std::to_string(size) + " bytes");
    }
  }

  /// Waits until every rank is here, without keeping a processor busy: a rank may wait for minutes while
  /// another one works, often on the same node, and MPI's own waits spin. After it those are short.
  void meet() {
    push_interval_ = shortest_push_interval;
    constexpr int impatient_tests = 200;
    constexpr std::chrono::microseconds longest_pause = 500us;
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
    std::chrono::microseconds pause = 5us;
    for (int tests = 1;; ++tests) {
      int done = 0;
      check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Ibarrier");
      if (done != 0) return;
      if (tests < impatient_tests) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, longest_pause);
      }
    }
  }

  template <class Body>
  static void in_pieces(std::size_t size, std::size_t piece, Body&& body) {
    for (std::size_t begin = 0; begin < size; begin += piece) {
      body(begin, static_cast<int>(std::min(piece, size - begin)));
    }
  }

  void describe_world() {
    check_mpi(MPI_Comm_rank(comm_, &world_.rank), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(comm_, &world_.size), "MPI_Comm_size");
    check_mpi(MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, world_.rank, MPI_INFO_NULL, &node_comm_),
              "MPI_Comm_split_type");
    check_mpi(MPI_Comm_rank(node_comm_, &world_.node_rank), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(node_comm_, &world_.node_size), "MPI_Comm_size");
    int leader = world_.rank;
    check_mpi(MPI_Bcast(&leader, 1, MPI_INT, 0, node_comm_), "MPI_Bcast");
    std::vector<int> leaders(static_cast<std::size_t>(world_.size));
    check_mpi(MPI_Allgather(&leader, 1, MPI_INT, leaders.data(), 1, MPI_INT, comm_), "MPI_Allgather");
    const std::set<int> distinct(leaders.begin(), leaders.end());
    world_.nodes = static_cast<int>(distinct.size());
    world_.node = static_cast<int>(std::distance(distinct.begin(), distinct.find(leader)));
    std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
    int length = 0;
    check_mpi(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
    world_.processor.assign(name.data(), static_cast<std::size_t>(length));
    world_.library = library_version();
  }

  std::size_t message_bytes_;
  MPI_Comm comm_ = MPI_COMM_NULL;
  MPI_Comm quiet_comm_ = MPI_COMM_NULL;
  MPI_Comm node_comm_ = MPI_COMM_NULL;
  MPI_Comm device_comm_ = MPI_COMM_NULL;
  MpiCounters counters_;
  std::chrono::microseconds push_interval_ = shortest_push_interval;
  WorldInfo world_;
};

}  // namespace

std::unique_ptr<Communicator> make_mpi_communicator(std::size_t message_bytes) {
  return std::make_unique<MpiCommunicator>(message_bytes);
}

std::string mpi_build_library() { return library_version(); }

}  // namespace kroncut
