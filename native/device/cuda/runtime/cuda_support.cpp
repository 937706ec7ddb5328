#include "device/cuda/runtime/cuda_support.hpp"

#include <algorithm>

namespace kroncut::cuda {

void check(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // the failure is reported here, and not again by the next launch
  const std::string text = "CUDA failed while " + what + ": " + cudaGetErrorString(status);
  throw Error(status == cudaErrorMemoryAllocation ? ErrorCode::memory : ErrorCode::device, text);
}

void check(cublasStatus_t status, const std::string& what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const std::string text = "cuBLAS failed while " + what + ": " + cublasGetStatusString(status);
  throw Error(status == CUBLAS_STATUS_ALLOC_FAILED ? ErrorCode::memory : ErrorCode::device, text);
}

PinnedPool::~PinnedPool() {
  for (const Block& block : kept_) cudaFreeHost(block.data);
}

PinnedPool::Block PinnedPool::take(std::size_t bytes) {
  // A block serves requests of half its size and more, so that small ones do not hold what large ones want.
  const auto fits = [bytes](const Block& block) { return bytes <= block.bytes && block.bytes / 2 <= bytes; };
  {
    const std::lock_guard lock(mutex_);
    auto best = kept_.end();
    for (auto block = kept_.begin(); block != kept_.end(); ++block) {
      if (fits(*block) && (best == kept_.end() || block->bytes < best->bytes)) best = block;
    }
    if (best != kept_.end()) {
      const Block found = *best;
      kept_.erase(best);
      kept_bytes_ -= found.bytes;
      return found;
    }
  }
  Block made;
  made.bytes = std::max<std::size_t>(bytes, 1);
  check(cudaMallocHost(&made.data, made.bytes),
        "allocating " + format_bytes(made.bytes) + " of pinned host memory");
  return made;
}

void PinnedPool::give(Block block) noexcept {
  if (block.data == nullptr) return;
  try {
    const std::lock_guard lock(mutex_);
    if (block.bytes <= most_kept - kept_bytes_) {
      kept_.push_back(block);
      kept_bytes_ += block.bytes;
      return;
    }
  } catch (const std::exception&) {
    // It is not kept, then.
  }
  cudaFreeHost(block.data);
}

void Graph::begin(cudaStream_t stream) {
  // Other threads go on allocating, which a capture of the whole process would forbid.
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "recording a graph");
}

void Graph::abandon(cudaStream_t stream) noexcept {
  cudaGraph_t graph = nullptr;
  cudaStreamEndCapture(stream, &graph);
  if (graph != nullptr) cudaGraphDestroy(graph);
}

void Graph::finish(cudaStream_t stream) {
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream, &graph), "recording a graph");
  const cudaError_t status = cudaGraphInstantiateWithFlags(&executable_, graph, 0);
  cudaGraphDestroy(graph);
  check(status, "preparing a graph");
}

void copy_rows(double* to, std::size_t to_pitch, const double* from, std::size_t from_pitch,
               std::size_t width, std::size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  // cudaDevAttrMaxPitch: rows further apart than this are refused.
  constexpr std::size_t largest_pitch = (std::size_t{1} << 31) - 1;
  const std::string what = "copying a matrix";
  if (height == 0 || width == 0) return;
  if ((to_pitch == width && from_pitch == width) || height == 1) {
    check(cudaMemcpyAsync(to, from, width * height * sizeof(double), kind, stream), what);
  } else if (to_pitch * sizeof(double) <= largest_pitch && from_pitch * sizeof(double) <= largest_pitch) {
    check(cudaMemcpy2DAsync(to, to_pitch * sizeof(double), from, from_pitch * sizeof(double),
                            width * sizeof(double), height, kind, stream),
          what);
  } else {
    for (std::size_t row = 0; row < height; ++row) {
      check(
          cudaMemcpyAsync(to + row * to_pitch, from + row * from_pitch, width * sizeof(double), kind, stream),
          what);
    }
  }
}

}  // namespace kroncut::cuda
