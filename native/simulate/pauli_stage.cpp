#include "simulate/pauli_stage.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "simulate/block_copy.hpp"
#include "simulate/kernel.hpp"

namespace kroncut {
namespace {

constexpr std::size_t line = 8;  // doubles in a cache line

/// Loads `count` amplitudes from `first` on; both multiples of the layout's lanes, or anything where slow.
template <class Real>
void load(const State<Real>& state, std::size_t first, std::size_t count, double* __restrict re,
          double* __restrict im) {
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
    const Real* const __restrict group = state.data() + Layout<Real>::offset(first + k);
    for (std::size_t lane = 0; lane < lanes; ++lane) re[k + lane] = group[lane];
    for (std::size_t lane = 0; lane < lanes; ++lane) im[k + lane] = group[lanes + lane];
  }
}

bool was_cancelled(const void* control) { return static_cast<const Control*>(control)->cancelled(); }

/// to[k] = factor * sign[k] * from[k ^ flip], the lowest bits of `flip` being `low`: a line at a time.
template <std::size_t low>
void turn(const double* __restrict from, const double* __restrict sign, std::size_t count, std::size_t flip,
          double factor, double* __restrict to) {
  for (std::size_t k = 0; k < count; k += line) {
    const double* const source = from + (k ^ (flip - low));
    for (std::size_t lane = 0; lane < line; ++lane) {
      to[k + lane] = factor * sign[k + lane] * source[lane ^ low];
    }
  }
}
constexpr std::array turns{turn<0>, turn<1>, turn<2>, turn<3>, turn<4>, turn<5>, turn<6>, turn<7>};

/// Strings that a task finds.
struct Group {
  std::vector<std::size_t> strings;
  bool sums = false;  // as signed sums
};

/// Those that flip the same qubits together, all others as many as the plan says.
std::vector<Group> group(std::span<const TracedString> strings, const PauliPlan& plan) {
  std::vector<std::size_t> order(strings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (plan.sums()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return strings[a].flips < strings[b].flips; });
  }
  std::vector<Group> groups;
  std::vector<std::size_t> others;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (plan.sums() && end < order.size() && strings[order[end]].flips == strings[order[first]].flips &&
           end - first < SignedSums::lanes) {
      ++end;
    }
    if (end - first > 1) {
      groups.push_back({{order.begin() + static_cast<std::ptrdiff_t>(first),
                         order.begin() + static_cast<std::ptrdiff_t>(end)},
                        true});
    } else {
      others.push_back(order[first]);
    }
    first = end;
  }
  for (std::size_t first = 0; first < others.size(); first += plan.together) {
    const auto begin = others.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = static_cast<std::ptrdiff_t>(std::min(plan.together, others.size() - first));
    groups.push_back({{begin, begin + count}, false});
  }
  return groups;
}

/// Adds a lane to the tree of sums over `bits` bits.
void add_lane(SignedSums& sums, int lane, std::size_t pattern, int bits) {
  constexpr int least = 3;
  std::size_t at = 0;
  for (;; --bits) {
    const std::size_t rest = pattern & ((std::size_t{1} << bits) - 1);
    SignedSums::Node& node = sums.nodes[at];
    node.plain = (node.count == 0 || node.plain) && rest == 0;
    const auto k = static_cast<std::size_t>(node.count++);
    node.lane_of[k] = lane;
    node.pattern[k] = static_cast<unsigned>(rest);
    if (bits == least) return;
    int& child = (rest >> (bits - 1) & 1U) != 0 ? node.one : node.zero;
    if (child < 0) {
      child = static_cast<int>(sums.nodes.size());
      at = sums.nodes.size();
      sums.nodes.emplace_back();
    } else {
      at = static_cast<std::size_t>(child);
    }
  }
}

/// One worker's buffers for chunks of outcomes and traced values.
template <class Real>
class Chunk {
 public:
  Chunk(const State<Real>& state, const LegLayout& layout, const PauliPlan& plan, double* scratch,
        const Control& control)
      : state_(state), layout_(layout), plan_(plan), legs_(std::size_t{1} << layout.legs) {
    const auto take = [&](std::size_t numbers) { return std::exchange(scratch, scratch + numbers); };
    for (double*& part : own_) part = take(legs_ * plan.flat);
    if (plan.observed) {
      for (Parts* const parts : {&other_, &left_}) {
        for (double*& part : *parts) part = take(legs_ * plan.flat);
      }
      sign_ = take(plan.flat);
      sums_.products = take(2 * plan.flat);
    }
    components_ = scratch;
    task_ = {.legs = layout.legs,
             .inputs = layout.inputs,
             .lanes = plan.width,
             .flat = plan.flat,
             .scale = std::ldexp(1.0, 1 - layout.inputs),
             .re = own_[0],
             .im = own_[1],
             .left_re = own_[0],
             .left_im = own_[1],
             .cancelled = was_cancelled,
             .context = &control};
  }

  /// Loads the outcomes and traced values that the sums are over.
  void move_to(std::size_t lane_chunk, std::size_t trace_chunk) {
    first_outcome_ = lane_chunk * plan_.lanes;
    first_traced_ = trace_chunk * plan_.traced;
    load_vectors(first_traced_, own_);
  }

  /// Takes strings that flip the same qubits, to be found as signed sums.
  void prepare(std::span<const TracedString> strings, const std::vector<std::size_t>& chosen) {
    sums_.nodes.assign(1, {});
    const int bits = std::countr_zero(plan_.flat);
    for (std::size_t lane = 0; lane < chosen.size(); ++lane) {
      add_lane(sums_, static_cast<int>(lane), strings[chosen[lane]].signs & (plan_.traced - 1), bits);
    }
  }

  /// Adds (or assigns) the components of these strings to `out`, which has [string][4^legs] of all.
  void add_sums(std::span<const TracedString> strings, const std::vector<std::size_t>& chosen, bool assign,
                double* out, PauliKernel kernel, const Control& control) {
    const std::size_t flips = strings[chosen.front()].flips;
    const bool as_it_is = flips == 0;
    if (!as_it_is) observe({.flips = flips, .signs = 0, .ys = 0});
    for (std::size_t lane = 0; lane < chosen.size(); ++lane) {
      // (-i)^ys, and the signs of the traced bits that are the same in all of the chunk.
      const TracedString& string = strings[chosen[lane]];
      const std::size_t outer = first_traced_ & string.signs & ~(plan_.traced - 1);
      const double sign = (std::popcount(outer) + string.ys / 2) % 2 == 0 ? 1.0 : -1.0;
      sums_.real[lane] = string.ys % 2 == 0 ? sign : 0.0;
      sums_.imaginary[lane] = string.ys % 2 == 0 ? 0.0 : sign;
    }
    PauliTask task = task_;
    task.left_re = as_it_is ? own_[0] : left_[0];
    task.left_im = as_it_is ? own_[1] : left_[1];
    task.sums = &sums_;
    const std::size_t rows = legs_ * legs_;
    in_pieces(task, kernel, [&](std::size_t first, std::size_t count, const double* from) {
      for (std::size_t lane = 0; lane < chosen.size(); ++lane) {
        double* const to = out + chosen[lane] * rows + first;
        for (std::size_t row = 0; row < count; ++row) {
          to[row] = (assign ? 0.0 : to[row]) + from[row * SignedSums::lanes + lane];
        }
      }
    });
    control.check();
  }

  /// Adds (or assigns, for the first chunk of a sum) the components of the chunk to rows of `row_length`.
  void add(const TracedString& string, bool assign, double* out, std::size_t row_length, PauliKernel kernel,
           const Control& control) {
    const bool identity = string.identity();
    if (!identity) observe(string);
    task_.left_re = identity ? own_[0] : left_[0];
    task_.left_im = identity ? own_[1] : left_[1];
    if (plan_.in_place() && assign) {
      kernel(task_, out);
      control.check();
      return;
    }
    const bool stream = assign && plan_.lanes % line == 0 && reinterpret_cast<std::uintptr_t>(out) % 64 == 0;
    in_pieces(task_, kernel, [&](std::size_t first, std::size_t count, double* components) {
      for (std::size_t row = 0; row < count; ++row) {
        double* const to = out + (first + row) * row_length + first_outcome_;
        double* const from = components + row * plan_.width;
        for (std::size_t half = plan_.width / 2; half >= plan_.lanes; half /= 2) {
          for (std::size_t side = 0; side < half; ++side) from[side] += from[half + side];
        }
        if (stream) {
          stream_copy(to, from, plan_.lanes * sizeof(double));
          continue;
        }
        for (std::size_t lane = 0; lane < plan_.lanes; ++lane) {
          to[lane] = (assign ? 0.0 : to[lane]) + from[lane];
        }
      }
    });
    control.check();
    if (stream) finish_streaming();
  }

 private:
  using Parts = std::array<double*, 2>;  // real and imaginary

  /// Finds the components of a task, and gives them to `take` in pieces: first row, rows, [rows][width].
  template <class Take>
  void in_pieces(PauliTask task, PauliKernel kernel, Take take) {
    struct Taker {
      Take& take;
      std::size_t rows;
    } taker{take, (legs_ * legs_) >> 2 * plan_.split};
    task.split = plan_.split;
    task.taker = &taker;
    task.emit = [](void* to, std::size_t row, double* components) {
      const auto* const own = static_cast<Taker*>(to);
      own->take(row, own->rows, components);
    };
    kernel(task, components_);
  }

  void load_vectors(std::size_t first_traced, const Parts& into) const {
    const std::size_t outcomes = std::size_t{1} << layout_.outcomes;
    // Traced values lie one after another where a chunk holds whole rows of outcomes.
    const bool joined = plan_.lanes == outcomes;
    const std::size_t run = joined ? plan_.lanes * plan_.traced : plan_.lanes;
    for (std::size_t leg = 0; leg < legs_; ++leg) {
      double* const re = into[0] + leg * plan_.flat;
      double* const im = into[1] + leg * plan_.flat;
      for (std::size_t done = 0; done < plan_.lanes * plan_.traced; done += run) {
        const std::size_t traced = (leg << layout_.traced) + first_traced + done / plan_.lanes;
        load(state_, traced * outcomes + first_outcome_, run, re + done, im + done);
      }
      std::fill(re + plan_.lanes * plan_.traced, re + plan_.flat, 0.0);
      std::fill(im + plan_.lanes * plan_.traced, im + plan_.flat, 0.0);
    }
  }

  /// The left operand: (S psi)(t) = (-i)^ys (-1)^|t & signs| psi(t ^ flips), for all legs.
  void observe(const TracedString& string) const {
    const std::size_t within = plan_.traced - 1;
    const std::size_t away = string.flips & ~within;
    if (away != 0) load_vectors(first_traced_ ^ away, other_);
    const Parts& from = away == 0 ? own_ : other_;
    for (std::size_t k = 0; k < plan_.flat; ++k) {
      const std::size_t traced = first_traced_ + k / plan_.lanes;
      sign_[k] = std::popcount(traced & string.signs) % 2 == 0 ? 1.0 : -1.0;
    }
    // (-i)^ys is real or imaginary: parts change places where it is imaginary.
    const bool turned = string.ys % 2 != 0;
    const double re_sign = string.ys % 4 < 2 ? 1.0 : -1.0;
    const double im_sign = turned ? -re_sign : re_sign;
    const std::size_t flip = (string.flips & within) * plan_.lanes;
    const auto move = turns[flip % line];
    for (std::size_t leg = 0; leg < legs_; ++leg) {
      const std::size_t row = leg * plan_.flat;
      move(from[turned ? 1 : 0] + row, sign_, plan_.flat, flip, re_sign, left_[0] + row);
      move(from[turned ? 0 : 1] + row, sign_, plan_.flat, flip, im_sign, left_[1] + row);
    }
  }

  const State<Real>& state_;
  const LegLayout& layout_;
  const PauliPlan& plan_;
  std::size_t legs_;
  std::size_t first_outcome_ = 0;
  std::size_t first_traced_ = 0;
  Parts own_{};
  Parts other_{};
  Parts left_{};
  double* sign_ = nullptr;
  SignedSums sums_;
  double* components_ = nullptr;
  PauliTask task_;
};

}  // namespace

PauliPlan::PauliPlan(const LegLayout& layout, std::size_t count)
    : strings(std::max<std::size_t>(count, 1)), observed(count > 0) {
  // A worker's vectors and components stay within the second-level cache where the legs allow it; with many
  // legs the recursion keeps its smaller steps there, and longer rows make each of them worth more.
  // Observables take three times the vectors.
  constexpr std::size_t budget = std::size_t{1} << 15;           // doubles
  constexpr std::size_t observed_budget = std::size_t{1} << 14;  // doubles
  constexpr std::size_t large_budget = std::size_t{1} << 19;     // doubles, up to 32 lanes
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
  const auto pays = [&] {
    const std::size_t room = observed ? observed_budget : budget;
    if (2 * legs * lanes * traced * 2 <= room || lanes * traced < line) return true;
    // Beside many components vectors are small, and each further chunk goes through all components again.
    return observed && 4 * traced <= legs;
  };
  while (traced < all_traced && pays()) traced *= 2;
  lane_chunks = outcomes / lanes;
  trace_chunks = all_traced / traced;
  flat = std::max(lanes * traced, line);
  // Sums across a vector cost more than components of each of its places.
  width = observed ? std::clamp(lanes * traced, lanes, std::max(lanes, line)) : lanes;
  // Pieces of all components at once stay within the second-level cache, too.
  constexpr std::size_t piece_budget = std::size_t{1} << 17;  // doubles
  split = 0;
  while (split < layout.legs && (legs * legs * width) >> split > piece_budget) ++split;
  // What is loaded once serves several strings, as long as there is work for many threads.
  constexpr std::size_t most_together = 8;
  together = std::clamp<std::size_t>(strings / fewest_tasks, 1, most_together);
  groups = strings;
  const std::size_t fewest = (strings + SignedSums::lanes - 1) / SignedSums::lanes;
  parts = 1;
  const std::size_t size = strings * legs * legs * outcomes;
  const auto has_room = [&] {
    return observed ? 2 * parts * size <= largest_partial * fewest_tasks : size <= largest_partial;
  };
  while (parts < trace_chunks && parts * lane_chunks * fewest < fewest_tasks && has_room()) parts *= 2;
}

std::size_t PauliPlan::scratch(const LegLayout& layout) const noexcept {
  const std::size_t legs = std::size_t{1} << layout.legs;
  const bool direct = in_place() && trace_chunks == parts;
  return (observed ? 6 * legs + 3 : 2 * legs) * flat +
         (direct ? 0 : std::max((legs * legs * width) >> split, line));
}

std::uint64_t PauliPlan::work(const LegLayout& layout) const noexcept {
  const int bits = 2 * layout.legs + layout.outcomes;
  return observed ? std::uint64_t{strings} << (bits + layout.traced) : std::uint64_t{1} << bits;
}

std::uint64_t PauliPlan::bytes(const LegLayout& layout, int threads) const noexcept {
  const std::size_t workers = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), tasks());
  const std::size_t partial = parts == 1 ? 0 : (parts * strings) << (2 * layout.legs + layout.outcomes);
  return (workers * scratch(layout) + partial) * sizeof(double);
}

template <class Real>
void pauli_components(const State<Real>& state, const LegLayout& layout,
                      std::span<const TracedString> strings, int threads, std::span<double> out,
                      Control& control, SimdLevel level) {
  constexpr TracedString identity;
  const PauliPlan plan(layout, strings.size());
  if (strings.empty()) strings = {&identity, 1};
  const PauliKernel kernel = pauli_kernel(level);
  const std::vector<Group> groups = group(strings, plan);
  const std::size_t tasks = groups.size() * plan.lane_chunks * plan.parts;
  const std::size_t workers = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), tasks);
  const std::size_t outcomes = std::size_t{1} << layout.outcomes;
  const std::size_t share = plan.trace_chunks / plan.parts;
  const std::size_t size = out.size() / plan.strings;
  const std::size_t scratch = plan.scratch(layout);
  AlignedArray<double> buffers(workers * scratch);
  AlignedArray<double> partial(plan.parts == 1 ? 0 : plan.parts * out.size());
  parallel_for(tasks, static_cast<int>(workers), [&](std::size_t task, int worker) {
    const std::size_t lane_chunk = task % plan.lane_chunks;
    const std::size_t part = task / plan.lane_chunks % plan.parts;
    const Group& own = groups[task / plan.lane_chunks / plan.parts];
    double* const target = plan.parts == 1 ? out.data() : partial.data() + part * out.size();
    Chunk<Real> chunk(state, layout, plan, buffers.data() + static_cast<std::size_t>(worker) * scratch,
                      control);
    if (own.sums) chunk.prepare(strings, own.strings);
    for (std::size_t k = 0; k < share; ++k) {
      chunk.move_to(lane_chunk, part * share + k);
      if (own.sums) {
        chunk.add_sums(strings, own.strings, k == 0, target, kernel, control);
        continue;
      }
      for (const std::size_t string : own.strings) {
        chunk.add(strings[string], k == 0, target + string * size, outcomes, kernel, control);
      }
    }
    control.advance(plan.work(layout) / tasks);
  });
  if (plan.parts == 1) return;
  for (std::size_t k = 0; k < out.size(); ++k) {
    double sum = 0;
    for (std::size_t part = 0; part < plan.parts; ++part) sum += partial[part * out.size() + k];
    out[k] = sum;
  }
}

template <class Real>
State<Real> with_outcomes(const State<Real>& state, LegLayout& layout, TracedString& string,
                          SimdLevel level) {
  // Places of the bits that stay, among those of the index; the lowest first.
  std::vector<int> kept;
  std::size_t base = 0;
  TracedString left{.ys = string.ys};
  int bit = 0;
  for (int k = 0; k < state.bits(); ++k) {
    const int traced = k - layout.outcomes;
    const bool is_traced = traced >= 0 && traced < layout.traced;
    const auto has = [&](std::size_t mask) { return is_traced && (mask >> traced & 1U) != 0; };
    if (has(string.fixed)) {
      if (has(string.values)) base |= std::size_t{1} << k;
      continue;
    }
    if (has(string.flips)) left.flips |= std::size_t{1} << bit;
    if (has(string.signs)) left.signs |= std::size_t{1} << bit;
    if (is_traced) ++bit;
    kept.push_back(k);
  }
  State<Real> result(static_cast<int>(kept.size()), 1, level);
  for (std::size_t index = 0; index < std::size_t{1} << kept.size(); ++index) {
    std::size_t from = base;
    for (std::size_t k = 0; k < kept.size(); ++k) from |= (index >> k & 1U) << kept[k];
    result.set(index, state.get(from));
  }
  layout.traced = bit;
  string = left;
  return result;
}

template State<float> with_outcomes(const State<float>&, LegLayout&, TracedString&, SimdLevel);
template State<double> with_outcomes(const State<double>&, LegLayout&, TracedString&, SimdLevel);

template void pauli_components(const State<float>&, const LegLayout&, std::span<const TracedString>, int,
                               std::span<double>, Control&, SimdLevel);
template void pauli_components(const State<double>&, const LegLayout&, std::span<const TracedString>, int,
                               std::span<double>, Control&, SimdLevel);

}  // namespace kroncut
