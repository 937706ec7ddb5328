// Kernels of qfactor_kernels.hpp for the instruction set KRONCUT_LEVEL; included by qfactor_kernels_*.cpp.
// Every function carries the target attribute itself.

#include <cmath>

#include "synthesize/qfactor/qfactor_kernels.hpp"

namespace kroncut::synthesize::KRONCUT_LEVEL {
namespace {

typedef double Lanes __attribute__((vector_size(8 * sizeof(double))));

struct Number {
  Lanes re;
  Lanes im;
};

KRONCUT_TARGET inline void add_product(Number& sum, const Number& a, const Number& b) {
  sum.re += a.re * b.re;
  sum.re -= a.im * b.im;
  sum.im += a.re * b.im;
  sum.im += a.im * b.re;
}

KRONCUT_TARGET inline void subtract_product(Number& sum, const Number& a, const Number& b) {
  sum.re -= a.re * b.re;
  sum.re += a.im * b.im;
  sum.im -= a.re * b.im;
  sum.im -= a.im * b.re;
}

KRONCUT_TARGET inline void set_product(Number& result, const Number& a, const Number& b) {
  result.re = a.re * b.re - a.im * b.im;
  result.im = a.re * b.im + a.im * b.re;
}

KRONCUT_TARGET void environment(const double* matrix, std::size_t size, const RowGroups& groups,
                                double* result) {
  const Number* const entries = reinterpret_cast<const Number*>(matrix);
  Number* const out = reinterpret_cast<Number*>(result);
  const int d = groups.members;
  for (int b = 0; b < d; ++b) {
    for (int a = 0; a < d; ++a) {
      Number sum = {};
      for (std::size_t g = 0; g < groups.count; ++g) {
        const std::size_t start = groups.starts[g];
        const Number& entry = entries[(start + groups.offsets[b]) * size + start + groups.offsets[a]];
        sum.re += entry.re;
        sum.im += entry.im;
      }
      out[b * d + a] = sum;
    }
  }
}

template <int D>
KRONCUT_TARGET void sandwich_of(double* matrix, std::size_t size, const RowGroups& groups, const double* left,
                                const double* right) {
  Number* const entries = reinterpret_cast<Number*>(matrix);
  const Number* const a = reinterpret_cast<const Number*>(left);
  const Number* const b = reinterpret_cast<const Number*>(right);
  Number half[D * D];
  for (std::size_t r = 0; r < groups.count; ++r) {
    for (std::size_t c = 0; c < groups.count; ++c) {
      Number* const block = entries + groups.starts[r] * size + groups.starts[c];
      for (int j = 0; j < D; ++j) {
        Number column[D];
        for (int k = 0; k < D; ++k) column[k] = block[groups.offsets[k] * size + groups.offsets[j]];
        for (int i = 0; i < D; ++i) {
          Number sum;
          set_product(sum, a[i * D], column[0]);
          for (int k = 1; k < D; ++k) add_product(sum, a[i * D + k], column[k]);
          half[i * D + j] = sum;
        }
      }
      for (int i = 0; i < D; ++i) {
        for (int j = 0; j < D; ++j) {
          Number sum;
          set_product(sum, half[i * D], b[j]);
          for (int k = 1; k < D; ++k) add_product(sum, half[i * D + k], b[k * D + j]);
          block[groups.offsets[i] * size + groups.offsets[j]] = sum;
        }
      }
    }
  }
}

KRONCUT_TARGET void sandwich(double* matrix, std::size_t size, const RowGroups& groups, const double* left,
                             const double* right) {
  if (groups.members == 2) {
    sandwich_of<2>(matrix, size, groups, left, right);
  } else if (groups.members == 4) {
    sandwich_of<4>(matrix, size, groups, left, right);
  } else {
    sandwich_of<8>(matrix, size, groups, left, right);
  }
}

KRONCUT_TARGET void multiply(int d, const double* left, const double* right, double* result) {
  const Number* const a = reinterpret_cast<const Number*>(left);
  const Number* const b = reinterpret_cast<const Number*>(right);
  Number* const out = reinterpret_cast<Number*>(result);
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      Number sum = {};
      for (int k = 0; k < d; ++k) add_product(sum, a[i * d + k], b[k * d + j]);
      out[i * d + j] = sum;
    }
  }
}

KRONCUT_TARGET void adjoint(int d, const double* matrix, double* result) {
  const Number* const a = reinterpret_cast<const Number*>(matrix);
  Number* const out = reinterpret_cast<Number*>(result);
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      out[j * d + i].re = a[i * d + j].re;
      out[j * d + i].im = -a[i * d + j].im;
    }
  }
}

KRONCUT_TARGET inline void square_root(Lanes& value) {
  for (int l = 0; l < 8; ++l) value[l] = std::sqrt(value[l]);
}

KRONCUT_TARGET inline void norm_square(Lanes& sum, const Number* matrix, int count) {
  sum = matrix[0].re * matrix[0].re + matrix[0].im * matrix[0].im;
  for (int k = 1; k < count; ++k) sum += matrix[k].re * matrix[k].re + matrix[k].im * matrix[k].im;
}

/// E <- E + 1e-9 |E| U^dagger.
KRONCUT_TARGET void lean(int d, Number* e, const Number* u) {
  Lanes size;
  norm_square(size, e, d * d);
  square_root(size);
  size = 1e-9 * size + 1e-60;
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      e[i * d + j].re += size * u[j * d + i].re;
      e[i * d + j].im -= size * u[j * d + i].im;
    }
  }
}

/// In closed form: with E = W S V^dagger, E + e^(i arg det E) adj(E)^dagger is (s1 + s2) W V^dagger.
KRONCUT_TARGET void polar_two(Number* e, Number* u) {
  lean(2, e, u);
  Number det;
  set_product(det, e[0], e[3]);
  subtract_product(det, e[1], e[2]);
  Lanes size = det.re * det.re + det.im * det.im + 1e-300;
  square_root(size);
  det.re /= size;
  det.im /= size;
  // adj(E)^dagger has the entries conj(e3), -conj(e2), -conj(e1), conj(e0).
  Number q[4];
  const int other[4] = {3, 2, 1, 0};
  for (int k = 0; k < 4; ++k) {
    const double sign = k == 0 || k == 3 ? 1 : -1;
    Number conjugate;
    conjugate.re = sign * e[other[k]].re;
    conjugate.im = -sign * e[other[k]].im;
    q[k] = e[k];
    add_product(q[k], det, conjugate);
  }
  Lanes norm;
  norm_square(norm, q, 4);
  norm /= 2;
  square_root(norm);
  const Lanes scale = 1 / norm;
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      u[j * 2 + i].re = q[i * 2 + j].re * scale;
      u[j * 2 + i].im = -q[i * 2 + j].im * scale;
    }
  }
}

KRONCUT_TARGET inline void minor(Number& result, const Number& a, const Number& b, const Number& c,
                                 const Number& d) {
  set_product(result, a, d);
  subtract_product(result, b, c);
}

KRONCUT_TARGET inline void cofactor(Number& result, const Number& a, const Number& x, const Number& b,
                                    const Number& y, const Number& c, const Number& z, double sign) {
  set_product(result, a, x);
  subtract_product(result, b, y);
  add_product(result, c, z);
  result.re *= sign;
  result.im *= sign;
}

/// The inverse of 4 x 4 matrices by the minors of their upper and lower two rows.
KRONCUT_TARGET void invert_four(const Number* m, Number* inverse) {
  Number s[6];
  Number c[6];
  minor(s[0], m[0], m[1], m[4], m[5]);
  minor(s[1], m[0], m[2], m[4], m[6]);
  minor(s[2], m[0], m[3], m[4], m[7]);
  minor(s[3], m[1], m[2], m[5], m[6]);
  minor(s[4], m[1], m[3], m[5], m[7]);
  minor(s[5], m[2], m[3], m[6], m[7]);
  minor(c[0], m[8], m[9], m[12], m[13]);
  minor(c[1], m[8], m[10], m[12], m[14]);
  minor(c[2], m[8], m[11], m[12], m[15]);
  minor(c[3], m[9], m[10], m[13], m[14]);
  minor(c[4], m[9], m[11], m[13], m[15]);
  minor(c[5], m[10], m[11], m[14], m[15]);
  Number det;
  set_product(det, s[0], c[5]);
  subtract_product(det, s[1], c[4]);
  add_product(det, s[2], c[3]);
  add_product(det, s[3], c[2]);
  subtract_product(det, s[4], c[1]);
  add_product(det, s[5], c[0]);
  cofactor(inverse[0], m[5], c[5], m[6], c[4], m[7], c[3], 1);
  cofactor(inverse[1], m[1], c[5], m[2], c[4], m[3], c[3], -1);
  cofactor(inverse[2], m[13], s[5], m[14], s[4], m[15], s[3], 1);
  cofactor(inverse[3], m[9], s[5], m[10], s[4], m[11], s[3], -1);
  cofactor(inverse[4], m[4], c[5], m[6], c[2], m[7], c[1], -1);
  cofactor(inverse[5], m[0], c[5], m[2], c[2], m[3], c[1], 1);
  cofactor(inverse[6], m[12], s[5], m[14], s[2], m[15], s[1], -1);
  cofactor(inverse[7], m[8], s[5], m[10], s[2], m[11], s[1], 1);
  cofactor(inverse[8], m[4], c[4], m[5], c[2], m[7], c[0], 1);
  cofactor(inverse[9], m[0], c[4], m[1], c[2], m[3], c[0], -1);
  cofactor(inverse[10], m[12], s[4], m[13], s[2], m[15], s[0], 1);
  cofactor(inverse[11], m[8], s[4], m[9], s[2], m[11], s[0], -1);
  cofactor(inverse[12], m[4], c[3], m[5], c[1], m[6], c[0], -1);
  cofactor(inverse[13], m[0], c[3], m[1], c[1], m[2], c[0], 1);
  cofactor(inverse[14], m[12], s[3], m[13], s[1], m[14], s[0], -1);
  cofactor(inverse[15], m[8], s[3], m[9], s[1], m[10], s[0], 1);
  const Lanes size = 1 / (det.re * det.re + det.im * det.im);
  det.re *= size;
  det.im *= -size;
  for (int k = 0; k < 16; ++k) {
    const Number old = inverse[k];
    set_product(inverse[k], old, det);
  }
}

/// Newton's iteration X <- (m X + X^(-dagger) / m) / 2 with Frobenius scaling (Higham 1986).
KRONCUT_TARGET void polar_four(Number* e, Number* u) {
  lean(4, e, u);
  Lanes size;
  norm_square(size, e, 16);
  square_root(size);
  const Lanes unit = 2 / size;
  for (int k = 0; k < 16; ++k) {
    e[k].re *= unit;
    e[k].im *= unit;
  }
  Number inverse[16];
  for (int step = 0; step < 24; ++step) {
    invert_four(e, inverse);
    Lanes below;
    Lanes above;
    norm_square(above, inverse, 16);
    norm_square(below, e, 16);
    Lanes scale = above / below;
    square_root(scale);
    square_root(scale);
    Lanes change = {};
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        Number& x = e[i * 4 + j];
        const Number& y = inverse[j * 4 + i];
        const Lanes re = 0.5 * (scale * x.re + y.re / scale);
        const Lanes im = 0.5 * (scale * x.im - y.im / scale);
        change += (re - x.re) * (re - x.re) + (im - x.im) * (im - x.im);
        x.re = re;
        x.im = im;
      }
    }
    bool done = true;
    for (int l = 0; l < 8; ++l) done = done && !(change[l] > 1e-17);
    if (done) break;
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      u[j * 4 + i].re = e[i * 4 + j].re;
      u[j * 4 + i].im = -e[i * 4 + j].im;
    }
  }
}

KRONCUT_TARGET void polar(int d, double* environment, double* gate) {
  Number* const e = reinterpret_cast<Number*>(environment);
  Number* const u = reinterpret_cast<Number*>(gate);
  if (d == 2) {
    polar_two(e, u);
  } else {
    polar_four(e, u);
  }
}

KRONCUT_TARGET void swap_entries(double* matrix, const std::size_t* first, const std::size_t* second,
                                 std::size_t count) {
  Number* const entries = reinterpret_cast<Number*>(matrix);
  for (std::size_t k = 0; k < count; ++k) {
    const Number old = entries[first[k]];
    entries[first[k]] = entries[second[k]];
    entries[second[k]] = old;
  }
}

}  // namespace

const QfactorKernels qfactor_kernel_set = {environment, sandwich, multiply, adjoint, polar, swap_entries};

}  // namespace kroncut::synthesize::KRONCUT_LEVEL
