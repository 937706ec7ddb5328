#include "device/cuda/runtime/cuda_support.hpp"

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
