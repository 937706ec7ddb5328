#include "core/parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace kroncut {
namespace {

thread_local bool inside_parallel_region = false;

/// One parallel_for in flight: workers draw indices until none is left or one has thrown.
struct Region {
  std::size_t count;
  const std::function<void(std::size_t, int)>* body;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr error;

  void work(int worker) {
    inside_parallel_region = true;
    for (;;) {
      const std::size_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= count || failed.load(std::memory_order_relaxed)) break;
      try {
        (*body)(index, worker);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        failed.store(true, std::memory_order_relaxed);
      }
    }
    inside_parallel_region = false;
  }
};

/// Helper threads, started when first needed, for one region at a time.
class Pool {
 public:
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void run(Region& region, int helpers) {
    {
      const std::lock_guard lock(mutex_);
      while (static_cast<int>(threads_.size()) < helpers) {
        const int worker = static_cast<int>(threads_.size()) + 1;
        threads_.emplace_back([this, worker, seen = generation_] { serve(worker, seen); });
      }
      region_ = &region;
      helpers_ = helpers;
      active_ = helpers;
      ++generation_;
    }
    wake_.notify_all();
    region.work(0);
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return active_ == 0; });
    region_ = nullptr;
  }

 private:
  void serve(int worker, std::size_t seen) {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
      if (stopping_) return;
      seen = generation_;
      if (worker > helpers_) continue;
      Region* region = region_;
      lock.unlock();
      region->work(worker);
      lock.lock();
      if (--active_ == 0) idle_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<std::thread> threads_;
  Region* region_ = nullptr;
  std::size_t generation_ = 0;
  int helpers_ = 0;
  int active_ = 0;
  bool stopping_ = false;
};

/// As many pools as there have been callers at once.
class Pools {
 public:
  void run(Region& region, int helpers) {
    std::unique_ptr<Pool> pool = take();
    pool->run(region, helpers);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(pool));
  }

 private:
  std::unique_ptr<Pool> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Pool>();
    std::unique_ptr<Pool> pool = std::move(idle_.back());
    idle_.pop_back();
    return pool;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Pool>> idle_;
};

/// Never destroyed: a process that ends while another thread computes must not wait for that computation.
Pools& pools() {
  static Pools* const instance = new Pools;
  return *instance;
}

}  // namespace

int available_threads() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t, int)>& body) {
  if (count == 0) return;
  const int helpers =
      static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(std::max(1, threads)))) - 1;
  if (helpers == 0 || inside_parallel_region) {
    for (std::size_t index = 0; index < count; ++index) body(index, 0);
    return;
  }
  Region region;
  region.count = count;
  region.body = &body;
  pools().run(region, helpers);
  if (region.error) std::rethrow_exception(region.error);
}

}  // namespace kroncut
