#include "device/cuda/tensor/cuda_tensor.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "core/parallel.hpp"
#include "device/cuda/runtime/transfer.hpp"
#include "device/cuda/tensor/tensor_launch.hpp"
#include "device/cuda/tensor/tensor_plan.hpp"
#include "simulate/fuse.hpp"

namespace kroncut::cuda {
namespace {

/// Values of one chunk on its way to the host: 64 MiB.
constexpr int chunk_value_bits = 23;
/// Gates put on the stream before the host looks whether the call was cancelled.
constexpr std::size_t gates_per_check = 32;

/// Memory of one chunk of outcomes.
struct ChunkBuffers {
  ChunkBuffers(PinnedPool& pinned, const TensorPlan& plan, int bits)
      : chunk_bits(bits),
        work(work_size(plan.chunk(bits, 0))),
        transfer(pinned, result_size(plan.chunk(bits, 0))) {}
  int chunk_bits;
  DeviceArray<double> work;
  Transfer transfer;
};

template <class T>
DeviceArray<Complex<T>> allocate_state(const SubcircuitProgram& program, const TensorPlan& plan) {
  const std::uint64_t size = std::uint64_t{1} << plan.state_bits;
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "reading the free memory");
  if (size > free / sizeof(Complex<T>)) {
    throw Error(ErrorCode::memory, "the state of " + std::to_string(program.circuit.qubits) +
                                       " qubits with " + std::to_string(program.inputs.size()) +
                                       " cut inputs needs " + format_bytes(size * sizeof(Complex<T>)) +
                                       " of device memory; " + format_bytes(free) + " of " +
                                       format_bytes(total) + " are free");
  }
  return DeviceArray<Complex<T>>(size);
}

/// Puts the evolution of all basis inputs on the stream.
template <class T>
void evolve(const std::vector<GateOperation>& gates, const TensorPlan& plan,
            const DeviceArray<Complex<T>>& state, cudaStream_t stream, Control& control) {
  check(cudaMemsetAsync(state.get(), 0, state.size() * sizeof(Complex<T>), stream), "clearing the state");
  TensorLaunch launch(stream);
  launch.set_basis_inputs(plan.basis_inputs, state.get());
  std::size_t waiting = 0;
  for (const auto& gate : gates) {
    const auto task = make_gate_task<T>(gate, plan.basis_inputs.count);
    launch.gate(task, state.get(), gate_count(task, plan.state_bits));
    if (++waiting == gates_per_check) {
      check(cudaStreamSynchronize(stream), "applying gates");
      control.advance(waiting * state.size());
      waiting = 0;
    }
  }
  check(cudaStreamSynchronize(stream), "applying gates");
  control.advance(waiting * state.size());
}

/// Copies a chunk [4^legs][2^chunk_bits] to its columns of the tensor [4^legs][2^outcome_bits].
void place_chunk(const TensorPlan& plan, int chunk_bits, std::size_t chunk, const double* values, int threads,
                 std::span<double> out) {
  constexpr int most_piece_bits = 16;
  const int piece_bits = std::min(chunk_bits, most_piece_bits);
  const std::size_t piece = std::size_t{1} << piece_bits;
  const std::size_t rows = std::size_t{1} << (2 * plan.task.legs.count);
  const std::size_t pieces_per_row = std::size_t{1} << (chunk_bits - piece_bits);
  // Rows shorter than a piece are taken several at a time.
  const std::size_t group = std::min(rows, std::size_t{1} << (most_piece_bits - piece_bits));
  parallel_for(rows / group * pieces_per_row, threads, [&](std::size_t index, int) {
    const std::size_t offset = index % pieces_per_row * piece;
    const std::size_t first = index / pieces_per_row * group;
    for (std::size_t row = first; row < first + group; ++row) {
      std::memcpy(out.data() + (row << plan.outcome_bits) + (chunk << chunk_bits) + offset,
                  values + (row << chunk_bits) + offset, piece * sizeof(double));
    }
  });
}

template <class T>
void compute(PinnedPool& pinned, const SubcircuitProgram& program, int threads, std::span<double> out,
             Control& control) {
  const TensorPlan plan = plan_tensor(program);
  const int legs = plan.task.legs.count;
  if (out.size() != std::size_t{1} << (2 * legs + plan.outcome_bits)) {
    throw Error(ErrorCode::internal, "the tensor's array has the wrong size");
  }
  const DeviceArray<Complex<T>> state = allocate_state<T>(program, plan);
  const int largest = std::min(plan.outcome_bits, std::max(0, chunk_value_bits - 2 * legs));
  const auto buffers = halve_until_it_fits(
      largest, [&](int chunk_bits) { return std::make_unique<ChunkBuffers>(pinned, plan, chunk_bits); });
  const std::vector<GateOperation> gates = fuse(program.circuit);
  control.expect(gates.size() * state.size() + out.size());
  const cudaStream_t stream = buffers->transfer.compute_stream();
  evolve(gates, plan, state, stream, control);
  TensorLaunch launch(stream);
  const int chunk_bits = buffers->chunk_bits;
  const std::size_t values = std::size_t{1} << (2 * legs + chunk_bits);
  buffers->transfer.run(
      std::size_t{1} << (plan.outcome_bits - chunk_bits),
      [&](std::size_t chunk, double* result) {
        tensor_chunk(launch, plan.chunk(chunk_bits, chunk), state.get(), buffers->work.get(), result);
        return values;
      },
      [&](std::size_t chunk, const double* result) {
        place_chunk(plan, chunk_bits, chunk, result, threads, out);
        control.advance(values);
      });
}

}  // namespace

void subcircuit_tensor(PinnedPool& pinned, const SubcircuitProgram& program, Precision precision, int threads,
                       std::span<double> out, Control& control) {
  validate(program);
  if (precision == Precision::single_precision) {
    compute<float>(pinned, program, threads, out, control);
  } else {
    compute<double>(pinned, program, threads, out, control);
  }
}

}  // namespace kroncut::cuda
