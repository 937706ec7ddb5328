#include "device/cuda/sweep/cuda_synthesis.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/parallel.hpp"
#include "device/cuda/runtime/cuda_support.hpp"
#include "device/cuda/sweep/sweep_launch.hpp"
#include "device/cuda/sweep/sweep_plan.hpp"
#include "device/cuda/sweep/sweep_slots.hpp"
#include "synthesize/problem/linear.hpp"
#include "synthesize/qfactor/qfactor.hpp"
#include "synthesize/qfactor/qfactor_sample.hpp"

namespace kroncut::cuda {
namespace {

namespace syn = synthesize;

/// Numbers of states that the host draws before they travel: 1 MiB.
constexpr std::size_t staged_numbers = std::size_t{1} << 16;

template <class T>
void upload(T* to, const void* from, std::size_t count, cudaStream_t stream) {
  if (count == 0) return;
  check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyHostToDevice, stream),
        "copying starts to the device");
}

template <class T>
void download(void* to, const T* from, std::size_t count, cudaStream_t stream) {
  check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, stream),
        "copying starts to the host");
}

/// Dynamic shared memory that a block may ask for.
std::size_t shared_limit() {
  int device = 0;
  int bytes = 0;
  check(cudaGetDevice(&device), "reading the current device");
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
        "reading the size of shared memory");
  return static_cast<std::size_t>(bytes);
}

/// A start of a call, on its way through larger and larger sets of states.
struct Job {
  std::size_t index = 0;
  std::uint32_t pattern = 0;
  syn::Random validation{0, 0};  // where its validation states come from
  syn::Random training{0, 0};
};

/// Iterations of some starts that several teams share: two kernels for each gate of each sweep, which take
/// the device less time than the host needs to launch them where columns are short. So one iteration is
/// recorded, and launched as one; it is the same for all as long as as many starts run.
class Iterations {
 public:
  Iterations(const SweepTask& task, int most_gates, std::size_t starts, cudaStream_t stream)
      : task_(task),
        starts_(starts),
        stream_(stream),
        graph_(stream, [&] { put(SweepLaunch(stream), most_gates); }) {}
  [[nodiscard]] std::size_t starts() const noexcept { return starts_; }
  void launch(int first, int count) {
    for (int turn = first; turn < first + count; ++turn) {
      // All starts of a batch began together.
      if (turn % task_.reset_iter == 0) SweepLaunch(stream_).rebuild_parts(task_, starts_);
      graph_.launch(stream_);
    }
  }

 private:
  void put(SweepLaunch launch, int most_gates) const {
    for (const bool rightward : {false, true}) {
      for (int place = 0; place < most_gates; ++place) {
        launch.step_parts(task_, starts_, place, rightward);
        launch.update_starts(task_, starts_, place, rightward);
      }
      launch.step_parts(task_, starts_, most_gates, rightward);
    }
    launch.overlap_parts(task_, starts_);
    launch.judge_starts(task_, starts_);
  }
  SweepTask task_;
  std::size_t starts_;
  cudaStream_t stream_;
  Graph graph_;
};

/// One call of SweepRunner::run.
class Sweeps {
 public:
  Sweeps(const syn::Target& target, std::span<const syn::BatchedStart> starts, const syn::Options& options,
         Control& control, const syn::BatchWatch& watch)
      : target_(target),
        starts_(starts),
        options_(options),
        control_(control),
        watch_(watch),
        shared_limit_(shared_limit()) {
    std::map<const syn::Plan*, std::uint32_t> numbers;
    std::vector<const syn::Plan*> plans;
    for (std::size_t index = 0; index < starts.size(); ++index) {
      const auto [entry, added] =
          numbers.emplace(starts[index].plan, static_cast<std::uint32_t>(plans.size()));
      if (added) plans.push_back(starts[index].plan);
      starts[index].result->iterations = 0;
      jobs_.push_back({index, entry->second, {0, 0}, {0, 0}});
    }
    lists_ = list_gates(plans);
    gates_ = DeviceArray<ListedGate>(lists_.gates.size());
    first_gate_ = DeviceArray<std::uint32_t>(lists_.first_gate.size());
    axes_ = DeviceArray<Number>(lists_.axes.size());
    values_ = DeviceArray<Number>(target.values.size());
    const Stream stream;
    upload(gates_.get(), lists_.gates.data(), lists_.gates.size(), stream.get());
    upload(first_gate_.get(), lists_.first_gate.data(), lists_.first_gate.size(), stream.get());
    upload(axes_.get(), lists_.axes.data(), lists_.axes.size(), stream.get());
    upload(values_.get(), target.values.data(), target.values.size(), stream.get());
    stream.wait();
  }

  /// All columns of the target at once.
  void run_full(std::span<Job> jobs) {
    const int columns = target_.kind == syn::TargetKind::state ? 1 : 1 << target_.qubits;
    run_shape({target_.qubits, columns, false, 0}, jobs,
              [&](std::span<const std::size_t> ended, std::span<const Ending>) { watch_.ended(ended); });
  }

  /// Few random columns, twice as many whenever a start fits them but not the others, at last all.
  void run_sampled() {
    beginnings_.resize(starts_.size());
    for (Job& job : jobs_) {
      const syn::Matrices& beginning = starts_[job.index].result->matrices;
      beginnings_[job.index] = beginning;
      job.validation = syn::sample_stream(options_, beginning);
      job.training = job.validation;
      std::vector<syn::Complex> state(std::size_t{1} << target_.qubits);
      for (int number = 0; number < options_.validation_states; ++number)
        syn::random_state(job.training, state);
    }
    // Templates of different size begin with different numbers of states.
    std::map<std::size_t, std::vector<Job>> levels;
    for (const Job& job : jobs_)
      levels[syn::first_training_states(*starts_[job.index].plan, options_)].push_back(job);
    while (!levels.empty()) {
      const std::size_t count = levels.begin()->first;
      std::vector<Job> jobs = std::move(levels.begin()->second);
      levels.erase(levels.begin());
      for (const Job& job : jobs) starts_[job.index].result->matrices = beginnings_[job.index];
      if (count >= std::size_t{1} << target_.qubits) {
        run_full(jobs);
        continue;
      }
      std::map<std::size_t, Job*> by_index;
      for (Job& job : jobs) by_index[job.index] = &job;
      const SweepShape shape{target_.qubits, static_cast<int>(count), true, options_.validation_states};
      run_shape(shape, jobs, [&](std::span<const std::size_t> ended, std::span<const Ending> endings) {
        for (const std::size_t again : settle(ended, endings))
          levels[2 * count].push_back(*by_index.at(again));
      });
    }
  }

  std::span<Job> jobs() { return jobs_; }

 private:
  using Ended = std::function<void(std::span<const std::size_t>, std::span<const Ending>)>;

  /// Hands on the starts that are done, by all columns of the target; returns those that want more states.
  std::vector<std::size_t> settle(std::span<const std::size_t> ended, std::span<const Ending> endings) {
    std::vector<double> distances(ended.size());
    parallel_for(ended.size(), options_.threads, [&](std::size_t place, int) {
      const syn::BatchedStart& start = starts_[ended[place]];
      if (endings[place] != Ending::overtrained)
        distances[place] = syn::distance(target_, *start.plan, start.result->matrices);
    });
    std::vector<std::size_t> done;
    std::vector<std::size_t> again;
    for (std::size_t place = 0; place < ended.size(); ++place) {
      syn::StartResult& result = *starts_[ended[place]].result;
      const bool spent = result.iterations >= options_.max_iters;
      if (endings[place] == Ending::overtrained && !spent) {
        again.push_back(ended[place]);
        continue;
      }
      result.distance = endings[place] == Ending::overtrained ? result.distance : distances[place];
      const bool enough = spent || endings[place] == Ending::plateau || result.distance <= options_.dist_tol;
      (enough ? done : again).push_back(ended[place]);
    }
    if (!done.empty()) watch_.ended(done);
    return again;
  }

  /// Runs starts with states of one shape, in as many batches as memory wants.
  void run_shape(const SweepShape& shape, std::span<Job> jobs, const Ended& ended) {
    const SweepLayout layout = plan_sweep(shape, lists_, shared_limit_);
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "reading the free memory");
    // Each of the calls that share the device leaves as much to the others as it takes.
    const auto share = static_cast<std::size_t>(std::max(1, options_.device_share));
    const int bits = fitting_bits(layout, free / share, jobs.size());
    if (bits < 0) {
      throw Error(ErrorCode::memory, "a start on " + std::to_string(shape.qubits) + " qubits needs " +
                                         format_bytes(layout.start_bytes) + " of device memory; " +
                                         format_bytes(free) + " of " + format_bytes(total) + " are free");
    }
    std::size_t capacity = 0;
    const auto slots = halve_until_it_fits(bits, [&](int fewer) {
      capacity = std::min(jobs.size(), std::size_t{1} << fewer);
      return std::make_unique<Slots>(shape, layout, lists_, capacity);
    });
    for (std::size_t first = 0; first < jobs.size(); first += capacity) {
      run_batch(shape, layout, *slots, jobs.subspan(first, std::min(capacity, jobs.size() - first)), ended);
    }
  }

  SweepTask make_task(const SweepShape& shape, const SweepLayout& layout, const Slots& slots) const {
    SweepTask task;
    task.qubits = shape.qubits;
    task.columns = shape.columns;
    task.tile = layout.tile;
    task.parts = layout.parts;
    task.gates = gates_.get();
    task.first_gate = first_gate_.get();
    task.axes = axes_.get();
    task.starts = slots.starts.get();
    task.matrices = slots.matrices.get();
    task.matrices_stride = lists_.matrices;
    task.front = slots.front.get();
    task.back = slots.back.get();
    task.sums = slots.sums.get();
    task.target = values_.get();
    task.inputs = slots.inputs.get();
    task.outputs = slots.outputs.get();
    task.seen = shape.seen;
    task.seen_inputs = slots.seen_inputs.get();
    task.seen_outputs = slots.seen_outputs.get();
    task.probe = slots.probe.get();
    task.active = slots.active.get();
    task.max_iters = options_.max_iters;
    task.reset_iter = options_.reset_iter;
    task.tolerance = options_.dist_tol;
    task.beta = options_.beta;
    task.overtrain_ratio = options_.overtrain_ratio;
    task.limits = syn::plateau_limits(options_);
    return task;
  }

  void run_batch(const SweepShape& shape, const SweepLayout& layout, Slots& slots, std::span<Job> jobs,
                 const Ended& ended) {
    const cudaStream_t stream = slots.stream.get();
    load(shape, layout, slots, jobs);
    SweepTask task = make_task(shape, layout, slots);
    std::vector<std::uint32_t>& running = slots.running;
    running.resize(jobs.size());
    for (std::uint32_t slot = 0; slot < running.size(); ++slot) running[slot] = slot;
    std::optional<Iterations> iterations;
    for (int iteration = 0;;) {
      control_.check();
      std::erase_if(running, [&](std::uint32_t slot) { return !watch_.wanted(jobs[slot].index); });
      if (running.empty()) return;
      upload(slots.active.get(), running.data(), running.size(), stream);
      task.iterations = launch_iterations(shape, layout, lists_, running.size(), options_.reset_iter);
      if (layout.shared) {
        SweepLaunch(stream).sweep(task, running.size(), {layout.threads, layout.shared_bytes});
      } else {
        if (!iterations || iterations->starts() != running.size())
          iterations.emplace(task, lists_.most_gates, running.size(), stream);
        iterations->launch(iteration, task.iterations);
      }
      iteration += task.iterations;
      download(slots.states.data(), slots.starts.get(), slots.states.size(), stream);
      slots.stream.wait();
      collect(slots, jobs, ended);
    }
  }

  /// Where the starts begin, and their states.
  void load(const SweepShape& shape, const SweepLayout& layout, Slots& slots, std::span<Job> jobs) const {
    const cudaStream_t stream = slots.stream.get();
    std::vector<SweepStart>& states = slots.states;
    std::vector<syn::Complex>& matrices = slots.staged;
    states.assign(jobs.size(), {});
    matrices.assign(jobs.size() * lists_.matrices, {});
    for (std::size_t slot = 0; slot < jobs.size(); ++slot) {
      const syn::StartResult& result = *starts_[jobs[slot].index].result;
      states[slot].pattern = jobs[slot].pattern;
      states[slot].iterations = result.iterations;
      std::copy(result.matrices.begin(), result.matrices.end(),
                matrices.begin() + static_cast<std::ptrdiff_t>(slot * lists_.matrices));
    }
    upload(slots.starts.get(), states.data(), states.size(), stream);
    upload(slots.matrices.get(), matrices.data(), matrices.size(), stream);
    slots.stream.wait();
    if (shape.sampled) {
      sample(shape.columns, layout.tile, slots, jobs, false);
      sample(shape.seen, shape.seen, slots, jobs, true);
    }
  }

  /// Draws the states of all starts, and finds their images on the device.
  void sample(int columns, int tile, Slots& slots, std::span<Job> jobs, bool validation) const {
    const std::size_t size = std::size_t{1} << target_.qubits;
    const auto all = static_cast<std::size_t>(columns);
    const auto most = static_cast<std::size_t>(tile);
    const DeviceArray<Number>& inputs = validation ? slots.seen_inputs : slots.inputs;
    // Some starts after the other, so that the host does not need as much memory as the device.
    const std::size_t group =
        std::max(static_cast<std::size_t>(options_.threads), staged_numbers / (all * size));
    for (std::size_t begin = 0; begin < jobs.size(); begin += group) {
      const std::span<Job> some = jobs.subspan(begin, std::min(group, jobs.size() - begin));
      slots.staged.assign(some.size() * all * size, {});
      parallel_for(some.size(), options_.threads, [&](std::size_t slot, int) {
        Random random = validation ? some[slot].validation : some[slot].training;
        std::vector<syn::Complex> state(size);
        for (std::size_t column = 0; column < all; ++column) {
          syn::random_state(random, state);
          const std::size_t first = column / most * most;
          const std::size_t width = std::min(most, all - first);
          syn::Complex* const part = slots.staged.data() + (slot * all + first) * size;
          for (std::size_t row = 0; row < size; ++row) part[row * width + column - first] = state[row];
        }
        if (!validation) some[slot].training = random;
      });
      upload(inputs.get() + begin * all * size, slots.staged.data(), slots.staged.size(), slots.stream.get());
      slots.stream.wait();
    }
    ImageTask task;
    task.qubits = target_.qubits;
    task.columns = columns;
    task.tile = tile;
    task.target = values_.get();
    task.inputs = inputs.get();
    task.outputs = (validation ? slots.seen_outputs : slots.outputs).get();
    SweepLaunch(slots.stream.get()).images(task, jobs.size() * all * size);
    slots.stream.wait();
  }

  /// Fetches the starts that have ended, and takes them off the list.
  void collect(Slots& slots, std::span<Job> jobs, const Ended& ended) const {
    const std::vector<SweepStart>& states = slots.states;
    std::vector<std::size_t> indices;
    std::vector<Ending> endings;
    for (const std::uint32_t slot : slots.running) {
      const SweepStart& state = states[slot];
      if (state.ending == Ending::running) continue;
      syn::StartResult& result = *starts_[jobs[slot].index].result;
      result.iterations = state.iterations;
      result.distance = state.cost;
      download(result.matrices.data(), slots.matrices.get() + slot * lists_.matrices, result.matrices.size(),
               slots.stream.get());
      indices.push_back(jobs[slot].index);
      endings.push_back(state.ending);
    }
    slots.stream.wait();
    std::erase_if(slots.running, [&](std::uint32_t slot) { return states[slot].ending != Ending::running; });
    if (!indices.empty()) ended(indices, endings);
  }

  using Random = syn::Random;
  const syn::Target& target_;
  std::span<const syn::BatchedStart> starts_;
  const syn::Options& options_;
  Control& control_;
  const syn::BatchWatch& watch_;
  std::size_t shared_limit_;
  std::vector<Job> jobs_;
  std::vector<syn::Matrices> beginnings_;
  GateLists lists_;
  DeviceArray<ListedGate> gates_;
  DeviceArray<std::uint32_t> first_gate_;
  DeviceArray<Number> axes_;
  DeviceArray<Number> values_;
};

}  // namespace

void allow_shared_memory() { SweepLaunch::allow_shared(shared_limit()); }

std::uint64_t start_bytes(const syn::Plan& plan, syn::TargetKind kind, const syn::Options& options) {
  syn::Method method = options.method;
  if (method == syn::Method::automatic) method = syn::device_method(plan.qubits, kind);
  return most_start_bytes(plan, kind, options, method, shared_limit());
}

void SweepRunner::run(syn::Method method, const syn::Target& target,
                      std::span<const syn::BatchedStart> starts, const syn::Options& options,
                      Control& control, const syn::BatchWatch& watch) {
  if (starts.empty()) return;
  Sweeps sweeps(target, starts, options, control, watch);
  if (method == syn::Method::qfactor_sample && target.kind == syn::TargetKind::unitary) {
    sweeps.run_sampled();
  } else {
    sweeps.run_full(sweeps.jobs());
  }
}

}  // namespace kroncut::cuda
