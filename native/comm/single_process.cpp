#include <unistd.h>

#include <array>
#include <cstdlib>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

class SingleProcessCommunicator final : public Communicator {
 public:
  SingleProcessCommunicator() {
    world_.library = "none";
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0) world_.processor = name.data();
  }

  [[nodiscard]] const WorldInfo& world() const override { return world_; }
  void barrier() override {}
  void broadcast(std::vector<std::uint8_t>&, int root) override { check_root(root); }
  std::vector<std::vector<std::uint8_t>> gather(std::span<const std::uint8_t> data, int root) override {
    check_root(root);
    return {std::vector<std::uint8_t>(data.begin(), data.end())};
  }
  void all_reduce(std::span<double>, ReduceOperation) override {}
  DeviceGroup split_by_device(const std::string&) override { return {}; }
  std::int64_t fetch_add(int counter, std::int64_t amount) override {
    if (counter < 0 || counter >= shared_counters) {
      throw Error(ErrorCode::internal, "there is no shared counter " + std::to_string(counter));
    }
    std::int64_t& value = counters_[static_cast<std::size_t>(counter)];
    const std::int64_t before = value;
    value += amount;
    return before;
  }
  void finalize() override {}
  void progress() override {}
  [[nodiscard]] std::chrono::microseconds progress_interval() const override { return {}; }
  [[noreturn]] void abort(int exit_code) override { _exit(exit_code); }

 private:
  static void check_root(int root) {
    if (root != 0) throw Error(ErrorCode::internal, "there is no rank " + std::to_string(root));
  }

  WorldInfo world_;
  std::array<std::int64_t, shared_counters> counters_{};
};

}  // namespace

std::unique_ptr<Communicator> make_single_process_communicator() {
  return std::make_unique<SingleProcessCommunicator>();
}

}  // namespace kroncut
