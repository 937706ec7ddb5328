#include "comm/engine.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

using namespace std::chrono_literals;

struct Record {
  std::atomic<int> progress_calls{0};
  std::atomic<bool> finalized{false};
  std::promise<void> progressed;
};

/// Counts calls; asks for progress when `interval` is not zero.
class RecordingCommunicator final : public Communicator {
 public:
  RecordingCommunicator(Record& record, std::chrono::microseconds interval)
      : record_(record), interval_(interval) {}
  [[nodiscard]] const WorldInfo& world() const override { return world_; }
  void barrier() override {}
  void broadcast(std::vector<std::uint8_t>&, int) override {}
  std::vector<std::vector<std::uint8_t>> gather(std::span<const std::uint8_t>, int) override { return {}; }
  void all_reduce(std::span<double>, ReduceOperation) override {}
  DeviceGroup split_by_device(const std::string&) override { return {}; }
  std::int64_t fetch_add(int, std::int64_t) override { return 0; }
  void finalize() override { record_.finalized = true; }
  void progress() override {
    if (record_.progress_calls++ == 2) record_.progressed.set_value();
  }
  [[nodiscard]] std::chrono::microseconds progress_interval() const override { return interval_; }
  [[noreturn]] void abort(int) override { std::terminate(); }

 private:
  Record& record_;
  std::chrono::microseconds interval_;
  WorldInfo world_;
};

Engine::Make recording(Record& record, std::chrono::microseconds interval = 0us) {
  return [&record, interval] { return std::make_unique<RecordingCommunicator>(record, interval); };
}

void ignore_start(Communicator*, const std::exception_ptr&) {}

/// Starts the engine and waits until it runs: one that still starts cannot be finalised.
void start_and_wait(Engine& engine, Engine::Make make) {
  const auto started = std::make_shared<std::promise<void>>();
  engine.start(std::move(make),
               [started](Communicator*, const std::exception_ptr&) { started->set_value(); });
  started->get_future().wait();
}

}  // namespace

KRONCUT_TEST(engine_runs_jobs_in_order_on_one_thread) {
  Record record;
  Engine engine;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  start_and_wait(engine, recording(record));
  for (int i = 0; i < 5; ++i) {
    engine.post([&order, &threads, i](Communicator* communicator) {
      if (communicator != nullptr) order.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  }
  KRONCUT_CHECK(engine.finalize_and_wait(60s));
  KRONCUT_CHECK((order == std::vector<int>{0, 1, 2, 3, 4}));
  for (const auto& thread : threads) {
    KRONCUT_CHECK(thread == threads.front() && thread != std::this_thread::get_id());
  }
  KRONCUT_CHECK(record.finalized);
  KRONCUT_CHECK(engine.state() == Engine::State::finalized);
  KRONCUT_CHECK_THROWS(engine.post([](Communicator*) {}), ErrorCode::mpi);
}

KRONCUT_TEST(engine_keeps_an_idle_communicator_moving) {
  Record record;
  Engine engine;
  engine.start(recording(record, 100us), ignore_start);
  record.progressed.get_future().wait();
  KRONCUT_CHECK(engine.finalize_and_wait(60s));
}

KRONCUT_TEST(engine_reports_what_the_start_threw) {
  Engine engine;
  std::promise<bool> was_mpi_error;
  engine.start([]() -> std::unique_ptr<Communicator> { throw Error(ErrorCode::mpi, "no start"); },
               [&](Communicator* communicator, const std::exception_ptr& error) {
                 bool expected = false;
                 try {
                   if (communicator == nullptr) std::rethrow_exception(error);
                 } catch (const Error& caught) {
                   expected = caught.code() == ErrorCode::mpi;
                 }
                 was_mpi_error.set_value(expected);
               });
  KRONCUT_CHECK(was_mpi_error.get_future().get());
  KRONCUT_CHECK(engine.state() == Engine::State::failed);
}

KRONCUT_TEST(engine_answers_jobs_that_come_too_late) {
  Record record;
  Engine engine;
  std::promise<void> release;
  std::promise<bool> was_refused;
  engine.start(recording(record), ignore_start);
  engine.post([&release](Communicator*) { release.get_future().wait(); });
  engine.finalize([](const std::exception_ptr&) {});
  engine.post([&was_refused](Communicator* communicator) { was_refused.set_value(communicator == nullptr); });
  release.set_value();
  KRONCUT_CHECK(was_refused.get_future().get());
}

KRONCUT_TEST(engine_gives_up_waiting_for_a_blocked_call) {
  Record record;
  std::promise<void> release;
  Engine engine;
  start_and_wait(engine, recording(record));
  engine.post([&release](Communicator*) { release.get_future().wait(); });
  KRONCUT_CHECK(!engine.finalize_and_wait(20ms));
  release.set_value();
}

KRONCUT_TEST(engine_starts_once) {
  Record record;
  Engine engine;
  KRONCUT_CHECK(engine.finalize_and_wait(0ms));
  start_and_wait(engine, recording(record));
  KRONCUT_CHECK_THROWS(engine.start(recording(record), ignore_start), ErrorCode::internal);
  KRONCUT_CHECK(engine.finalize_and_wait(60s));
}

KRONCUT_TEST(single_process_counts_and_gathers) {
  const auto communicator = make_single_process_communicator();
  KRONCUT_CHECK(communicator->world().size == 1 && communicator->world().nodes == 1);
  KRONCUT_CHECK(communicator->fetch_add(3, 2) == 0);
  KRONCUT_CHECK(communicator->fetch_add(3, 1) == 2);
  KRONCUT_CHECK(communicator->fetch_add(0, 1) == 0);
  KRONCUT_CHECK_THROWS(communicator->fetch_add(shared_counters, 1), ErrorCode::internal);
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  const auto all = communicator->gather(bytes, 0);
  KRONCUT_CHECK(all.size() == 1 && all.front() == bytes);
  std::vector<std::uint8_t> copy = bytes;
  KRONCUT_CHECK_THROWS(communicator->broadcast(copy, 1), ErrorCode::internal);
}

}  // namespace kroncut
