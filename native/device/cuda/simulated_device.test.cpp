/// The code around the kernels, on a device made of host memory. This program defines the functions of the
/// CUDA runtime, of cuBLAS and of StreamLaunch that the back end calls, so the linker takes neither those
/// libraries nor the .cu files. Work on a stream runs as late as CUDA's rules allow: when something waits for
/// it. So a missing wait shows, as do wrong chunks, tiles, pitches and a leak.
#include "core/testing.hpp"

#if defined(KRONCUT_CUDA_VERSION)

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "device/backend.hpp"
#include "device/cuda/cuda_support.hpp"
#include "device/cuda/host_launch.hpp"
#include "device/cuda/launch.hpp"
#include "device/cuda/random_programs.hpp"

struct CUstream_st {
  std::deque<std::function<void()>> waiting;
  std::size_t put = 0;
  std::size_t done = 0;

  void add(std::function<void()> work) {
    waiting.push_back(std::move(work));
    ++put;
  }
  void run_until(std::size_t target) {
    while (done < target) {
      const auto work = std::move(waiting.front());
      waiting.pop_front();
      ++done;
      work();
    }
  }
};

struct CUevent_st {
  CUstream_st* stream = nullptr;
  std::size_t target = 0;
};

struct cublasContext {
  cudaStream_t stream = nullptr;
};

namespace kroncut::cuda {
namespace {

/// Everything the simulated driver knows.
struct Machine {
  int devices = 1;
  std::size_t capacity = std::size_t{1} << 30;
  std::size_t used = 0;
  std::map<void*, std::size_t> device_memory;
  std::size_t pinned = 0;
  std::size_t smallest_refusal = ~std::size_t{0};

  [[nodiscard]] bool on_device(const void* pointer) const {
    auto after = device_memory.upper_bound(const_cast<void*>(pointer));
    if (after == device_memory.begin()) return false;
    --after;
    return static_cast<const char*>(pointer) < static_cast<const char*>(after->first) + after->second;
  }
};
Machine machine;

/// Uninitialised memory is filled with NaN, so that using it shows.
void* poisoned(std::size_t bytes) {
  void* const pointer = ::operator new(std::max<std::size_t>(bytes, 1));
  std::memset(pointer, 0xff, bytes);
  return pointer;
}

cudaError_t copy(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t width,
                 std::size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  constexpr std::size_t most = (std::size_t{1} << 31) - 1;
  const bool device_source = machine.on_device(from);
  const bool device_target = machine.on_device(to);
  if (to_pitch > most || from_pitch > most || width > std::min(to_pitch, from_pitch)) {
    if (height > 1) return cudaErrorInvalidPitchValue;
  }
  if (device_source != (kind == cudaMemcpyDeviceToHost) ||
      device_target != (kind == cudaMemcpyHostToDevice)) {
    return cudaErrorInvalidMemcpyDirection;
  }
  const auto rows = [=](const char* source) {
    for (std::size_t row = 0; row < height; ++row) {
      std::memcpy(static_cast<char*>(to) + row * to_pitch, source + row * from_pitch, width);
    }
  };
  if (device_source) {
    stream->add([=] { rows(static_cast<const char*>(from)); });
  } else {
    // The source may change after the call: the driver has taken a copy.
    std::string taken(static_cast<const char*>(from), (height - 1) * from_pitch + width);
    stream->add([=] { rows(taken.data()); });
  }
  return cudaSuccess;
}

}  // namespace
}  // namespace kroncut::cuda

using kroncut::cuda::machine;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = machine.devices;
  return machine.devices > 0 ? cudaSuccess : cudaErrorNoDevice;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::strcpy(properties->name, "simulated");
  properties->totalGlobalMem = machine.capacity;
  properties->major = 9;
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = machine.capacity - machine.used;
  *total = machine.capacity;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "simulated failure"; }

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  if (bytes > machine.capacity - machine.used) {
    machine.smallest_refusal = std::min(machine.smallest_refusal, bytes);
    return cudaErrorMemoryAllocation;
  }
  *pointer = bytes == 0 ? nullptr : kroncut::cuda::poisoned(bytes);
  if (bytes != 0) machine.device_memory[*pointer] = bytes;
  machine.used += bytes;
  return cudaSuccess;
}
cudaError_t cudaFree(void* pointer) {
  if (pointer == nullptr) return cudaSuccess;
  machine.used -= machine.device_memory.at(pointer);
  machine.device_memory.erase(pointer);
  ::operator delete(pointer);
  return cudaSuccess;
}
cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  *pointer = kroncut::cuda::poisoned(bytes);
  ++machine.pinned;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* pointer) {
  if (pointer != nullptr) --machine.pinned;
  ::operator delete(pointer);
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  stream->run_until(stream->put);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  stream->add([on = event->stream, target = event->target] {
    if (on != nullptr) on->run_until(target);
  });
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  *event = {stream, stream->put};
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event->stream != nullptr) event->stream->run_until(event->target);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* pointer, int value, std::size_t bytes, cudaStream_t stream) {
  stream->add([=] { std::memset(pointer, value, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return kroncut::cuda::copy(to, bytes, from, bytes, bytes, 1, kind, stream);
}
cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                              std::size_t width, std::size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream) {
  return kroncut::cuda::copy(to, to_pitch, from, from_pitch, width, height, kind, stream);
}

const char* cublasGetStatusString(cublasStatus_t) { return "simulated failure"; }
cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}
/// By columns, as BLAS counts, and without transposition.
cublasStatus_t cublasDgemm_v2_64(cublasHandle_t handle, cublasOperation_t, cublasOperation_t, std::int64_t m,
                                 std::int64_t n, std::int64_t k, const double* alpha, const double* a,
                                 std::int64_t lda, const double* b, std::int64_t ldb, const double* beta,
                                 double* c, std::int64_t ldc) {
  if (lda < m || ldb < k || ldc < m || *alpha != 1 || *beta != 0) return CUBLAS_STATUS_INVALID_VALUE;
  handle->stream->add([=] {
    for (std::int64_t column = 0; column < n; ++column) {
      for (std::int64_t row = 0; row < m; ++row) {
        double sum = 0;
        for (std::int64_t i = 0; i < k; ++i) sum += a[row + i * lda] * b[i + column * ldb];
        c[row + column * ldc] = sum;
      }
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"

namespace kroncut::cuda {

void check_kernels() {}

template <class T>
void StreamLaunch::set_basis_inputs(const BitList& inputs, Complex<T>* state) {
  stream_->add([=] { HostLaunch().set_basis_inputs(inputs, state); });
}
template <class T>
void StreamLaunch::gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count) {
  stream_->add([=] { HostLaunch().gate(task, state, count); });
}
template <class T>
void StreamLaunch::pair_product(const TensorTask& task, const Complex<T>* state, double* work) {
  stream_->add([=] { HostLaunch().pair_product(task, state, work); });
}
void StreamLaunch::add_parts(const TensorTask& task, double* work) {
  stream_->add([=] { HostLaunch().add_parts(task, work); });
}
void StreamLaunch::walsh(int bits, int position, double* values, std::uint64_t count) {
  stream_->add([=] { HostLaunch().walsh(bits, position, values, count); });
}
void StreamLaunch::pauli_component(const TensorTask& task, const double* work, double* result) {
  stream_->add([=] { HostLaunch().pauli_component(task, work, result); });
}
void StreamLaunch::product(const ProductTile& tile) {
  stream_->add([=] { HostLaunch().product(tile); });
}
void StreamLaunch::scatter_values(const ProductTile& tile, const double* dense) {
  stream_->add([=] { HostLaunch().scatter_values(tile, dense); });
}
template void StreamLaunch::set_basis_inputs(const BitList&, Complex<float>*);
template void StreamLaunch::set_basis_inputs(const BitList&, Complex<double>*);
template void StreamLaunch::gate(const GateTask<float>&, Complex<float>*, std::uint64_t);
template void StreamLaunch::gate(const GateTask<double>&, Complex<double>*, std::uint64_t);
template void StreamLaunch::pair_product(const TensorTask&, const Complex<float>*, double*);
template void StreamLaunch::pair_product(const TensorTask&, const Complex<double>*, double*);

namespace {

/// Restores the machine, and checks that a call left nothing behind.
class MachineScope {
 public:
  explicit MachineScope(std::size_t capacity) { machine.capacity = capacity; }
  ~MachineScope() {
    KRONCUT_CHECK(machine.used == 0);
    KRONCUT_CHECK(machine.pinned == 0);
    machine = {};
  }
};

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double distance = std::abs(a[i] - b[i]);
    if (!(distance <= largest)) largest = distance;  // keeps NaN
  }
  return largest;
}

std::vector<double> random_values(Random& random, std::size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = uniform(random, -1, 1);
  return values;
}

class Collector final : public Consumer {
 public:
  explicit Collector(std::size_t size) : values(size, 7), counts(size, 0) {}
  void consume(std::uint64_t begin, std::span<const double> run, int) override {
    const std::lock_guard lock(mutex_);
    std::copy(run.begin(), run.end(), values.begin() + static_cast<std::ptrdiff_t>(begin));
    for (std::size_t i = 0; i < run.size(); ++i) ++counts[begin + i];
  }
  std::vector<double> values;
  std::vector<int> counts;

 private:
  std::mutex mutex_;
};

KRONCUT_TEST(simulated_device_is_listed_and_opened) {
  const MachineScope scope(std::size_t{1} << 30);
  std::string reason;
  KRONCUT_CHECK(list_cuda_devices(reason).size() == 1 && reason.empty());
  KRONCUT_CHECK(make_cuda_backend(0)->info().description == "simulated, compute capability 9.0");
  KRONCUT_CHECK(make_cuda_backend(0) == make_cuda_backend(0));
  KRONCUT_CHECK_THROWS(make_cuda_backend(1), ErrorCode::device);
  machine.devices = 0;
  KRONCUT_CHECK(list_cuda_devices(reason).empty() &&
                reason.find("CUDA_VISIBLE_DEVICES") != std::string::npos);
  KRONCUT_CHECK_THROWS(make_cuda_backend(0), ErrorCode::device);
}

KRONCUT_TEST(simulated_tensors_match_the_cpu_with_any_memory) {
  Random random(31);
  for (int round = 0; round < 30; ++round) {
    const int qubits = 2 + pick(random, 6);
    const int inputs = pick(random, 3);
    const int outputs = pick(random, 3);
    const int outcomes = pick(random, qubits - outputs + 1);
    const auto program = random_subcircuit(random, qubits, inputs, outputs, outcomes);
    Control control;
    std::vector<double> expected(std::size_t{1} << (2 * (inputs + outputs) + outcomes));
    make_cpu_backend()->subcircuit_tensor(program, Precision::double_precision, 2, expected, control);
    const std::size_t state = sizeof(Complex<double>) << (qubits + inputs);
    // From ample to barely enough: the state, and work and result buffers for one outcome.
    const std::size_t traced = static_cast<std::size_t>(qubits - outputs - outcomes);
    const std::size_t least = sizeof(double) << (2 * static_cast<std::size_t>(inputs + outputs));
    for (const std::size_t capacity : {std::size_t{1} << 30, state + (least << traced) + 2 * least}) {
      const MachineScope scope(capacity);
      std::vector<double> actual(expected.size(), 7);
      Control own;
      make_cuda_backend(0)->subcircuit_tensor(program, Precision::double_precision, 2, actual, own);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-13);
      KRONCUT_CHECK(own.done() == own.total());
      make_cuda_backend(0)->subcircuit_tensor(program, Precision::single_precision, 2, actual, own);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 2e-5);
    }
    const MachineScope scope(state - 1);
    std::vector<double> out(expected.size());
    KRONCUT_CHECK_THROWS(
        make_cuda_backend(0)->subcircuit_tensor(program, Precision::double_precision, 2, out, control),
        ErrorCode::memory);
  }
}

KRONCUT_TEST(simulated_probabilities_travel_in_chunks) {
  Random random(32);
  const auto program = random_subcircuit(random, 10, 0, 0, 8);
  std::vector<double> expected(256);
  Control control;
  make_cpu_backend()->probabilities(program.circuit, program.outcomes, Precision::double_precision, 1,
                                    expected, control);
  for (const std::size_t values : {2000, 1000, 60, 12}) {
    const MachineScope scope((sizeof(Complex<double>) << 10) + values * sizeof(double));
    std::vector<double> actual(256, 7);
    make_cuda_backend(0)->probabilities(program.circuit, program.outcomes, Precision::double_precision, 2,
                                        actual, control);
    KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-14);
  }
}

KRONCUT_TEST(simulated_matrix_products_match_in_any_tiling) {
  Random random(33);
  for (int round = 0; round < 40; ++round) {
    const auto rows = static_cast<std::size_t>(1 + pick(random, 40));
    const auto columns = static_cast<std::size_t>(1 + pick(random, 40));
    const auto inner = static_cast<std::size_t>(pick(random, 30));
    const auto a = random_values(random, rows * inner);
    const auto b = random_values(random, inner * columns);
    std::vector<double> expected(rows * columns);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (std::size_t k = 0; k < inner; ++k)
        expected[i] += a[i / columns * inner + k] * b[k * columns + i % columns];
    }
    for (const std::size_t values : {std::size_t{100000}, std::size_t{400}, 2 * inner + 1}) {
      const MachineScope scope(values * sizeof(double));
      std::vector<double> actual(expected.size(), 7);
      Control control;
      make_cuda_backend(0)->multiply(rows, columns, inner, a.data(), b.data(), actual.data(), 1, control);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-13);
      KRONCUT_CHECK(control.done() == control.total());
    }
  }
}

KRONCUT_TEST(simulated_streams_match_the_cpu_in_any_tiling) {
  Random random(34);
  for (int round = 0; round < 30; ++round) {
    const int bits = 3 + pick(random, 9);
    const std::uint64_t size = std::uint64_t{1} << bits;
    Product product;
    product.inner = static_cast<std::size_t>(round % 3 == 0 ? 65 + pick(random, 20) : 1 + pick(random, 20));
    product.column_mask = (random() & (size - 1)) | 1;
    product.row_mask = (size - 1) & ~product.column_mask;
    const auto left = random_values(random, product.inner << std::popcount(product.row_mask));
    const auto right = random_values(random, product.inner << std::popcount(product.column_mask));
    product.left = left.data();
    product.right = right.data();
    Control control;
    Collector expected(size);
    make_cpu_backend()->stream_product(product, 0, size, expected, 1, control);
    const std::uint64_t begin = static_cast<std::uint64_t>(pick(random, 7)) * size / 8;
    const std::uint64_t end =
        begin +
        size / 8 * static_cast<std::uint64_t>(1 + pick(random, static_cast<int>(8 - 8 * begin / size)));
    for (const std::size_t values :
         {std::size_t{1} << 20, std::size_t{60} * product.inner, 2 * product.inner + 4}) {
      const MachineScope scope(values * sizeof(double));
      Collector actual(size);
      Control own;
      make_cuda_backend(0)->stream_product(product, begin, end, actual, 2, own);
      KRONCUT_CHECK(own.done() == own.total() && own.total() == end - begin);
      for (std::uint64_t i = 0; i < size; ++i) {
        KRONCUT_CHECK(actual.counts[i] == (begin <= i && i < end ? 1 : 0));
        if (begin <= i && i < end) KRONCUT_CHECK_NEAR(actual.values[i], expected.values[i], 1e-13);
      }
    }
  }
}

class Refusing final : public Consumer {
 public:
  void consume(std::uint64_t, std::span<const double>, int) override {
    throw Error(ErrorCode::disk, "the disk is full");
  }
};

KRONCUT_TEST(simulated_calls_clean_up_after_an_error) {
  Random random(35);
  const MachineScope scope(std::size_t{6000});
  const std::vector<double> values = random_values(random, 64 * 70);
  const Product product{values.data(), values.data(), 70, 0b111111000000, 0b000000111111};
  Control control;
  Refusing refusing;
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, refusing, 2, control),
                       ErrorCode::disk);
  Collector collector(4096);
  control.cancel();
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, collector, 2, control),
                       ErrorCode::cancelled);
  Control fresh;
  const MachineScope too_small(100);
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, collector, 2, fresh),
                       ErrorCode::memory);
}

}  // namespace
}  // namespace kroncut::cuda

#else

#include <cstdio>

KRONCUT_TEST(simulated_device_needs_the_cuda_headers) {
  std::printf("skip: this build has no CUDA code\n");
  KRONCUT_CHECK(true);
}

#endif
