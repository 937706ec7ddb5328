#include "core/signal_watch.hpp"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <thread>

#include "core/error.hpp"

namespace kroncut {
namespace {

// Signals are the process's, and so is what answers them.
constexpr std::size_t most_signals = 65;
std::array<struct sigaction, most_signals> before{};
std::atomic<int> unheard{0};
std::atomic<std::int64_t> grace_milliseconds{0};
sem_t came;
sem_t heard;

/// Only what is safe in a handler.
void on_signal(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  unheard.store(number);
  sem_post(&came);
  const struct sigaction& other = before[static_cast<std::size_t>(number)];
  if ((other.sa_flags & SA_SIGINFO) != 0) {
    other.sa_sigaction(number, info, context);
  } else if (other.sa_handler != SIG_DFL && other.sa_handler != SIG_IGN) {
    other.sa_handler(number);
  }
  errno = saved;
}

bool wait_until_heard() {
  timespec end{};
  clock_gettime(CLOCK_REALTIME, &end);
  const std::int64_t nanoseconds = end.tv_nsec + grace_milliseconds.load() % 1000 * 1'000'000;
  end.tv_sec += grace_milliseconds.load() / 1000 + nanoseconds / 1'000'000'000;
  end.tv_nsec = nanoseconds % 1'000'000'000;
  while (unheard.load() != 0) {
    if (sem_timedwait(&heard, &end) != 0 && errno == ETIMEDOUT) return unheard.load() == 0;
  }
  return true;
}

void watch() {
  for (;;) {
    while (sem_wait(&came) != 0) continue;
    const int number = unheard.load();
    if (number == 0 || wait_until_heard()) continue;
    constexpr std::string_view text =
        "kroncut: ended by a signal in the middle of work that does not wait for any\n";
    // Where nobody reads there is nobody to tell.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) errno = 0;
    _exit(128 + number);
  }
}

}  // namespace

void watch_signals(const std::vector<int>& signals, std::chrono::milliseconds grace) {
  grace_milliseconds.store(grace.count());
  static const bool started = [&] {
    if (sem_init(&came, 0, 0) != 0 || sem_init(&heard, 0, 0) != 0) {
      throw Error(ErrorCode::internal, "the system has no semaphores left");
    }
    // The watch itself takes none.
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    std::thread(watch).detach();
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    for (const int number : signals) {
      auto& other = before.at(static_cast<std::size_t>(number));
      if (sigaction(number, nullptr, &other) != 0) throw_errno("cannot watch", "a signal");
      struct sigaction own {};
      own.sa_sigaction = on_signal;
      own.sa_mask = other.sa_mask;
      own.sa_flags = (other.sa_flags & ~SA_RESETHAND) | SA_SIGINFO | SA_RESTART;
      if (sigaction(number, &own, nullptr) != 0) throw_errno("cannot watch", "a signal");
    }
    return true;
  }();
  static_cast<void>(started);
}

void signal_heard() noexcept {
  unheard.store(0);
  sem_post(&heard);
}

}  // namespace kroncut
