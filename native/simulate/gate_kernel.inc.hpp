// Gate kernels for the instruction set KRONCUT_LEVEL. Included by kernel_*.cpp, not a header for others: GCC
// splits wide vectors before it inlines, so every function here must carry the target attribute itself
// (lambdas do not inherit it), and nothing of the standard library may be called inside the kernels.

#include <bit>
#include <utility>

namespace kroncut::KRONCUT_LEVEL {
namespace {

template <class Real>
struct Vector {
  typedef Real type __attribute__((vector_size(KRONCUT_VECTOR_BYTES)));
  static constexpr int lanes = KRONCUT_VECTOR_BYTES / static_cast<int>(sizeof(Real));
  static constexpr int bits = std::countr_zero(static_cast<unsigned>(lanes));
};

/// Lane i of the result is lane i ^ Flip of `value`.
template <int Flip, int Lanes, class V>
KRONCUT_TARGET inline V flipped(V value) {
  if constexpr (Flip == 0) {
    return value;
  } else if constexpr (Lanes == 2) {
    return __builtin_shufflevector(value, value, 0 ^ Flip, 1 ^ Flip);
  } else if constexpr (Lanes == 4) {
    return __builtin_shufflevector(value, value, 0 ^ Flip, 1 ^ Flip, 2 ^ Flip, 3 ^ Flip);
  } else if constexpr (Lanes == 8) {
    return __builtin_shufflevector(value, value, 0 ^ Flip, 1 ^ Flip, 2 ^ Flip, 3 ^ Flip, 4 ^ Flip, 5 ^ Flip,
                                   6 ^ Flip, 7 ^ Flip);
  } else {
    return __builtin_shufflevector(value, value, 0 ^ Flip, 1 ^ Flip, 2 ^ Flip, 3 ^ Flip, 4 ^ Flip, 5 ^ Flip,
                                   6 ^ Flip, 7 ^ Flip, 8 ^ Flip, 9 ^ Flip, 10 ^ Flip, 11 ^ Flip, 12 ^ Flip,
                                   13 ^ Flip, 14 ^ Flip, 15 ^ Flip);
  }
}

/// Offset of vector `index` after zeros were inserted at the gate's bits.
template <class Real>
KRONCUT_TARGET inline std::size_t vector_offset(std::size_t index, const Step<Real>& step) {
  index = (index & step.below[0]) | ((index & ~step.below[0]) << 1);
  index = (index & step.below[1]) | ((index & ~step.below[1]) << 1);
  return Layout<Real>::offset(index << Vector<Real>::bits);
}

/// Coefficient number `index`: a vector from the table, or one number for all lanes.
template <class Real, bool PerLane>
struct Coefficient {
  using V = typename Vector<Real>::type;
  using type = std::conditional_t<PerLane, V, Real>;
  KRONCUT_TARGET static inline type at(const Real* table, int index) {
    if constexpr (PerLane) {
      return *reinterpret_cast<const V*>(table + index * Vector<Real>::lanes);
    } else {
      return table[index];
    }
  }
};

template <class Real, int Members, int FlipA, int FlipB, bool PerLane, bool RealOnly>
KRONCUT_TARGET void mix(Real* amplitudes, const Step<Real>& step, std::size_t begin, std::size_t end) {
  using V = typename Vector<Real>::type;
  using C = Coefficient<Real, PerLane>;
  constexpr int lanes = Vector<Real>::lanes;
  constexpr int patterns = FlipA == 0 ? 1 : (FlipB == 0 ? 2 : 4);
  constexpr int inputs = Members * patterns;
  constexpr int parts = RealOnly ? 1 : 2;
  const Real* const table = step.coefficients;
  for (std::size_t index = begin; index < end; ++index) {
    Real* const base = amplitudes + vector_offset(index, step);
    V re[inputs];
    V im[inputs];
#pragma GCC unroll 4
    for (int member = 0; member < Members; ++member) {
      const Real* const from = base + step.member[static_cast<std::size_t>(member)];
      const V r = *reinterpret_cast<const V*>(from);
      const V i = *reinterpret_cast<const V*>(from + Layout<Real>::lanes);
      re[member * patterns] = r;
      im[member * patterns] = i;
      if constexpr (patterns > 1) {
        re[member * patterns + 1] = flipped<FlipA, lanes>(r);
        im[member * patterns + 1] = flipped<FlipA, lanes>(i);
      }
      if constexpr (patterns > 2) {
        re[member * patterns + 2] = flipped<FlipB, lanes>(r);
        im[member * patterns + 2] = flipped<FlipB, lanes>(i);
        re[member * patterns + 3] = flipped<FlipA ^ FlipB, lanes>(r);
        im[member * patterns + 3] = flipped<FlipA ^ FlipB, lanes>(i);
      }
    }
#pragma GCC unroll 4
    for (int row = 0; row < Members; ++row) {
      const auto first = C::at(table, row * inputs * parts);
      V sum_re = first * re[0];
      V sum_im = first * im[0];
      if constexpr (!RealOnly) {
        const auto imaginary = C::at(table, row * inputs * parts + 1);
        sum_re -= imaginary * im[0];
        sum_im += imaginary * re[0];
      }
#pragma GCC unroll 4
      for (int input = 1; input < inputs; ++input) {
        const auto real = C::at(table, (row * inputs + input) * parts);
        sum_re += real * re[input];
        sum_im += real * im[input];
        if constexpr (!RealOnly) {
          const auto imaginary = C::at(table, (row * inputs + input) * parts + 1);
          sum_re -= imaginary * im[input];
          sum_im += imaginary * re[input];
        }
      }
      Real* const to = base + step.member[static_cast<std::size_t>(row)];
      *reinterpret_cast<V*>(to) = sum_re;
      *reinterpret_cast<V*>(to + Layout<Real>::lanes) = sum_im;
    }
  }
}

template <class Real, bool RealOnly>
KRONCUT_TARGET void exchange(Real* amplitudes, const Step<Real>& step, std::size_t begin, std::size_t end) {
  using V = typename Vector<Real>::type;
  const Real* const table = step.coefficients;
  const Real re0 = table[0];
  const Real im0 = RealOnly ? Real{0} : table[1];
  const Real re1 = table[RealOnly ? 1 : 2];
  const Real im1 = RealOnly ? Real{0} : table[3];
  for (std::size_t index = begin; index < end; ++index) {
    Real* const base = amplitudes + vector_offset(index, step);
    V* const first_re = reinterpret_cast<V*>(base + step.member[0]);
    V* const first_im = reinterpret_cast<V*>(base + step.member[0] + Layout<Real>::lanes);
    V* const second_re = reinterpret_cast<V*>(base + step.member[1]);
    V* const second_im = reinterpret_cast<V*>(base + step.member[1] + Layout<Real>::lanes);
    const V ar = *first_re;
    const V ai = *first_im;
    const V br = *second_re;
    const V bi = *second_im;
    if constexpr (RealOnly) {
      *first_re = re0 * br;
      *first_im = re0 * bi;
      *second_re = re1 * ar;
      *second_im = re1 * ai;
    } else {
      *first_re = re0 * br - im0 * bi;
      *first_im = re0 * bi + im0 * br;
      *second_re = re1 * ar - im1 * ai;
      *second_im = re1 * ai + im1 * ar;
    }
  }
}

template <class Real>
using Found = typename Step<Real>::Kernel;

template <class Real, bool RealOnly, int FlipA, int... FlipBs>
Found<Real> find_two_flips(int wanted, std::integer_sequence<int, FlipBs...>) {
  Found<Real> found = nullptr;
  ((wanted == (1 << FlipBs) ? void(found = mix<Real, 1, FlipA, (1 << FlipBs), true, RealOnly>) : void()),
   ...);
  return found;
}

template <class Real, bool RealOnly, int... Bits>
Found<Real> find_two_flips_of(const KernelKey& key, std::integer_sequence<int, Bits...> bits) {
  Found<Real> found = nullptr;
  ((key.flips[0] == (1 << Bits)
        ? void(found = find_two_flips<Real, RealOnly, (1 << Bits)>(key.flips[1], bits))
        : void()),
   ...);
  return found;
}

template <class Real, bool RealOnly, int Flip>
Found<Real> find_one_flip(int members) {
  constexpr int weight = std::popcount(static_cast<unsigned>(Flip));
  if constexpr (weight == 1) {
    if (members == 2) return mix<Real, 2, Flip, 0, true, RealOnly>;
  }
  if constexpr (weight == 1 || weight == 2) {
    if (members == 1) return mix<Real, 1, Flip, 0, true, RealOnly>;
  }
  return nullptr;
}

template <class Real, bool RealOnly, int... Flips>
Found<Real> find_one_flip_of(const KernelKey& key, std::integer_sequence<int, Flips...>) {
  Found<Real> found = nullptr;
  ((key.flips[0] == Flips ? void(found = find_one_flip<Real, RealOnly, Flips>(key.members)) : void()), ...);
  return found;
}

template <class Real, bool RealOnly>
Found<Real> find_kernel(const KernelKey& key) {
  using V = Vector<Real>;
  if (key.exchange) return exchange<Real, RealOnly>;
  if (key.flips[1] != 0) {
    return find_two_flips_of<Real, RealOnly>(key, std::make_integer_sequence<int, V::bits>());
  }
  if (key.flips[0] != 0) {
    return find_one_flip_of<Real, RealOnly>(key, std::make_integer_sequence<int, V::lanes>());
  }
  if (key.members == 1) {
    return key.per_lane ? mix<Real, 1, 0, 0, true, RealOnly> : mix<Real, 1, 0, 0, false, RealOnly>;
  }
  if (key.members == 2) {
    return key.per_lane ? mix<Real, 2, 0, 0, true, RealOnly> : mix<Real, 2, 0, 0, false, RealOnly>;
  }
  return mix<Real, 4, 0, 0, false, RealOnly>;
}

template <class Real>
Found<Real> find(const KernelKey& key) {
  return key.real ? find_kernel<Real, true>(key) : find_kernel<Real, false>(key);
}

}  // namespace

KernelSet<float> kernels_float() noexcept { return {Vector<float>::bits, find<float>}; }
KernelSet<double> kernels_double() noexcept { return {Vector<double>::bits, find<double>}; }

}  // namespace kroncut::KRONCUT_LEVEL
