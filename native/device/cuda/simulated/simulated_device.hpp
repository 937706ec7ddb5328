#pragma once

/// A device made of host memory, for one test program: the functions of the CUDA runtime, of cuBLAS and of
/// the launch classes that the back end calls, defined here, so that the linker takes neither those libraries
/// nor the .cu files. Work on a stream runs as late as CUDA's rules allow, when something waits for it, and
/// reads host memory then, as devices that share the host's page tables do: so a missing wait and memory that
/// goes too early show, as do wrong chunks, tiles, pitches and a leak.

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/testing.hpp"
#include "device/cuda/product/product_launch.hpp"
#include "device/cuda/reduction/reduction_launch.hpp"
#include "device/cuda/runtime/cuda_support.hpp"
#include "device/cuda/runtime/device_code.hpp"
#include "device/cuda/simulated/host_launch.hpp"
#include "device/cuda/simulated/host_sweep.hpp"
#include "device/cuda/sweep/sweep_launch.hpp"
#include "device/cuda/tensor/tensor_launch.hpp"

struct CUgraph_st {
  std::vector<std::function<void()>> work;
};
struct CUgraphExec_st : CUgraph_st {};

struct CUstream_st {
  std::deque<std::function<void()>> waiting;
  std::size_t put = 0;
  std::size_t done = 0;
  CUgraph_st* recording = nullptr;

  void add(std::function<void()> work) {
    if (recording != nullptr) {
      recording->work.push_back(std::move(work));
      return;
    }
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

/// Everything the simulated driver knows.
struct Machine {
  int devices = 1;
  int major = 9;  // of the compute capability
  std::size_t capacity = std::size_t{1} << 30;
  std::size_t shared_memory = std::size_t{227} << 10;  // that a block may ask for
  std::size_t promised = 0;  // free memory that the driver tells, where it is not what there is
  std::size_t refusals = 0;
  std::size_t used = 0;
  std::size_t most_used = 0;
  std::map<void*, std::size_t> device_memory;
  std::size_t pinned = 0;  // bytes
  std::size_t pinnings = 0;
  std::size_t to_host = 0;  // bytes copied there
  std::size_t graph_launches = 0;
  std::map<void*, std::size_t> pinned_memory;

  [[nodiscard]] bool on_device(const void* pointer) const {
    auto after = device_memory.upper_bound(const_cast<void*>(pointer));
    if (after == device_memory.begin()) return false;
    --after;
    return static_cast<const char*>(pointer) < static_cast<const char*>(after->first) + after->second;
  }
};
inline Machine machine;

/// What was allowed when the back end was opened, which outlives a test: the driver keeps that, too.
inline std::size_t allowed_shared = std::size_t{48} << 10;

/// Restores the machine, and checks that a call left nothing behind but pinned memory that the back end
/// keeps.
class MachineScope {
 public:
  explicit MachineScope(std::size_t capacity) { machine.capacity = capacity; }
  ~MachineScope() {
    KRONCUT_CHECK(machine.used == 0);
    KRONCUT_CHECK(machine.pinned <= PinnedPool::most_kept);
    const auto pinned = std::move(machine.pinned_memory);
    const std::size_t bytes = machine.pinned;
    machine = {};
    machine.pinned_memory = pinned;
    machine.pinned = bytes;
  }
};

/// Uninitialised memory is filled with NaN, so that using it shows.
inline void* poisoned(std::size_t bytes) {
  void* const pointer = ::operator new(std::max<std::size_t>(bytes, 1));
  std::memset(pointer, 0xff, bytes);
  return pointer;
}

inline cudaError_t copy(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                        std::size_t width, std::size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  constexpr std::size_t most = (std::size_t{1} << 31) - 1;
  const bool device_source = machine.on_device(from);
  const bool device_target = machine.on_device(to);
  if (to_pitch > most || from_pitch > most || width > std::min(to_pitch, from_pitch)) {
    if (height > 1) return cudaErrorInvalidPitchValue;
  }
  const bool within = kind == cudaMemcpyDeviceToDevice;
  if (device_source != (within || kind == cudaMemcpyDeviceToHost) ||
      device_target != (within || kind == cudaMemcpyHostToDevice)) {
    return cudaErrorInvalidMemcpyDirection;
  }
  if (kind == cudaMemcpyDeviceToHost) machine.to_host += width * height;
  stream->add([=] {
    for (std::size_t row = 0; row < height; ++row) {
      std::memcpy(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch,
                  width);
    }
  });
  return cudaSuccess;
}

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
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  *value = 0;
  if (attribute == cudaDevAttrComputeCapabilityMajor) *value = machine.major;
  if (attribute == cudaDevAttrMaxSharedMemoryPerBlockOptin) *value = static_cast<int>(machine.shared_memory);
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = machine.promised != 0 ? machine.promised : machine.capacity - machine.used;
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
    ++machine.refusals;
    return cudaErrorMemoryAllocation;
  }
  *pointer = bytes == 0 ? nullptr : kroncut::cuda::poisoned(bytes);
  if (bytes != 0) machine.device_memory[*pointer] = bytes;
  machine.used += bytes;
  machine.most_used = std::max(machine.most_used, machine.used);
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
  machine.pinned_memory[*pointer] = bytes;
  machine.pinned += bytes;
  ++machine.pinnings;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* pointer) {
  if (pointer == nullptr) return cudaSuccess;
  machine.pinned -= machine.pinned_memory.at(pointer);
  machine.pinned_memory.erase(pointer);
  ::operator delete(pointer);
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream->recording != nullptr) return cudaErrorStreamCaptureUnsupported;
  stream->run_until(stream->put);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->recording = new CUgraph_st;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = std::exchange(stream->recording, nullptr);
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph,
                                          unsigned long long) {
  *executable = new CUgraphExec_st{*graph};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  ++machine.graph_launches;
  for (const auto& work : executable->work) stream->add(work);
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
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
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
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
int lowest_compute_capability() { return 80; }

template <class T>
void TensorLaunch::set_basis_inputs(const BitList& inputs, Complex<T>* state) {
  stream_->add([=] { HostLaunch().set_basis_inputs(inputs, state); });
}
template <class T>
void TensorLaunch::gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count) {
  stream_->add([=] { HostLaunch().gate(task, state, count); });
}
template <class T>
void TensorLaunch::pair_product(const TensorTask& task, const Complex<T>* state, double* work) {
  stream_->add([=] { HostLaunch().pair_product(task, state, work); });
}
void TensorLaunch::add_parts(const TensorTask& task, double* work) {
  stream_->add([=] { HostLaunch().add_parts(task, work); });
}
void TensorLaunch::walsh(int bits, int position, double* values, std::uint64_t count) {
  stream_->add([=] { HostLaunch().walsh(bits, position, values, count); });
}
void TensorLaunch::pauli_component(const TensorTask& task, const double* work, double* result) {
  stream_->add([=] { HostLaunch().pauli_component(task, work, result); });
}
void ProductLaunch::product(const ProductTile& tile) {
  stream_->add([=] { HostLaunch().product(tile); });
}
void ProductLaunch::scatter_values(const ProductTile& tile, const double* dense) {
  stream_->add([=] { HostLaunch().scatter_values(tile, dense); });
}
void ReductionLaunch::digest(const DigestTask& task) {
  stream_->add([=] { HostLaunch().digest(task); });
}
void ReductionLaunch::compare(const PairTask& task) {
  stream_->add([=] { HostLaunch().compare(task); });
}
void ReductionLaunch::join_units(const JoinTask& task, int kinds) {
  stream_->add([=] { HostLaunch().join_units(task, kinds); });
}
void ReductionLaunch::select(const SelectTask& task) {
  stream_->add([=] { HostLaunch().select(task); });
}
void SweepLaunch::allow_shared(std::size_t bytes) {
  if (bytes > machine.shared_memory) throw Error(ErrorCode::device, "more shared memory than there is");
  allowed_shared = bytes;
}
/// One team after another, where the shared memory it was given is enough.
void SweepLaunch::sweep(const SweepTask& task, std::size_t starts, const TeamShape& shape) {
  const std::size_t columns = (2 * sizeof(Number) * static_cast<std::size_t>(task.columns)) << task.qubits;
  if (shape.shared_bytes > std::min(machine.shared_memory, allowed_shared) ||
      shape.shared_bytes < sizeof(SweepScratch) + columns)
    throw Error(ErrorCode::device, "a launch was refused");
  stream_->add([=] { HostSweep().sweep(task, starts); });
}
void SweepLaunch::rebuild_parts(const SweepTask& task, std::size_t starts) {
  stream_->add([=] { HostSweep().rebuild_parts(task, starts); });
}
void SweepLaunch::step_parts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
  stream_->add([=] { HostSweep().step_parts(task, starts, place, rightward); });
}
void SweepLaunch::update_starts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
  stream_->add([=] { HostSweep().update_starts(task, starts, place, rightward); });
}
void SweepLaunch::overlap_parts(const SweepTask& task, std::size_t starts) {
  stream_->add([=] { HostSweep().overlap_parts(task, starts); });
}
void SweepLaunch::judge_starts(const SweepTask& task, std::size_t starts) {
  stream_->add([=] { HostSweep().judge_starts(task, starts); });
}
void SweepLaunch::images(const ImageTask& task, std::uint64_t count) {
  stream_->add([=] { HostSweep().images(task, count); });
}
template void TensorLaunch::set_basis_inputs(const BitList&, Complex<float>*);
template void TensorLaunch::set_basis_inputs(const BitList&, Complex<double>*);
template void TensorLaunch::gate(const GateTask<float>&, Complex<float>*, std::uint64_t);
template void TensorLaunch::gate(const GateTask<double>&, Complex<double>*, std::uint64_t);
template void TensorLaunch::pair_product(const TensorTask&, const Complex<float>*, double*);
template void TensorLaunch::pair_product(const TensorTask&, const Complex<double>*, double*);

}  // namespace kroncut::cuda
