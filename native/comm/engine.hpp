#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "comm/communicator.hpp"

namespace kroncut {

/// The thread that owns the communicator: it creates it, makes every call on it in the order of `post`, keeps
/// it moving while there is nothing to do, and finalises it. MPI wants all its calls on one thread
/// (funneled), and a thread of its own keeps the event loop free while a collective call waits for other
/// ranks.
class Engine {
 public:
  enum class State { fresh, starting, running, finalized, failed };
  /// Runs on the engine's thread and must not throw; nullptr means that the engine ended before the job's
  /// turn.
  using Job = std::function<void(Communicator*)>;
  using Make = std::function<std::unique_ptr<Communicator>()>;
  /// Called on the engine's thread: with the communicator, or with nullptr and what `make` threw.
  using Started = std::function<void(Communicator*, std::exception_ptr)>;

  Engine();
  /// Waits for the thread, which must have been finalised or never started.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The process's engine. It is never destroyed: a thread that waits inside MPI cannot be joined at exit.
  static Engine& process();

  /// Starts the thread. Throws Error(internal) when called twice.
  void start(Make make, Started started);
  /// Throws Error(mpi) unless the engine is starting or running.
  void post(Job job);
  /// Finalises after the jobs posted before; `done` gets what the communicator threw, or nullptr.
  void finalize(std::function<void(std::exception_ptr)> done);
  /// Finalises and waits. False if that took longer than `limit` or failed.
  bool finalize_and_wait(std::chrono::milliseconds limit);
  /// Ends all ranks, from any thread, even if the engine's own thread is blocked. Ends this process within
  /// about three seconds in every case.
  [[noreturn]] void abort(int exit_code);
  [[nodiscard]] State state() const;

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared, const Make& make, const Started& started);

  std::shared_ptr<Shared> shared_;
};

}  // namespace kroncut
