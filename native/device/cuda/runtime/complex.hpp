#pragma once

#include "core/host_device.hpp"

namespace kroncut::cuda {

/// A complex number that is loaded and stored in one access.
template <class T>
struct alignas(2 * sizeof(T)) Complex {
  T re;
  T im;
};

template <class T>
KRONCUT_HD Complex<T> multiply(Complex<T> a, Complex<T> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

template <class T>
KRONCUT_HD Complex<T> multiply_add(Complex<T> a, Complex<T> b, Complex<T> sum) {
  return {sum.re + a.re * b.re - a.im * b.im, sum.im + a.re * b.im + a.im * b.re};
}

}  // namespace kroncut::cuda
