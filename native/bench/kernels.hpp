#pragma once

#include <map>
#include <string>

namespace kroncut {

/// One timed run of a kernel and the work it did. `bytes` counts what must cross the memory bus at least.
struct KernelTiming {
  double seconds = 0;
  double bytes = 0;
  double flops = 0;
};

using KernelParameters = std::map<std::string, double>;

/// Runs one benchmark once. Allocation, first touch and the values of operands lie outside of the timing, and
/// buffers are kept for the next run. Limits of the machine: `write-bandwidth` (streaming stores),
/// `copy-bandwidth` (triad), `inplace-bandwidth` (each {n}, arrays of 2^n doubles) and `fma-peak`. Kernels:
/// `product` {n, k, rows, interleaved, consume}, 2^n outcomes with bond product k, of them `rows` bits in the
/// rows (half of them by default), at the top of the index or alternating; stored, or with `consume` handed
/// to top outcomes and moments; `naive-kronecker` {n, k, rows}, the same answer CutQC's way; `gate` {n,
/// first, second}, a dense gate on one or two qubits of a state of n; `gate-run` {n, gates}, one-qubit gates
/// on neighbouring qubits; `isometry` {n, inputs, outputs, gates}, the tensor of a subcircuit of n qubits;
/// `qfactor` {n, gates, starts, iterations}, both sweeps over one-qubit gates around that many cx, the starts
/// in batches of eight over the threads (bytes and operations are those of the passes over the matrix);
/// `lm-step` {n, gates, iterations}, the normal equations of one Levenberg-Marquardt step on one thread
/// (operations: half of J^T J). Throws Error(usage) for another name or a parameter out of range.
KernelTiming benchmark_kernel(const std::string& name, const KernelParameters& parameters, int threads);

/// Gives the kept buffers back.
void release_benchmark_buffers();

}  // namespace kroncut
