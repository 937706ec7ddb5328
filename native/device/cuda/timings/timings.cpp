#include "device/cuda/timings/timings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "contract/consumers/consumers.hpp"
#include "core/bits.hpp"
#include "device/backend.hpp"
#include "device/cuda/product/product_launch.hpp"
#include "device/cuda/product/product_plan.hpp"
#include "device/cuda/reduction/reduction_launch.hpp"
#include "device/cuda/runtime/cuda_support.hpp"
#include "device/cuda/tensor/gate_task.hpp"
#include "device/cuda/tensor/tensor_launch.hpp"
#include "device/cuda/tensor/tensor_plan.hpp"
#include "device/cuda/timings/timing_inputs.hpp"

namespace kroncut::cuda {
namespace {

/// What a row did; a limit is the longer of the times that its bytes and its operations take at best.
struct Work {
  double bytes = 0;
  double operations = 0;
};

/// Time on a stream between two points.
class Clock : NotCopied {
 public:
  Clock() {
    for (cudaEvent_t& event : events_)
      check(cudaEventCreateWithFlags(&event, cudaEventDefault), "creating an event");
  }
  ~Clock() {
    for (cudaEvent_t const event : events_) cudaEventDestroy(event);
  }
  double seconds(cudaStream_t stream, const std::function<void()>& work) const {
    check(cudaEventRecord(events_[0], stream), "recording an event");
    work();
    check(cudaEventRecord(events_[1], stream), "recording an event");
    check(cudaEventSynchronize(events_[1]), "waiting for the device");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, events_[0], events_[1]), "reading a time");
    return milliseconds * 1e-3;
  }

 private:
  cudaEvent_t events_[2] = {};
};

double host_seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

class Table {
 public:
  Table(const TimingSizes& sizes, std::FILE* out) : sizes_(sizes), out_(out) {
    std::fprintf(out_, "| what | time | memory | arithmetic | of its limit | wanted |\n");
    std::fprintf(out_, "| --- | ---: | ---: | ---: | ---: | ---: |\n");
  }

  /// The fastest of some runs on the stream, after one that warms up.
  double on_stream(const std::string& what, const Work& work, int wanted, const std::function<void()>& body) {
    return row(what, work, wanted, [&] { return clock_.seconds(stream_.get(), body); });
  }
  double on_host(const std::string& what, const Work& work, int wanted, const std::function<void()>& body) {
    return row(what, work, wanted, [&] { return host_seconds(body); });
  }
  void set_limits(double bytes_per_second, double operations_per_second) {
    bandwidth_ = bytes_per_second;
    peak_ = operations_per_second;
  }
  [[nodiscard]] cudaStream_t stream() const { return stream_.get(); }
  [[nodiscard]] const TimingSizes& sizes() const { return sizes_; }

 private:
  double row(const std::string& what, const Work& work, int wanted, const std::function<double()>& once) {
    once();
    double best = std::numeric_limits<double>::infinity();
    for (int repeat = 0; repeat < sizes_.repeats; ++repeat) best = std::min(best, once());
    std::fprintf(out_, "| %s | %.3g ms |", what.c_str(), 1e3 * best);
    print_rate(work.bytes / best, "GB/s");
    print_rate(work.operations / best, "GFLOP/s");
    const double limit =
        std::max(bandwidth_ > 0 ? work.bytes / bandwidth_ : 0, peak_ > 0 ? work.operations / peak_ : 0);
    if (limit > 0)
      std::fprintf(out_, " %.0f %% |", 100 * limit / best);
    else
      std::fprintf(out_, "  |");
    if (wanted > 0)
      std::fprintf(out_, " %d %% |\n", wanted);
    else
      std::fprintf(out_, "  |\n");
    std::fflush(out_);
    return best;
  }
  void print_rate(double rate, const char* unit) const {
    if (rate > 0)
      std::fprintf(out_, " %.0f %s |", 1e-9 * rate, unit);
    else
      std::fprintf(out_, "  |");
  }

  const TimingSizes& sizes_;
  std::FILE* out_;
  double bandwidth_ = 0;
  double peak_ = 0;
  Clock clock_;
  Stream stream_;
};

/// Copies on the device and over the bus, and a square matrix product.
void time_limits(Table& table) {
  const std::size_t count = std::size_t{1} << table.sizes().copy_bits;
  const double bytes = static_cast<double>(count * sizeof(double));
  const cudaStream_t stream = table.stream();
  double copy = 0;
  {
    const DeviceArray<double> from(count);
    const DeviceArray<double> to(count);
    check(cudaMemsetAsync(from.get(), 0, count * sizeof(double), stream), "clearing an array");
    copy = table.on_stream("copy on the device", {2 * bytes, 0}, 0, [&] {
      check(cudaMemcpyAsync(to.get(), from.get(), count * sizeof(double), cudaMemcpyDeviceToDevice, stream),
            "copying");
    });
    const std::size_t part = count / 8;
    PinnedPool pool;
    const PinnedArray<double> host(pool, part);
    table.on_stream("device to pinned host memory", {bytes / 8, 0}, 0, [&] {
      check(cudaMemcpyAsync(host.get(), from.get(), part * sizeof(double), cudaMemcpyDeviceToHost, stream),
            "copying");
    });
    table.on_stream("pinned host memory to device", {bytes / 8, 0}, 0, [&] {
      check(cudaMemcpyAsync(to.get(), host.get(), part * sizeof(double), cudaMemcpyHostToDevice, stream),
            "copying");
    });
  }
  const auto n = static_cast<std::size_t>(table.sizes().matrix);
  const DeviceArray<double> a(n * n);
  const DeviceArray<double> b(n * n);
  const DeviceArray<double> c(n * n);
  for (const auto* const array : {&a, &b})
    check(cudaMemsetAsync(array->get(), 0, n * n * sizeof(double), stream), "clearing an array");
  const BlasHandle blas;
  check(cublasSetStream(blas.get(), stream), "choosing a stream");
  const double operations = 2 * std::pow(static_cast<double>(n), 3);
  const double multiply =
      table.on_stream("cuBLAS DGEMM, " + std::to_string(n) + " rows", {0, operations}, 0, [&] {
        const double one = 1;
        const double zero = 0;
        const auto m = static_cast<std::int64_t>(n);
        check(cublasDgemm_64(blas.get(), CUBLAS_OP_N, CUBLAS_OP_N, m, m, m, &one, a.get(), m, b.get(), m,
                             &zero, c.get(), m),
              "multiplying matrices");
      });
  table.set_limits(2 * bytes / copy, operations / multiply);
}

/// One block of a product by the project's kernel, and what is found in a block.
void time_blocks(Table& table) {
  const int bits = table.sizes().tile_bits;
  const double values = std::ldexp(1.0, bits);
  for (const std::size_t inner : {std::size_t{4}, std::size_t{16}, std::size_t{64}}) {
    Product product;
    product.inner = inner;
    product.column_mask = low_mask(bits / 2);
    product.row_mask = low_mask(bits) & ~product.column_mask;
    const ProductPlan plan = plan_product(product, bits);
    const DeviceArray<double> left = device_copy(plain_values(plan.rows * inner));
    const DeviceArray<double> right = device_copy(plain_values(inner * plan.columns));
    const DeviceArray<double> out(plan.rows * plan.columns);
    const DeviceArray<std::uint32_t> rows = device_copy(plan.row_position);
    const DeviceArray<std::uint32_t> columns = device_copy(plan.column_position);
    ProductTile tile;
    tile.left = left.get();
    tile.right = right.get();
    tile.out = out.get();
    tile.row_bits = plan.row_bits;
    tile.column_bits = plan.column_bits;
    tile.inner = inner;
    tile.right_stride = plan.columns;
    tile.row_position = rows.get();
    tile.column_position = columns.get();
    table.on_stream("product kernel, bond product " + std::to_string(inner) + ", one block",
                    {8 * values, 2 * values * static_cast<double>(inner)},
                    inner <= 4   ? 80
                    : inner < 64 ? 60
                                 : 80,
                    [&] { ProductLaunch(table.stream()).product(tile); });
  }
  const DeviceArray<double> block = device_copy(plain_values(std::size_t{1} << bits));
  DigestTask digest;
  digest.values = block.get();
  digest.unit_bits = std::min(bits, largest_unit_bits);
  digest.units = std::uint64_t{1} << (bits - digest.unit_bits);
  digest.entropies = true;
  const DeviceArray<double> found(most_lane_kinds * digest.units);
  digest.found = found.get();
  table.on_stream("sums, extremes and entropies of a block", {8 * values, 0}, 80,
                  [&] { ReductionLaunch(table.stream()).digest(digest); });
}

template <class T>
void time_gates(Table& table, const char* precision) {
  const int bits = table.sizes().state_bits;
  const std::size_t count = std::size_t{1} << bits;
  const DeviceArray<Complex<T>> state(count);
  check(cudaMemsetAsync(state.get(), 0, count * sizeof(Complex<T>), table.stream()), "clearing a state");
  const double bytes = 2.0 * static_cast<double>(count * sizeof(Complex<T>));
  const std::vector<std::pair<std::string, GateOperation>> gates = {
      {"one-qubit gate, lowest qubit", turn(0)},
      {"one-qubit gate, highest qubit", turn(bits - 1)},
      {"two-qubit gate", entangling(1, bits / 2)},
  };
  for (const auto& [name, gate] : gates) {
    const GateTask<T> task = make_gate_task<T>(gate, 0);
    const std::uint64_t indices = gate_count(task, bits);
    table.on_stream(name + ", 2^" + std::to_string(bits) + " amplitudes, " + precision, {bytes, 0}, 75,
                    [&, &own = task] { TensorLaunch(table.stream()).gate(own, state.get(), indices); });
  }
}

/// Whole calls, with what travels.
void time_calls(Table& table, Backend& device) {
  const TimingSizes& sizes = table.sizes();
  Control control;
  const double values = std::ldexp(1.0, sizes.product_bits);
  for (const std::size_t inner : {std::size_t{4}, std::size_t{16}, std::size_t{64}, std::size_t{256}}) {
    const MadeProduct made(sizes.product_bits, inner);
    const std::uint64_t size = std::uint64_t{1} << sizes.product_bits;
    table.on_host("2^" + std::to_string(sizes.product_bits) + " outcomes, bond product " +
                      std::to_string(inner) + ", moments",
                  {8 * values, 2 * values * static_cast<double>(inner)},
                  inner <= 4   ? 80
                  : inner < 64 ? 60
                               : 80,
                  [&] {
                    MomentsConsumer moments(0, size, size, 1);
                    device.stream_product(made.product, 0, size, moments, 1, control);
                  });
  }
  const SubcircuitProgram program = brickwork(sizes.subcircuit_qubits, sizes.subcircuit_gates);
  std::vector<double> tensor(tensor_size(program));
  for (const auto& [name, precision] :
       {std::pair{"double", Precision::double_precision}, std::pair{"single", Precision::single_precision}}) {
    table.on_host("tensor of a subcircuit of " + std::to_string(sizes.subcircuit_qubits) + " qubits, " +
                      std::to_string(sizes.subcircuit_gates) + " gates, " + name,
                  {8.0 * static_cast<double>(tensor.size()), 0}, 0,
                  [&, &kind = precision] { device.subcircuit_tensor(program, kind, 4, tensor, control); });
  }
}

/// Starts of QFactor: the device with many, one thread of the processor with few.
void time_starts(Table& table, Backend& device, std::FILE* out) {
  const TimingSizes& sizes = table.sizes();
  const auto host = make_cpu_backend();
  for (const int qubits : {3, 4, 5, 6, 7, 8}) {
    Control control;
    const Ladder ladder(qubits, sizes.iterations);
    const auto run = [&](Backend& backend, int starts) {
      static_cast<void>(
          backend.instantiate_many(ladder.target, {&ladder.pattern, 1}, ladder.options(starts), control));
    };
    const int many = std::max(2, qubits < 7 ? sizes.starts : sizes.starts >> (2 * (qubits - 6)));
    const std::string what = "QFactor, " + std::to_string(qubits) + " qubits, ";
    const double on_device =
        table.on_host(what + std::to_string(many) + " starts", {0, 0}, 0, [&] { run(device, many); });
    const double on_host = host_seconds([&] { run(*host, 1); });
    std::fprintf(out, "| %sas fast as one core | %.0f x |  |  |  | 100 x |\n", what.c_str(),
                 on_host * many / on_device);
    std::fflush(out);
  }
}

}  // namespace

void print_timings(const TimingSizes& sizes, std::FILE* out) {
  const auto device = make_cuda_backend(0);
  std::fprintf(out, "%s\n\n", device->info().description.c_str());
  Table table(sizes, out);
  time_limits(table);
  time_blocks(table);
  time_gates<double>(table, "double");
  time_gates<float>(table, "single");
  time_calls(table, *device);
  time_starts(table, *device, out);
}

}  // namespace kroncut::cuda
