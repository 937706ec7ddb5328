#include "core/parallel.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {

KRONCUT_TEST(parallel_for_visits_every_index_once) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(visits.size(), threads, [&](std::size_t index, int worker) {
      KRONCUT_CHECK(worker >= 0 && worker < threads);
      ++visits[index];
    });
    for (const auto& count : visits) KRONCUT_CHECK(count == 1);
  }
}

KRONCUT_TEST(parallel_for_rethrows_and_stays_usable) {
  const auto failing = [] {
    parallel_for(100, 3, [](std::size_t index, int) {
      if (index == 7) throw Error(ErrorCode::input, "seven");
    });
  };
  KRONCUT_CHECK_THROWS(failing(), ErrorCode::input);
  std::atomic<int> sum{0};
  parallel_for(10, 3, [&](std::size_t index, int) { sum += static_cast<int>(index); });
  KRONCUT_CHECK(sum == 45);
}

KRONCUT_TEST(parallel_for_serves_several_callers_at_once) {
  // Neither call can end before the other has begun.
  std::atomic<int> begun{0};
  const auto call = [&] {
    std::atomic<int> visits{0};
    parallel_for(3, 3, [&](std::size_t, int) {
      if (visits++ == 0) ++begun;
      while (begun < 2) std::this_thread::yield();
    });
    KRONCUT_CHECK(visits == 3);
  };
  std::thread other(call);
  call();
  other.join();
}

KRONCUT_TEST(parallel_for_nests_on_the_calling_thread) {
  std::atomic<int> sum{0};
  parallel_for(4, 2, [&](std::size_t, int) {
    parallel_for(5, 2, [&](std::size_t, int worker) {
      KRONCUT_CHECK(worker == 0);
      ++sum;
    });
  });
  KRONCUT_CHECK(sum == 20);
}

}  // namespace kroncut
