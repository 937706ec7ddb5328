#include "comm/engine.hpp"

#include <unistd.h>

#include <thread>
#include <utility>

#include "core/error.hpp"

namespace kroncut {

struct Engine::Shared {
  mutable std::mutex mutex;
  std::condition_variable wake;     // a job was posted
  std::condition_variable changed;  // the state or `ended` changed
  std::deque<Job> jobs;
  State state = State::fresh;
  bool ended = false;  // the thread makes no further call
  std::shared_ptr<Communicator> communicator;
};

Engine::Engine() : shared_(std::make_shared<Shared>()) {}

Engine::~Engine() {
  std::unique_lock lock(shared_->mutex);
  if (shared_->state == State::fresh) return;
  shared_->changed.wait(lock, [this] { return shared_->ended; });
}

Engine& Engine::process() {
  static auto* const engine = new Engine();
  return *engine;
}

void Engine::start(Make make, Started started) {
  {
    const std::scoped_lock lock(shared_->mutex);
    if (shared_->state != State::fresh) {
      throw Error(ErrorCode::internal, "the communication engine was started before");
    }
    shared_->state = State::starting;
  }
  std::thread([shared = shared_, make = std::move(make), started = std::move(started)] {
    run(shared, make, started);
  }).detach();
}

void Engine::post(Job job) {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->state != State::starting && shared_->state != State::running) {
    throw Error(ErrorCode::mpi, shared_->state == State::fresh ? "MPI was not started" : "MPI has ended");
  }
  shared_->jobs.push_back(std::move(job));
  shared_->wake.notify_one();
}

void Engine::finalize(std::function<void(std::exception_ptr)> done) {
  post([shared = shared_.get(), done = std::move(done)](Communicator* communicator) {
    std::exception_ptr error;
    try {
      if (communicator == nullptr) throw Error(ErrorCode::mpi, "MPI has ended");
      communicator->finalize();
    } catch (...) {
      error = std::current_exception();
    }
    if (communicator != nullptr) {
      const std::scoped_lock lock(shared->mutex);
      shared->state = error == nullptr ? State::finalized : State::failed;
    }
    done(error);
  });
}

bool Engine::finalize_and_wait(std::chrono::milliseconds limit) {
  const State now = state();
  if (now == State::fresh || now == State::finalized) return true;
  if (now != State::running) return false;
  try {
    finalize([](std::exception_ptr) {});
  } catch (const Error&) {
    // It ended in between; how, is looked up below.
  }
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, limit, [this] { return shared_->ended; });
  return shared_->ended && shared_->state == State::finalized;
}

void Engine::abort(int exit_code) {
  using namespace std::chrono_literals;
  std::shared_ptr<Communicator> communicator;
  {
    const std::scoped_lock lock(shared_->mutex);
    if (shared_->state == State::running) communicator = shared_->communicator;
    // The engine's own thread is the right one to ask, unless it is blocked.
    if (communicator != nullptr) {
      shared_->jobs.push_front([exit_code](Communicator* own) {
        if (own != nullptr) own->abort(exit_code);
      });
      shared_->wake.notify_one();
    }
  }
  if (communicator == nullptr) _exit(exit_code);
  std::thread([exit_code] {
    std::this_thread::sleep_for(2500ms);
    _exit(exit_code);
  }).detach();
  std::this_thread::sleep_for(500ms);
  communicator->abort(exit_code);
  _exit(exit_code);
}

Engine::State Engine::state() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->state;
}

void Engine::run(const std::shared_ptr<Shared>& shared, const Make& make, const Started& started) {
  std::shared_ptr<Communicator> communicator;
  std::exception_ptr error;
  try {
    communicator = make();
  } catch (...) {
    error = std::current_exception();
  }
  {
    const std::scoped_lock lock(shared->mutex);
    shared->communicator = communicator;
    shared->state = communicator == nullptr ? State::failed : State::running;
  }
  started(communicator.get(), error);

  std::unique_lock lock(shared->mutex);
  while (shared->state == State::running) {
    if (shared->jobs.empty()) {
      const auto interval = communicator->progress_interval();
      if (interval.count() == 0) {
        shared->wake.wait(lock);
      } else if (shared->wake.wait_for(lock, interval) == std::cv_status::timeout) {
        lock.unlock();
        communicator->progress();
        lock.lock();
      }
      continue;
    }
    const Job job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    job(communicator.get());
    lock.lock();
  }
  // Whoever still waits for an answer gets one.
  const auto left = std::exchange(shared->jobs, {});
  shared->communicator.reset();
  lock.unlock();
  for (const Job& job : left) job(nullptr);
  lock.lock();
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace kroncut
