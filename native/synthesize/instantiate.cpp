#include "synthesize/instantiate.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "synthesize/batch_runner.hpp"
#include "synthesize/methods.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/problem/starts.hpp"

namespace kroncut::synthesize {
namespace {

/// Starts from which on a device is worth it: below, most of it would idle.
constexpr std::size_t device_starts = 64;

/// One template's search, shared by all threads.
struct Search {
  Plan plan;
  std::vector<double> warm;
  Method method = Method::lm;
  std::vector<StartResult> starts;
  std::atomic<int> first_success{std::numeric_limits<int>::max()};
};

struct Task {
  std::size_t search = 0;
  int first = 0;
  int count = 0;
  bool alone = false;  // one start, by the runner that takes least memory
};

void lower(std::atomic<int>& value, int candidate) {
  int old = value.load();
  while (candidate < old && !value.compare_exchange_weak(old, candidate)) {
  }
}

/// All searches of one call, cut into tasks.
class Scan {
 public:
  Scan(const Target& target, std::span<const Template> patterns, const Options& options, Control& control,
       BatchRunner* device)
      : target_(target),
        options_(options),
        alone_(options),
        control_(control),
        device_(device),
        searches_(patterns.size()) {
    alone_.multistarts = 1;
    for (std::size_t i = 0; i < patterns.size(); ++i) prepare(i, patterns[i]);
  }

  void run() {
    control_.expect(tasks_.size() + batched_.size());
    if (!batched_.empty()) run_batched();
    try {
      run_tasks();
    } catch (...) {
      if (!is_out_of_memory() || !split_batches()) throw;
      run_tasks();
    }
  }

  std::vector<std::optional<Result>> results() {
    std::vector<std::optional<Result>> results;
    bool over = false;
    for (Search& search : searches_) {
      results.emplace_back();
      if (over) continue;
      results.back() = result(search);
      over = options_.first_success && results.back()->success;
    }
    return results;
  }

 private:
  struct Workplace {
    std::size_t search = std::numeric_limits<std::size_t>::max();
    std::unique_ptr<Runner> runner;
  };

  /// Calls `body` for every index over the threads; where memory gives out for what was not done then, over
  /// half as many, down to one. A body that was cut off is called anew.
  void over_threads(std::size_t count, const std::function<void(std::size_t, Workplace&)>& body) {
    std::vector<char> done(count, 0);
    for (int threads = options_.threads;; threads /= 2) {
      std::vector<std::size_t> open;
      for (std::size_t index = 0; index < count; ++index) {
        if (done[index] == 0) open.push_back(index);
      }
      try {
        std::vector<Workplace> workplaces(static_cast<std::size_t>(threads));
        parallel_for(open.size(), threads, [&](std::size_t place, int worker) {
          body(open[place], workplaces[static_cast<std::size_t>(worker)]);
          done[open[place]] = 1;
        });
        return;
      } catch (...) {
        if (threads == 1 || !is_out_of_memory()) throw;
      }
    }
  }

  void run_tasks() {
    over_threads(tasks_.size(), [&](std::size_t index, Workplace& workplace) {
      if (tasks_[index].count == 0) return;
      run_task(tasks_[index], workplace);
      tasks_[index].count = 0;
      control_.advance(1);
    });
  }

  /// Replaces batches of starts that are not done by their starts, each alone: half the memory. False where
  /// there are none.
  bool split_batches() {
    std::vector<Task> singles;
    std::size_t open = 0;
    for (const Task& task : tasks_) {
      open += task.count > 0 ? 1 : 0;
      for (int s = 0; s < task.count; ++s) singles.push_back({task.search, task.first + s, 1, true});
    }
    tasks_ = std::move(singles);
    control_.expect(tasks_.size() - open);
    return tasks_.size() > open;
  }

  void prepare(std::size_t index, const Template& pattern) {
    Search& search = searches_[index];
    search.plan = make_plan(pattern);
    // Only the first time in full: the target is the same.
    if (index == 0 || search.plan.qubits != target_.qubits) check_target(target_, search.plan.qubits);
    if (search.plan.generators == 0) {
      throw Error(ErrorCode::input,
                  "the template has no gate to adjust: give it a u3, a rotation or a free gate");
    }
    search.warm = pattern.parameters;
    search.method = method_of(search.plan);
    search.starts.resize(static_cast<std::size_t>(options_.multistarts));
    if (device_ != nullptr && search.method != Method::lm) {
      for (int number = 0; number < options_.multistarts; ++number) batched_.push_back({index, number, 1});
      return;
    }
    const bool batched = search.method == Method::qfactor && target_.kind == TargetKind::unitary &&
                         runs_batched(search.plan, options_);
    const int step = batched ? batch_starts : 1;
    for (int first = 0; first < options_.multistarts; first += step) {
      tasks_.push_back({index, first, std::min(step, options_.multistarts - first)});
    }
  }

  [[nodiscard]] Method method_of(const Plan& plan) const {
    if (options_.method != Method::automatic) return options_.method;
    const std::size_t starts = searches_.size() * static_cast<std::size_t>(options_.multistarts);
    if (device_ == nullptr || starts < device_starts) return choose_method(plan, target_);
    return device_method(plan.qubits, target_.kind);
  }

  /// Where a start begins.
  [[nodiscard]] Matrices beginning(const Search& search, int number) const {
    if (number == 0 && !search.warm.empty()) return to_matrices(search.plan, search.warm);
    Random random(options_.seed, static_cast<std::uint64_t>(number));
    return begin_start(search.plan, random, number);
  }

  /// All starts for the device; those that end there are finished here.
  void run_batched() {
    std::vector<BatchedStart> starts(batched_.size());
    parallel_for(starts.size(), options_.threads, [&](std::size_t index, int) {
      const Task& task = batched_[index];
      Search& search = searches_[task.search];
      StartResult& start = search.starts[static_cast<std::size_t>(task.first)];
      start.matrices = beginning(search, task.first);
      starts[index] = {&search.plan, &start};
    });
    std::size_t finished = 0;
    const auto wanted = [&](std::size_t index) {
      return !obsolete(batched_[index].search, batched_[index].first);
    };
    const auto ended = [&](std::span<const std::size_t> indices) {
      over_threads(indices.size(), [&](std::size_t place, Workplace& workplace) {
        finish(batched_[indices[place]], workplace);
      });
      finished += indices.size();
      control_.advance(indices.size());
    };
    device_->run(searches_[batched_[0].search].method, target_, starts, options_, control_, {wanted, ended});
    control_.advance(batched_.size() - finished);
  }

  /// Polishes and settles a start that ended on the device.
  void finish(const Task& task, Workplace& workplace) {
    if (obsolete(task.search, task.first)) return;
    Search& search = searches_[task.search];
    if (workplace.search != task.search) {
      workplace.runner.reset();
      workplace.runner = make_polisher(search.plan, target_, options_);
      workplace.search = task.search;
    }
    const std::span<StartResult> start(&search.starts[static_cast<std::size_t>(task.first)], 1);
    if (workplace.runner != nullptr) {
      workplace.runner->run(start, [&] {
        control_.check();
        return obsolete(task.search, task.first);
      });
    }
    settle(task);
  }

  /// Whether the starts from `first` on can no longer be the answer.
  [[nodiscard]] bool obsolete(std::size_t index, int first) const {
    if (!options_.all_starts && searches_[index].first_success.load() < first) return true;
    return options_.first_success && first_success_.load() < static_cast<int>(index);
  }

  void run_task(const Task& task, Workplace& workplace) {
    Search& search = searches_[task.search];
    if (obsolete(task.search, task.first)) return;
    if (workplace.search != task.search) {
      // The old one's memory goes before the new one's comes.
      workplace.runner.reset();
      workplace.runner = make_runner(search.method, search.plan, target_, task.alone ? alone_ : options_);
      workplace.search = task.search;
    }
    const auto starts =
        std::span(search.starts)
            .subspan(static_cast<std::size_t>(task.first), static_cast<std::size_t>(task.count));
    for (int s = 0; s < task.count; ++s)
      starts[static_cast<std::size_t>(s)].matrices = beginning(search, task.first + s);
    workplace.runner->run(starts, [&] {
      control_.check();
      return obsolete(task.search, task.first);
    });
    settle(task);
  }

  /// What the starts of a task have reached, by their parameters.
  void settle(const Task& task) {
    if (obsolete(task.search, task.first)) return;
    Search& search = searches_[task.search];
    for (int s = 0; s < task.count; ++s) {
      StartResult& start = search.starts[static_cast<std::size_t>(task.first + s)];
      if (!std::isfinite(start.distance)) continue;
      // What counts is what the parameters say: phases are dropped, and rounding of many steps is taken away.
      make_unitary(search.plan, start.matrices);
      start.matrices = to_matrices(search.plan, to_parameters(search.plan, start.matrices));
      start.distance = distance(target_, search.plan, start.matrices);
      if (start.distance <= options_.dist_tol) {
        lower(search.first_success, task.first + s);
        lower(first_success_, static_cast<int>(task.search));
      }
    }
  }

  [[nodiscard]] Result result(Search& search) const {
    Result result;
    const int success = search.first_success.load();
    result.success = success < options_.multistarts;
    result.start = success;
    if (!result.success) {
      const auto best =
          std::min_element(search.starts.begin(), search.starts.end(),
                           [](const auto& a, const auto& b) { return a.distance < b.distance; });
      result.start = static_cast<int>(best - search.starts.begin());
    }
    const int counted = result.success && !options_.all_starts ? success + 1 : options_.multistarts;
    for (int s = 0; s < counted; ++s) {
      result.distances.push_back(search.starts[static_cast<std::size_t>(s)].distance);
      result.total_iterations += search.starts[static_cast<std::size_t>(s)].iterations;
    }
    const StartResult& answer = search.starts[static_cast<std::size_t>(result.start)];
    result.distance = answer.distance;
    result.iterations = answer.iterations;
    result.method = search.method;
    result.parameters = to_parameters(search.plan, answer.matrices);
    return result;
  }

  const Target& target_;
  const Options& options_;
  Options alone_;  // of a start by itself
  Control& control_;
  BatchRunner* device_;
  std::vector<Search> searches_;
  std::vector<Task> tasks_;
  std::vector<Task> batched_;  // one start each, for the device
  std::atomic<int> first_success_{std::numeric_limits<int>::max()};
};

[[noreturn]] void refuse(const std::string& name, const std::string& wanted, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  throw Error(ErrorCode::usage, name + " must be " + wanted + ", not " + text.data());
}

}  // namespace

Method device_method(int qubits, TargetKind kind) noexcept {
  const bool few_columns = qubits >= 8 || kind == TargetKind::state;
  return few_columns ? Method::qfactor_sample : Method::qfactor;
}

void check_options(const Options& options) {
  const auto whole = [](const char* name, int value, int least) {
    if (value < least) refuse(name, "a whole number of at least " + std::to_string(least), value);
  };
  const auto share = [](const char* name, double value) {
    if (!(value >= 0 && value < 1)) refuse(name, "at least 0 and below 1", value);
  };
  whole("multistarts", options.multistarts, 1);
  whole("threads", options.threads, 1);
  whole("deviceShare", options.device_share, 1);
  whole("maxIters", options.max_iters, 1);
  whole("minIters", options.min_iters, 0);
  whole("diffTolStep", options.diff_tol_step, 1);
  whole("resetIter", options.reset_iter, 1);
  whole("trainingStates", options.training_states, 0);
  whole("validationStates", options.validation_states, 1);
  if (!(options.dist_tol >= 1e-14 && options.dist_tol < 1)) {
    refuse("distTol", "at least 1e-14 (less is below the rounding of a distance) and below 1",
           options.dist_tol);
  }
  share("diffTolA", options.diff_tol_a);
  share("diffTolR", options.diff_tol_r);
  share("diffTolStepR", options.diff_tol_step_r);
  share("beta", options.beta);
  if (!(options.overtrain_ratio > 0)) refuse("overtrainRatio", "above 0", options.overtrain_ratio);
}

std::vector<std::optional<Result>> instantiate_many(const Target& target, std::span<const Template> patterns,
                                                    const Options& options, Control& control) {
  check_options(options);
  Scan scan(target, patterns, options, control, nullptr);
  scan.run();
  return scan.results();
}

std::vector<std::optional<Result>> instantiate_many_on(BatchRunner& device, const Target& target,
                                                       std::span<const Template> patterns,
                                                       const Options& options, Control& control) {
  check_options(options);
  Scan scan(target, patterns, options, control, &device);
  scan.run();
  return scan.results();
}

Result instantiate(const Target& target, const Template& pattern, const Options& options, Control& control) {
  std::vector<std::optional<Result>> results =
      instantiate_many(target, std::span(&pattern, 1), options, control);
  return std::move(*results[0]);
}

}  // namespace kroncut::synthesize
