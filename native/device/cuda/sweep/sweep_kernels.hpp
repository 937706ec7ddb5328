#pragma once

#include <cstddef>

#include "device/cuda/sweep/gate_list.hpp"
#include "synthesize/qfactor/plateau.hpp"

/// QFactor and QFactor-Sample (Kukliansky et al., arXiv:2306.08152; arXiv:2405.12866) for many starts of many
/// templates with one target: native/synthesize/qfactor/qfactor_sample.cpp, start by start. The states in
/// front of a gate and those behind it stand in columns; with all basis states as columns this is full
/// QFactor.
/// Teams: see runtime/team.cuh.
namespace kroncut::cuda {

enum class Ending : std::int32_t { running, success, plateau, overtrained };

/// What a device knows of a start.
struct SweepStart {
  std::uint32_t pattern = 0;   // number of its template
  std::int32_t iteration = 0;  // since its states were drawn
  std::int32_t iterations = 0;
  Ending ending = Ending::running;
  double cost = HUGE_VAL;
  synthesize::PlateauState plateau;
};

/// One launch. Arrays of a start are found by its slot. Columns are kept in parts: part p holds the columns
/// from p * tile on as a matrix [2^qubits][width of the part], behind the parts before it.
struct SweepTask {
  int qubits = 0;
  int columns = 0;
  int tile = 0;
  int parts = 0;
  const ListedGate* gates = nullptr;
  const std::uint32_t* first_gate = nullptr;  // of each template, and the end
  const Number* axes = nullptr;
  SweepStart* starts = nullptr;
  Number* matrices = nullptr;
  std::uint64_t matrices_stride = 0;
  Number* front = nullptr;  // where they do not fit into shared memory
  Number* back = nullptr;
  Number* sums = nullptr;          // [slot][part][64]
  const Number* target = nullptr;  // [2^qubits][columns], where the states are all basis states or |0...0>
  const Number* inputs = nullptr;  // [slot][columns in parts], where they are samples
  const Number* outputs = nullptr;
  int seen = 0;  // validation states
  const Number* seen_inputs = nullptr;
  const Number* seen_outputs = nullptr;
  Number* probe = nullptr;
  const std::uint32_t* active = nullptr;  // slots of this launch
  int iterations = 0;                     // most of this launch
  int max_iters = 0;
  int reset_iter = 1;
  double tolerance = 0;
  double beta = 0;
  double overtrain_ratio = 0;
  synthesize::PlateauLimits limits;
};

/// Shared memory of a team, beside its columns.
struct SweepScratch {
  Number partial[most_partial];
  Number environment[64];
  Number gate[64];
  Number work[polar_work];
  Number sum[1];
  double cost;
  double seen;
  std::int32_t plateau;
  std::int32_t validates;
};

KRONCUT_HD int part_width(const SweepTask& task, int part) {
  const int left = task.columns - part * task.tile;
  return left < task.tile ? left : task.tile;
}

/// A part of a start: its columns, and its gates.
struct SweepPart {
  int qubits = 0;
  int first = 0;
  int width = 0;
  std::uint64_t stored = 0;  // offset of its columns in the arrays of all starts
  const ListedGate* gates = nullptr;
  int count = 0;
  Number* matrices = nullptr;
  Number* front = nullptr;
  Number* back = nullptr;
};

KRONCUT_HD SweepPart sweep_part(const SweepTask& task, std::uint32_t slot, int part) {
  SweepPart result;
  const std::uint32_t pattern = task.starts[slot].pattern;
  result.qubits = task.qubits;
  result.first = part * task.tile;
  result.width = part_width(task, part);
  const std::uint64_t column = static_cast<std::uint64_t>(slot) * static_cast<std::uint64_t>(task.columns) +
                               static_cast<std::uint64_t>(result.first);
  result.stored = column << task.qubits;
  result.gates = task.gates + task.first_gate[pattern];
  result.count = static_cast<int>(task.first_gate[pattern + 1] - task.first_gate[pattern]);
  result.matrices = task.matrices + slot * task.matrices_stride;
  if (task.front != nullptr) {
    result.front = task.front + result.stored;
    result.back = task.back + result.stored;
  }
  return result;
}

/// Sets the states anew, and applies all gates to those in front.
template <class Team>
KRONCUT_HD void rebuild(const Team& team, const SweepTask& task, const SweepPart& part) {
  team.each(part.width << part.qubits, [&](int k) {
    if (task.inputs != nullptr) {
      part.front[k] = task.inputs[part.stored + static_cast<std::uint64_t>(k)];
      part.back[k] = task.outputs[part.stored + static_cast<std::uint64_t>(k)];
      return;
    }
    const int row = k / part.width;
    const int column = part.first + k % part.width;
    part.front[k] = {row == column ? 1.0 : 0.0, 0};
    part.back[k] = task.target[static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(task.columns) +
                               static_cast<std::uint64_t>(column)];
  });
  for (int t = 0; t < part.count; ++t) {
    apply_listed(team, part.qubits, part.gates[t], part.matrices + part.gates[t].matrix, part.front,
                 part.width);
  }
}

template <class Team>
KRONCUT_HD void adjoint(const Team& team, const ListedGate& gate, const Number* matrix, Number* result) {
  const int d = 1 << gate.arity;
  team.each(d * d, [&](int k) { result[k] = conjugate(matrix[k % d * d + k / d]); });
}

/// Applies the gate of a sweep to the states on one side of it: as it is on the way to the right, its adjoint
/// on the way to the left.
template <class Team>
KRONCUT_HD void carry(const Team& team, const SweepPart& part, int t, bool rightward, Number* states,
                      SweepScratch& scratch) {
  const ListedGate gate = part.gates[t];
  const Number* const matrix = part.matrices + gate.matrix;
  if (!rightward) adjoint(team, gate, matrix, scratch.gate);
  apply_listed(team, part.qubits, gate, rightward ? matrix : scratch.gate, states, part.width);
}

/// Takes the gate off the states in front (leftward), or off those behind (rightward).
template <class Team>
KRONCUT_HD void take_off(const Team& team, const SweepPart& part, int t, bool rightward,
                         SweepScratch& scratch) {
  carry(team, part, t, rightward, rightward ? part.back : part.front, scratch);
}

/// Puts the gate, as it is now, on the other side.
template <class Team>
KRONCUT_HD void put_on(const Team& team, const SweepPart& part, int t, bool rightward,
                       SweepScratch& scratch) {
  carry(team, part, t, rightward, rightward ? part.front : part.back, scratch);
}

KRONCUT_HD bool is_adjustable(const ListedGate& gate) {
  return gate.kind == ListedKind::unitary || gate.kind == ListedKind::rotation;
}

/// The best gate for the environment in the scratch memory takes the old one's place.
template <class Team>
KRONCUT_HD void replace(const Team& team, const SweepTask& task, const ListedGate& gate, Number* matrix,
                        SweepScratch& scratch) {
  const int d = 1 << gate.arity;
  if (gate.kind == ListedKind::rotation) {
    team.each(1, [&](int) { best_rotation(d, scratch.environment, task.axes + gate.axis, matrix); });
    return;
  }
  if (task.beta > 0) {
    team.each(d * d, [&](int k) {
      Number& value = scratch.environment[k];
      value = add(scaled(1 - task.beta, value), scaled(task.beta, conjugate(matrix[k % d * d + k / d])));
    });
  }
  team.warp([&](const auto& warp) { polar(warp, d, scratch.environment, matrix, scratch.work); });
}

/// The cost over the validation states.
template <class Team>
KRONCUT_HD void validate(const Team& team, const SweepTask& task, std::uint32_t slot, SweepScratch& scratch) {
  const SweepPart part = sweep_part(task, slot, 0);
  const int count = task.seen << task.qubits;
  const std::uint64_t begin = static_cast<std::uint64_t>(slot) * static_cast<std::uint64_t>(count);
  Number* const probe = task.probe + begin;
  team.each(count, [&](int k) { probe[k] = task.seen_inputs[begin + static_cast<std::uint64_t>(k)]; });
  for (int t = 0; t < part.count; ++t) {
    apply_listed(team, task.qubits, part.gates[t], part.matrices + part.gates[t].matrix, probe, task.seen);
  }
  overlap(team, probe, task.seen_outputs + begin, count, scratch.partial, scratch.sum);
  team.each(1, [&](int) { scratch.seen = 1 - hypot(scratch.sum[0].re, scratch.sum[0].im) / task.seen; });
}

/// Ends an iteration whose overlap stands in the scratch memory: counts it, and decides whether the start
/// goes on. Validation is worth its time only now and then, and at the end.
template <class Team>
KRONCUT_HD void judge(const Team& team, const SweepTask& task, std::uint32_t slot, SweepScratch& scratch) {
  constexpr int between = 4;
  SweepStart& start = task.starts[slot];
  team.each(1, [&](int) {
    const double cost = 1 - hypot(scratch.sum[0].re, scratch.sum[0].im) / task.columns;
    scratch.cost = cost;
    scratch.plateau = synthesize::on_plateau(task.limits, start.plateau, cost) ? 1 : 0;
    const bool end = cost <= task.tolerance || scratch.plateau != 0;
    scratch.validates =
        task.seen > 0 && start.iteration >= task.limits.min_iters && (end || start.iteration % between == 0)
            ? 1
            : 0;
  });
  const bool validates = scratch.validates != 0;
  if (validates) validate(team, task, slot, scratch);
  team.each(1, [&](int) {
    const double cost = scratch.cost;
    ++start.iteration;
    ++start.iterations;
    start.cost = fabs(cost) < HUGE_VAL ? cost : HUGE_VAL;
    if (scratch.plateau != 0 || start.iterations >= task.max_iters) start.ending = Ending::plateau;
    if (cost <= task.tolerance) start.ending = Ending::success;
    const bool worse =
        validates && scratch.seen > (1 + task.overtrain_ratio) * cost && scratch.seen > task.tolerance;
    if (worse && (scratch.plateau == 0 || cost <= task.tolerance)) start.ending = Ending::overtrained;
  });
}

/// Iterations of a start whose columns are all in this team's memory.
template <class Team>
KRONCUT_HD void run_start(const Team& team, const SweepTask& task, std::uint32_t slot, Number* columns,
                          SweepScratch& scratch) {
  SweepPart part = sweep_part(task, slot, 0);
  part.front = columns;
  part.back = columns + (static_cast<std::uint64_t>(task.columns) << task.qubits);
  rebuild(team, task, part);
  for (int turn = 0; turn < task.iterations; ++turn) {
    if (task.starts[slot].ending != Ending::running) return;
    if (turn > 0 && task.starts[slot].iteration % task.reset_iter == 0) rebuild(team, task, part);
    for (int step = 0; step < 2 * part.count; ++step) {
      const bool rightward = step >= part.count;
      const int t = rightward ? step - part.count : part.count - 1 - step;
      const ListedGate gate = part.gates[t];
      take_off(team, part, t, rightward, scratch);
      if (is_adjustable(gate)) {
        environment(team, part.qubits, gate, part.front, part.back, part.width, scratch.partial,
                    scratch.environment);
        replace(team, task, gate, part.matrices + gate.matrix, scratch);
      }
      put_on(team, part, t, rightward, scratch);
    }
    overlap(team, part.front, part.back, part.width << part.qubits, scratch.partial, scratch.sum);
    judge(team, task, slot, scratch);
  }
}

/// The gate of a start at a place of a sweep; -1 where its list has ended.
KRONCUT_HD int listed_at(const SweepPart& part, int place, bool rightward) {
  if (place < 0 || place >= part.count) return -1;
  return rightward ? place : part.count - 1 - place;
}

/// Several teams for a start, one for each part. A step puts the gate at the place before on, takes the one
/// at `place` off, and leaves this part of its environment in `sums`.
template <class Team>
KRONCUT_HD void step_part(const Team& team, const SweepTask& task, std::uint32_t slot, int number, int place,
                          bool rightward, SweepScratch& scratch) {
  if (task.starts[slot].ending != Ending::running) return;
  const SweepPart part = sweep_part(task, slot, number);
  const int before = listed_at(part, place - 1, rightward);
  if (before >= 0) put_on(team, part, before, rightward, scratch);
  const int t = listed_at(part, place, rightward);
  if (t < 0) return;
  take_off(team, part, t, rightward, scratch);
  const ListedGate gate = part.gates[t];
  if (!is_adjustable(gate)) return;
  Number* const sums =
      task.sums + (slot * static_cast<std::uint64_t>(task.parts) + static_cast<std::uint64_t>(number)) * 64;
  environment(team, part.qubits, gate, part.front, part.back, part.width, scratch.partial, sums);
}

/// Adds up what the parts left in `sums`.
template <class Team>
KRONCUT_HD void add_sums(const Team& team, const SweepTask& task, std::uint32_t slot, int count,
                         Number* result) {
  const Number* const sums = task.sums + slot * static_cast<std::uint64_t>(task.parts) * 64;
  team.each(count, [&](int k) {
    Number sum = sums[k];
    for (int part = 1; part < task.parts; ++part) sum = add(sum, sums[part * 64 + k]);
    result[k] = sum;
  });
}

/// Between two steps: the gate at `place`, anew from its environment.
template <class Team>
KRONCUT_HD void update_start(const Team& team, const SweepTask& task, std::uint32_t slot, int place,
                             bool rightward, SweepScratch& scratch) {
  if (task.starts[slot].ending != Ending::running) return;
  const SweepPart part = sweep_part(task, slot, 0);
  const int t = listed_at(part, place, rightward);
  if (t < 0) return;
  const ListedGate gate = part.gates[t];
  if (!is_adjustable(gate)) return;
  add_sums(team, task, slot, 1 << (2 * gate.arity), scratch.environment);
  replace(team, task, gate, part.matrices + gate.matrix, scratch);
}

/// Before the first iteration, and every `reset_iter` ones.
template <class Team>
KRONCUT_HD void rebuild_part(const Team& team, const SweepTask& task, std::uint32_t slot, int number) {
  const SweepStart& start = task.starts[slot];
  if (start.ending != Ending::running || start.iteration % task.reset_iter != 0) return;
  rebuild(team, task, sweep_part(task, slot, number));
}

template <class Team>
KRONCUT_HD void overlap_part(const Team& team, const SweepTask& task, std::uint32_t slot, int number,
                             SweepScratch& scratch) {
  if (task.starts[slot].ending != Ending::running) return;
  const SweepPart part = sweep_part(task, slot, number);
  overlap(
      team, part.front, part.back, part.width << part.qubits, scratch.partial,
      task.sums + (slot * static_cast<std::uint64_t>(task.parts) + static_cast<std::uint64_t>(number)) * 64);
}

template <class Team>
KRONCUT_HD void judge_start(const Team& team, const SweepTask& task, std::uint32_t slot,
                            SweepScratch& scratch) {
  if (task.starts[slot].ending != Ending::running) return;
  add_sums(team, task, slot, 1, scratch.sum);
  judge(team, task, slot, scratch);
}

/// Columns of states, and where their images under a target go; both are kept as in `SweepTask`.
struct ImageTask {
  int qubits = 0;
  int columns = 0;
  int tile = 0;
  const Number* target = nullptr;
  const Number* inputs = nullptr;
  Number* outputs = nullptr;
};

/// Element `item` of the images, over all slots.
KRONCUT_HD void image_element(const ImageTask& task, std::uint64_t item) {
  const std::uint64_t size = std::uint64_t{1} << task.qubits;
  const auto columns = static_cast<std::uint64_t>(task.columns);
  const auto tile = static_cast<std::uint64_t>(task.tile);
  const std::uint64_t slot = item / (size * columns);
  const std::uint64_t first = item % (size * columns) / (size * tile) * tile;
  const std::uint64_t width = columns - first < tile ? columns - first : tile;
  const std::uint64_t begin = (slot * columns + first) * size;
  const std::uint64_t row = (item - begin) / width;
  const std::uint64_t column = (item - begin) % width;
  Number sum = {0, 0};
  for (std::uint64_t j = 0; j < size; ++j)
    sum = multiply_add(task.target[row * size + j], task.inputs[begin + j * width + column], sum);
  task.outputs[item] = sum;
}

/// Threads of a team, and bytes of its shared memory: the scratch memory, and its columns behind.
struct TeamShape {
  int threads = 0;
  std::size_t shared_bytes = 0;
};

}  // namespace kroncut::cuda
