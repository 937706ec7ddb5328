#include "simulate/pauli_stage.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "simulate/block_copy.hpp"
#include "simulate/kernel.hpp"

namespace kroncut {
namespace {

constexpr std::size_t line = 8;  // doubles in a cache line

/// Loads `count` amplitudes from `first` on; both multiples of the layout's lanes, or anything where slow.
template <class Real>
void load(const State<Real>& state, std::size_t first, std::size_t count, double* re, double* im) {
  constexpr std::size_t lanes = Layout<Real>::lanes;
  if (count % lanes != 0 || first % lanes != 0) {
    for (std::size_t k = 0; k < count; ++k) {
      const auto value = state.get(first + k);
      re[k] = value.real();
      im[k] = value.imag();
    }
    return;
  }
  for (std::size_t k = 0; k < count; k += lanes) {
    const Real* const group = state.data() + Layout<Real>::offset(first + k);
    for (std::size_t lane = 0; lane < lanes; ++lane) re[k + lane] = group[lane];
    for (std::size_t lane = 0; lane < lanes; ++lane) im[k + lane] = group[lanes + lane];
  }
}

bool was_cancelled(const void* control) { return static_cast<const Control*>(control)->cancelled(); }

/// One worker's buffers for chunks of outcomes and traced values.
template <class Real>
class Chunk {
 public:
  Chunk(const State<Real>& state, const LegLayout& layout, const PauliPlan& plan, double* scratch,
        const Control& control)
      : state_(state), layout_(layout), plan_(plan), vectors_((std::size_t{1} << layout.legs) * plan.flat) {
    re_ = scratch;
    im_ = re_ + vectors_;
    components_ = im_ + vectors_;
    task_ = {.legs = layout.legs,
             .inputs = layout.inputs,
             .lanes = plan.lanes,
             .flat = plan.flat,
             .scale = std::ldexp(1.0, 1 - layout.inputs),
             .re = re_,
             .im = im_,
             .cancelled = was_cancelled,
             .context = &control};
  }

  /// Adds (or assigns, for the first chunk of a sum) the components of one chunk to rows of `row_length`.
  void add(std::size_t lane_chunk, std::size_t trace_chunk, bool assign, double* out, std::size_t row_length,
           PauliKernel kernel, const Control& control) {
    load_vectors(lane_chunk * plan_.lanes, trace_chunk * plan_.traced);
    const bool direct = plan_.in_place() && assign;
    kernel(task_, direct ? out : components_);
    control.check();
    if (direct) return;
    const std::size_t rows = std::size_t{1} << (2 * layout_.legs);
    const bool stream = assign && plan_.lanes % line == 0 && reinterpret_cast<std::uintptr_t>(out) % 64 == 0;
    for (std::size_t row = 0; row < rows; ++row) {
      double* const to = out + row * row_length + lane_chunk * plan_.lanes;
      const double* const from = components_ + row * plan_.lanes;
      if (stream) {
        stream_copy(to, from, plan_.lanes * sizeof(double));
      } else {
        for (std::size_t lane = 0; lane < plan_.lanes; ++lane) {
          to[lane] = (assign ? 0.0 : to[lane]) + from[lane];
        }
      }
    }
    if (stream) finish_streaming();
  }

 private:
  void load_vectors(std::size_t first_outcome, std::size_t first_traced) {
    const std::size_t outcomes = std::size_t{1} << layout_.outcomes;
    // Traced values lie one after another where a chunk holds whole rows of outcomes.
    const bool joined = plan_.lanes == outcomes;
    const std::size_t run = joined ? plan_.lanes * plan_.traced : plan_.lanes;
    for (std::size_t leg = 0; leg < std::size_t{1} << layout_.legs; ++leg) {
      double* const re = re_ + leg * plan_.flat;
      double* const im = im_ + leg * plan_.flat;
      for (std::size_t done = 0; done < plan_.lanes * plan_.traced; done += run) {
        const std::size_t traced = (leg << layout_.traced) + first_traced + done / plan_.lanes;
        load(state_, traced * outcomes + first_outcome, run, re + done, im + done);
      }
      std::fill(re + plan_.lanes * plan_.traced, re + plan_.flat, 0.0);
      std::fill(im + plan_.lanes * plan_.traced, im + plan_.flat, 0.0);
    }
  }

  const State<Real>& state_;
  const LegLayout& layout_;
  const PauliPlan& plan_;
  std::size_t vectors_;
  double* re_;
  double* im_;
  double* components_;
  PauliTask task_;
};

}  // namespace

PauliPlan::PauliPlan(const LegLayout& layout) {
  // A worker's vectors and components stay within the second-level cache where the legs allow it; with many
  // legs the recursion keeps its smaller steps there, and longer rows make each of them worth more.
  constexpr std::size_t budget = std::size_t{1} << 15;        // doubles
  constexpr std::size_t large_budget = std::size_t{1} << 19;  // doubles, up to 32 lanes
  constexpr std::size_t fewest_tasks = 32;
  constexpr std::size_t largest_partial = std::size_t{1} << 17;  // doubles
  const std::size_t outcomes = std::size_t{1} << layout.outcomes;
  const std::size_t all_traced = std::size_t{1} << layout.traced;
  const std::size_t legs = std::size_t{1} << layout.legs;
  lanes = std::min(outcomes, line);
  const auto fits = [&](std::size_t room) { return (legs * legs + 2 * legs) * lanes * 2 <= room; };
  while (lanes < outcomes && ((lanes < 512 && fits(budget)) || (lanes < 32 && fits(large_budget))))
    lanes *= 2;
  traced = 1;
  while (traced < all_traced && (2 * legs * lanes * traced * 2 <= budget || lanes * traced < line))
    traced *= 2;
  lane_chunks = outcomes / lanes;
  trace_chunks = all_traced / traced;
  parts = 1;
  if (legs * legs * outcomes <= largest_partial) {
    while (parts < trace_chunks && parts * lane_chunks < fewest_tasks) parts *= 2;
  }
  flat = std::max(lanes * traced, line);
}

std::size_t PauliPlan::scratch(const LegLayout& layout) const noexcept {
  const std::size_t legs = std::size_t{1} << layout.legs;
  const bool direct = in_place() && trace_chunks == parts;
  return 2 * legs * flat + (direct ? 0 : std::max(legs * legs * lanes, line));
}

std::uint64_t PauliPlan::bytes(const LegLayout& layout, int threads) const noexcept {
  const std::size_t workers = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), tasks());
  const std::size_t partial = parts == 1 ? 0 : parts << (2 * layout.legs + layout.outcomes);
  return (workers * scratch(layout) + partial) * sizeof(double);
}

template <class Real>
void pauli_components(const State<Real>& state, const LegLayout& layout, int threads, std::span<double> out,
                      Control& control, SimdLevel level) {
  const PauliPlan plan(layout);
  const PauliKernel kernel = pauli_kernel(level);
  const std::size_t workers =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), plan.tasks());
  const std::size_t outcomes = std::size_t{1} << layout.outcomes;
  const std::size_t share = plan.trace_chunks / plan.parts;
  const std::size_t scratch = plan.scratch(layout);
  AlignedArray<double> buffers(workers * scratch);
  AlignedArray<double> partial(plan.parts == 1 ? 0 : plan.parts * out.size());
  parallel_for(plan.tasks(), static_cast<int>(workers), [&](std::size_t task, int worker) {
    const std::size_t part = task / plan.lane_chunks;
    const std::size_t lane_chunk = task % plan.lane_chunks;
    double* const target = plan.parts == 1 ? out.data() : partial.data() + part * out.size();
    Chunk<Real> chunk(state, layout, plan, buffers.data() + static_cast<std::size_t>(worker) * scratch,
                      control);
    for (std::size_t k = 0; k < share; ++k) {
      chunk.add(lane_chunk, part * share + k, k == 0, target, outcomes, kernel, control);
    }
    control.advance(out.size() / plan.tasks());
  });
  if (plan.parts == 1) return;
  for (std::size_t k = 0; k < out.size(); ++k) {
    double sum = 0;
    for (std::size_t part = 0; part < plan.parts; ++part) sum += partial[part * out.size() + k];
    out[k] = sum;
  }
}

template void pauli_components(const State<float>&, const LegLayout&, int, std::span<double>, Control&,
                               SimdLevel);
template void pauli_components(const State<double>&, const LegLayout&, int, std::span<double>, Control&,
                               SimdLevel);

}  // namespace kroncut
