// Kernels of column_kernels.hpp for the instruction set KRONCUT_LEVEL; included by column_kernels_*.cpp.
// Every function carries the target attribute, because lambdas and templates of the standard library would
// not.

#include <cmath>

#include "synthesize/columns/column_kernels.hpp"

namespace kroncut::synthesize::KRONCUT_LEVEL {
namespace {

typedef double Lanes __attribute__((vector_size(8 * sizeof(double))));

KRONCUT_TARGET void rotate_three(double* chunk, const RowGroups& groups, const double* matrix) {
  const double a00 = matrix[0], a01 = matrix[1], a02 = matrix[2];
  const double a10 = matrix[3], a11 = matrix[4], a12 = matrix[5];
  const double a20 = matrix[6], a21 = matrix[7], a22 = matrix[8];
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  for (std::size_t g = 0; g < groups.count; ++g) {
    Lanes* const x = rows + groups.starts[g] + groups.offsets[1];
    Lanes* const y = rows + groups.starts[g] + groups.offsets[2];
    Lanes* const z = rows + groups.starts[g] + groups.offsets[3];
    const Lanes vx = *x, vy = *y, vz = *z;
    *x = a00 * vx + a01 * vy + a02 * vz;
    *y = a10 * vx + a11 * vy + a12 * vz;
    *z = a20 * vx + a21 * vy + a22 * vz;
  }
}

KRONCUT_TARGET void rotate_many(double* chunk, const RowGroups& groups, const double* matrix) {
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  const int count = groups.members - 1;
  Lanes old[63];
  for (std::size_t g = 0; g < groups.count; ++g) {
    for (int m = 0; m < count; ++m) old[m] = rows[groups.starts[g] + groups.offsets[m + 1]];
    for (int m = 0; m < count; ++m) {
      const double* const row = matrix + m * count;
      Lanes even = row[0] * old[0];
      Lanes odd = row[1] * old[1];
      Lanes last = row[2] * old[2];
      for (int i = 3; i < count; i += 3) {
        even += row[i] * old[i];
        odd += row[i + 1] * old[i + 1];
        last += row[i + 2] * old[i + 2];
      }
      rows[groups.starts[g] + groups.offsets[m + 1]] = even + odd + last;
    }
  }
}

KRONCUT_TARGET void permute(double* chunk, const RowGroups& groups, const int* source, const double* sign) {
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  Lanes old[64];
  for (std::size_t g = 0; g < groups.count; ++g) {
    for (int m = 0; m < groups.members; ++m) old[m] = rows[groups.starts[g] + groups.offsets[m]];
    for (int m = 0; m < groups.members; ++m) {
      rows[groups.starts[g] + groups.offsets[m]] = sign[m] * old[source[m]];
    }
  }
}

KRONCUT_TARGET void swap_signed(double* chunk, const RowGroups& groups, const int* pairs, const double* signs,
                                std::size_t count) {
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  for (std::size_t p = 0; p < count; ++p) {
    const std::size_t first = groups.offsets[pairs[2 * p]];
    const std::size_t second = groups.offsets[pairs[2 * p + 1]];
    const double sign = signs[p];
    for (std::size_t g = 0; g < groups.count; ++g) {
      Lanes* const start = rows + groups.starts[g];
      const Lanes old = start[first];
      start[first] = sign * start[second];
      start[second] = sign * old;
    }
  }
}

KRONCUT_TARGET void apply_complex(double* chunk, const RowGroups& groups, const double* matrix) {
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  const int count = groups.members;
  Lanes re[8];
  Lanes im[8];
  for (std::size_t g = 0; g < groups.count; ++g) {
    Lanes* const start = rows + groups.starts[g];
    for (int m = 0; m < count; ++m) {
      re[m] = start[groups.offsets[m]];
      im[m] = start[groups.offsets[m] + 1];
    }
    for (int m = 0; m < count; ++m) {
      const double* const row = matrix + 2 * m * count;
      Lanes real = row[0] * re[0] - row[1] * im[0];
      Lanes imaginary = row[0] * im[0] + row[1] * re[0];
      for (int i = 1; i < count; ++i) {
        real += row[2 * i] * re[i] - row[2 * i + 1] * im[i];
        imaginary += row[2 * i] * im[i] + row[2 * i + 1] * re[i];
      }
      start[groups.offsets[m]] = real;
      start[groups.offsets[m] + 1] = imaginary;
    }
  }
}

KRONCUT_TARGET void swap_complex(double* chunk, const RowGroups& groups, int first, int second) {
  Lanes* const rows = reinterpret_cast<Lanes*>(chunk);
  for (std::size_t g = 0; g < groups.count; ++g) {
    Lanes* const a = rows + groups.starts[g] + groups.offsets[first];
    Lanes* const b = rows + groups.starts[g] + groups.offsets[second];
    const Lanes re = a[0];
    const Lanes im = a[1];
    a[0] = b[0];
    a[1] = b[1];
    b[0] = re;
    b[1] = im;
  }
}

KRONCUT_TARGET void correlate(const double* front, const double* back, const RowGroups& groups,
                              double* environment) {
  const Lanes* const left = reinterpret_cast<const Lanes*>(front);
  const Lanes* const right = reinterpret_cast<const Lanes*>(back);
  const int count = groups.members;
  Lanes re[64] = {};
  Lanes im[64] = {};
  for (std::size_t g = 0; g < groups.count; ++g) {
    const Lanes* const f = left + groups.starts[g];
    const Lanes* const k = right + groups.starts[g];
    for (int b = 0; b < count; ++b) {
      const Lanes front_re = f[groups.offsets[b]];
      const Lanes front_im = f[groups.offsets[b] + 1];
      for (int a = 0; a < count; ++a) {
        const Lanes back_re = k[groups.offsets[a]];
        const Lanes back_im = k[groups.offsets[a] + 1];
        re[b * count + a] += front_re * back_re + front_im * back_im;
        im[b * count + a] += front_im * back_re - front_re * back_im;
      }
    }
  }
  for (int e = 0; e < count * count; ++e) {
    for (int l = 0; l < 8; ++l) {
      environment[2 * e] += re[e][l];
      environment[2 * e + 1] += im[e][l];
    }
  }
}

KRONCUT_TARGET void gram(const double* a, const double* b, std::size_t rows, double* sums) {
  const Lanes* const right = reinterpret_cast<const Lanes*>(b);
  Lanes s0 = {}, s1 = {}, s2 = {}, s3 = {}, s4 = {}, s5 = {}, s6 = {}, s7 = {};
  for (std::size_t r = 0; r < rows; ++r) {
    const Lanes v = right[r];
    const double* const left = a + 8 * r;
    s0 += left[0] * v;
    s1 += left[1] * v;
    s2 += left[2] * v;
    s3 += left[3] * v;
    s4 += left[4] * v;
    s5 += left[5] * v;
    s6 += left[6] * v;
    s7 += left[7] * v;
  }
  Lanes* const out = reinterpret_cast<Lanes*>(sums);
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
  out[4] = s4;
  out[5] = s5;
  out[6] = s6;
  out[7] = s7;
}

KRONCUT_TARGET void project(const double* a, const double* vector, std::size_t rows, double* sums) {
  const Lanes* const columns = reinterpret_cast<const Lanes*>(a);
  Lanes s0 = {}, s1 = {}, s2 = {}, s3 = {};
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    s0 += vector[r] * columns[r];
    s1 += vector[r + 1] * columns[r + 1];
    s2 += vector[r + 2] * columns[r + 2];
    s3 += vector[r + 3] * columns[r + 3];
  }
  for (; r < rows; ++r) s0 += vector[r] * columns[r];
  *reinterpret_cast<Lanes*>(sums) = (s0 + s1) + (s2 + s3);
}

KRONCUT_TARGET bool cholesky(double* matrix, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) {
    double* const pivot = matrix + j * n;
    const double square = pivot[j];
    if (!(square > 0)) return false;
    const double inverse = 1 / std::sqrt(square);
    const std::size_t first = j & ~std::size_t{7};
    for (std::size_t c = first; c < n; c += 8) *reinterpret_cast<Lanes*>(pivot + c) *= inverse;
    for (std::size_t i = j + 1; i < n; ++i) {
      double* const row = matrix + i * n;
      const double factor = pivot[i];
      for (std::size_t c = i & ~std::size_t{7}; c < n; c += 8) {
        *reinterpret_cast<Lanes*>(row + c) -= factor * *reinterpret_cast<const Lanes*>(pivot + c);
      }
    }
  }
  return true;
}

KRONCUT_TARGET void solve(const double* factor, std::size_t n, double* vector) {
  for (std::size_t j = 0; j < n; ++j) {
    const double* const row = factor + j * n;
    const double value = vector[j] / row[j];
    vector[j] = value;
    std::size_t c = j + 1;
    for (; c < n && c % 8 != 0; ++c) vector[c] -= value * row[c];
    for (; c < n; c += 8) {
      *reinterpret_cast<Lanes*>(vector + c) -= value * *reinterpret_cast<const Lanes*>(row + c);
    }
  }
  for (std::size_t j = n; j-- > 0;) {
    const double* const row = factor + j * n;
    double sum = vector[j];
    std::size_t c = j + 1;
    for (; c < n && c % 8 != 0; ++c) sum -= row[c] * vector[c];
    Lanes lanes = {};
    for (; c < n; c += 8) {
      lanes += *reinterpret_cast<const Lanes*>(row + c) * *reinterpret_cast<const Lanes*>(vector + c);
    }
    for (int l = 0; l < 8; ++l) sum -= lanes[l];
    vector[j] = sum / row[j];
  }
}

KRONCUT_TARGET void gate_rows(double* matrix, const RowGroups& groups, std::size_t imaginary,
                              std::size_t length, const double* gate) {
  const int count = groups.members;
  Lanes re[8];
  Lanes im[8];
  for (std::size_t g = 0; g < groups.count; ++g) {
    for (std::size_t c = 0; c < length; c += 8) {
      double* const start = matrix + groups.starts[g] + c;
      for (int m = 0; m < count; ++m) {
        re[m] = *reinterpret_cast<const Lanes*>(start + groups.offsets[m]);
        im[m] = *reinterpret_cast<const Lanes*>(start + groups.offsets[m] + imaginary);
      }
      for (int m = 0; m < count; ++m) {
        const double* const row = gate + 2 * m * count;
        Lanes real = row[0] * re[0] - row[1] * im[0];
        Lanes imag = row[0] * im[0] + row[1] * re[0];
        for (int i = 1; i < count; ++i) {
          real += row[2 * i] * re[i] - row[2 * i + 1] * im[i];
          imag += row[2 * i] * im[i] + row[2 * i + 1] * re[i];
        }
        *reinterpret_cast<Lanes*>(start + groups.offsets[m]) = real;
        *reinterpret_cast<Lanes*>(start + groups.offsets[m] + imaginary) = imag;
      }
    }
  }
}

}  // namespace

const ColumnKernels column_kernel_set = {rotate_three,  rotate_many,  permute,   swap_signed,
                                         apply_complex, swap_complex, correlate, gram,
                                         project,       cholesky,     solve,     gate_rows};

}  // namespace kroncut::synthesize::KRONCUT_LEVEL
