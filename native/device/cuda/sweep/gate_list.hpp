#pragma once

#include <cstdint>

#include "device/cuda/sweep/polar_kernels.hpp"

/// Gates as data, and what they do to columns of states: a matrix [2^qubits][width] of numbers, row-major, so
/// that neighbouring threads, which take neighbouring columns, read neighbouring numbers whatever the qubits.
namespace kroncut::cuda {

enum class ListedKind : std::int32_t { fixed, cx, unitary, rotation };

/// A gate of a template.
struct ListedGate {
  ListedKind kind = ListedKind::fixed;
  std::int32_t arity = 1;
  std::int32_t qubits[3] = {};
  std::int32_t ascending[3] = {};
  std::uint32_t matrix = 0;  // where its numbers stand among those of a start
  std::uint32_t axis = 0;    // where a rotation's Pauli product stands
};

/// Row of member `member` (bit j: qubit j of the gate) of group `group`.
KRONCUT_HD int group_row(const ListedGate& gate, int group) {
  int row = group;
  // Three turns whatever the arity, so that the compiler unrolls them and keeps the gate in registers.
  for (int j = 0; j < 3; ++j) {
    if (j >= gate.arity) break;
    const int low = row & ((1 << gate.ascending[j]) - 1);
    row = ((row >> gate.ascending[j]) << (gate.ascending[j] + 1)) | low;
  }
  return row;
}
KRONCUT_HD int member_row(const ListedGate& gate, int member) {
  int row = 0;
  for (int j = 0; j < 3; ++j) row |= j < gate.arity ? ((member >> j) & 1) << gate.qubits[j] : 0;
  return row;
}

template <int d>
KRONCUT_HD void apply_to_group(const ListedGate& gate, const Number* matrix, Number* states, int width,
                               int item) {
  Number* const first = states + group_row(gate, item / width) * width + item % width;
  Number before[d];
  for (int k = 0; k < d; ++k) before[k] = first[member_row(gate, k) * width];
  for (int i = 0; i < d; ++i) {
    Number sum = multiply(matrix[i * d], before[0]);
    for (int k = 1; k < d; ++k) sum = multiply_add(matrix[i * d + k], before[k], sum);
    first[member_row(gate, i) * width] = sum;
  }
}

/// Applies a gate with this matrix (which a cx does not read) to all columns.
template <class Team>
KRONCUT_HD void apply_listed(const Team& team, int qubits, const ListedGate& gate, const Number* matrix,
                             Number* states, int width) {
  const int items = (1 << (qubits - gate.arity)) * width;
  if (gate.kind == ListedKind::cx) {
    team.each(items, [&](int item) {
      const int row = group_row(gate, item / width);
      Number* const one = states + (row | member_row(gate, 1)) * width + item % width;
      Number* const other = states + (row | member_row(gate, 3)) * width + item % width;
      const Number old = *one;
      *one = *other;
      *other = old;
    });
  } else if (gate.arity == 1) {
    team.each(items, [&](int item) { apply_to_group<2>(gate, matrix, states, width, item); });
  } else if (gate.arity == 2) {
    team.each(items, [&](int item) { apply_to_group<4>(gate, matrix, states, width, item); });
  } else {
    team.each(items, [&](int item) { apply_to_group<8>(gate, matrix, states, width, item); });
  }
}

/// Most partial sums that a reduction leaves in shared memory.
constexpr int most_partial = 512;

/// Slices of the sum for a gate's environment. They depend on the shape alone, so the order of summation
/// does.
KRONCUT_HD int environment_slices(int d, int terms) {
  const int most = d == 2 ? 64 : d == 4 ? 32 : 8;
  return terms < most ? terms : most;
}

template <int d>
KRONCUT_HD void environment_slice(const ListedGate& gate, const Number* front, const Number* back, int width,
                                  int terms, int slices, int item, Number* partial) {
  const int slice = item % slices;
  const int b = item / slices;
  Number sum[d];
  for (int a = 0; a < d; ++a) sum[a] = {0, 0};
  for (int term = slice; term < terms; term += slices) {
    const int place = group_row(gate, term / width) * width + term % width;
    const Number value = front[place + member_row(gate, b) * width];
    for (int a = 0; a < d; ++a)
      sum[a] = multiply_add(value, conjugate(back[place + member_row(gate, a) * width]), sum[a]);
  }
  for (int a = 0; a < d; ++a) partial[(slice * d + b) * d + a] = sum[a];
}

/// E[b, a] = sum over columns and r of front[(b, r)] conj(back[(a, r)]).
template <class Team>
KRONCUT_HD void environment(const Team& team, int qubits, const ListedGate& gate, const Number* front,
                            const Number* back, int width, Number* partial, Number* result) {
  const int d = 1 << gate.arity;
  const int terms = (1 << (qubits - gate.arity)) * width;
  const int slices = environment_slices(d, terms);
  team.each(d * slices, [&](int item) {
    if (d == 2) environment_slice<2>(gate, front, back, width, terms, slices, item, partial);
    if (d == 4) environment_slice<4>(gate, front, back, width, terms, slices, item, partial);
    if (d == 8) environment_slice<8>(gate, front, back, width, terms, slices, item, partial);
  });
  team.each(d * d, [&](int k) {
    Number sum = partial[k];
    for (int slice = 1; slice < slices; ++slice) sum = add(sum, partial[slice * d * d + k]);
    result[k] = sum;
  });
}

/// result[0] = sum of conj(back) front over `count` numbers.
template <class Team>
KRONCUT_HD void overlap(const Team& team, const Number* front, const Number* back, int count, Number* partial,
                        Number* result) {
  const int slices = count < 128 ? count : 128;
  team.each(slices, [&](int slice) {
    Number sum = {0, 0};
    for (int k = slice; k < count; k += slices) sum = multiply_add(conjugate(back[k]), front[k], sum);
    partial[slice] = sum;
  });
  team.each(1, [&](int) {
    Number sum = partial[0];
    for (int slice = 1; slice < slices; ++slice) sum = add(sum, partial[slice]);
    result[0] = sum;
  });
}

/// cos(angle/2) - i sin(angle/2) P with the angle that makes |Tr(E U)| largest: |c t - i s p|^2 is a
/// quadratic form in (c, s), and its larger eigenvector is wanted.
KRONCUT_HD void best_rotation(int d, const Number* e, const Number* pauli, Number* u) {
  Number trace = {0, 0};
  Number along = {0, 0};
  for (int i = 0; i < d; ++i) {
    trace = add(trace, e[i * d + i]);
    for (int j = 0; j < d; ++j) along = multiply_add(e[i * d + j], pauli[j * d + i], along);
  }
  const double mixed = -multiply(trace, conjugate(along)).im;
  const double half = atan2(2 * mixed, norm(trace) - norm(along)) / 2;
  for (int k = 0; k < d * d; ++k) {
    u[k] = multiply(Number{0, -sin(half)}, pauli[k]);
    if (k % (d + 1) == 0) u[k].re += cos(half);
  }
}

}  // namespace kroncut::cuda
