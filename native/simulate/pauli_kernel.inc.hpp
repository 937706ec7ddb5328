// From amplitudes to Pauli components, for the instruction set KRONCUT_LEVEL. Included by kernel_*.cpp after
// gate_kernel.inc.hpp; what is said there about target attributes holds here.
//
// T(M) turns an operator M on the legs into its Pauli components, leg by leg: with blocks M00, M01, M10, M11
// of a leg (ket, bra), I and Z are T(M00) +- T(M11), X is T(M01) + T(M10), and Y is i (T(M01) - T(M10)) on an
// output, where it is Tr(Y M), and the negative on an input, where it is the coefficient sum of Y_ij M_ij.
// For M = u u^dagger, or more generally (S u) u^dagger summed over all of the other qubits with a Hermitian S
// on them, T is real and T(M10) is the conjugate of T(M01); so the recursion needs only the two
// diagonal blocks and one complex one, every leg costs one addition per number, and all of it happens in
// place.

namespace kroncut::KRONCUT_LEVEL {
namespace {

/// (-1)^|t & pattern| for patterns of three bits.
alignas(64) constexpr double line_signs[8][8] = {{1, 1, 1, 1, 1, 1, 1, 1},     {1, -1, 1, -1, 1, -1, 1, -1},
                                                 {1, 1, -1, -1, 1, 1, -1, -1}, {1, -1, -1, 1, 1, -1, -1, 1},
                                                 {1, 1, 1, 1, -1, -1, -1, -1}, {1, -1, 1, -1, -1, 1, -1, 1},
                                                 {1, 1, -1, -1, -1, -1, 1, 1}, {1, -1, -1, 1, -1, 1, 1, -1}};

struct Pauli {
  using V = Vector<double>::type;
  /// The same for memory that need not be aligned: the result may be the caller's.
  typedef double Unaligned __attribute__((vector_size(KRONCUT_VECTOR_BYTES), aligned(8)));
  static constexpr std::size_t width = static_cast<std::size_t>(Vector<double>::lanes);
  static constexpr std::size_t line = 8;  // vectors are padded to this many numbers

  const PauliTask& task;
  bool stopped = false;

  KRONCUT_TARGET static inline V load(const double* from) { return *reinterpret_cast<const V*>(from); }
  KRONCUT_TARGET static inline void store(double* to, V value) { *reinterpret_cast<Unaligned*>(to) = value; }

  KRONCUT_TARGET void check(int level) {
    if (level >= 5 && !stopped) stopped = task.cancelled(task.context);
  }

  /// Sums S u conj(w) over [begin, flat) in steps of `step`, a vector of lanes at a time.
  KRONCUT_TARGET inline void accumulate(std::size_t u, std::size_t w, std::size_t begin, std::size_t step,
                                        V& sum_re, V& sum_im) const {
    const double* const ur = task.left_re + u * task.flat;
    const double* const ui = task.left_im + u * task.flat;
    const double* const wr = task.re + w * task.flat;
    const double* const wi = task.im + w * task.flat;
    sum_re = V{};
    sum_im = V{};
    for (std::size_t f = begin; f < task.flat; f += step) {
      const V a = load(ur + f);
      const V b = load(ui + f);
      const V c = load(wr + f);
      const V d = load(wi + f);
      sum_re += a * c + b * d;
      sum_im += b * c - a * d;
    }
  }

  /// The same where a vector of 8 holds several traced values of fewer lanes: re, im [lanes].
  KRONCUT_TARGET void fold(std::size_t u, std::size_t w, double scale, double* re, double* im) const {
    for (std::size_t lane = 0; lane < task.lanes; ++lane) re[lane] = im[lane] = 0;
    for (std::size_t begin = 0; begin < line; begin += width) {
      V sum_re;
      V sum_im;
      accumulate(u, w, begin, line, sum_re, sum_im);
      for (std::size_t k = 0; k < width; ++k) {
        re[(begin + k) & (task.lanes - 1)] += scale * sum_re[k];
        im[(begin + k) & (task.lanes - 1)] += scale * sum_im[k];
      }
    }
  }

  /// Products S u conj(w) for all traced values, in scratch.
  KRONCUT_TARGET void multiply(std::size_t u, std::size_t w, double* re, double* im) const {
    const double* const ur = task.left_re + u * task.flat;
    const double* const ui = task.left_im + u * task.flat;
    const double* const wr = task.re + w * task.flat;
    const double* const wi = task.im + w * task.flat;
    for (std::size_t f = 0; f < task.flat; f += width) {
      const V a = load(ur + f);
      const V b = load(ui + f);
      const V c = load(wr + f);
      const V d = load(wi + f);
      store(re + f, a * c + b * d);
      store(im + f, b * c - a * d);
    }
  }

  KRONCUT_TARGET static double total(const double* from, std::size_t count) {
    V sum{};
    for (std::size_t k = 0; k < count; k += width) sum += load(from + k);
    double result = 0;
    for (std::size_t k = 0; k < width; ++k) result += sum[k];
    return result;
  }

  /// Sums `count` values of a node, in place, into the lanes that end below it.
  KRONCUT_TARGET void sum_signed(int number, double* re, double* im, std::size_t count, double* lane_re,
                                 double* lane_im) const {
    const SignedSums::Node& node = task.sums->nodes[static_cast<std::size_t>(number)];
    if (node.plain) {
      const double r = total(re, count);
      const double i = total(im, count);
      for (int k = 0; k < node.count; ++k) {
        lane_re[node.lane_of[static_cast<std::size_t>(k)]] = r;
        lane_im[node.lane_of[static_cast<std::size_t>(k)]] = i;
      }
      return;
    }
    if (count == line) {
      for (int k = 0; k < node.count; ++k) {
        const double* const sign = line_signs[node.pattern[static_cast<std::size_t>(k)]];
        V sum_re{};
        V sum_im{};
        for (std::size_t t = 0; t < line; t += width) {
          sum_re += load(sign + t) * load(re + t);
          sum_im += load(sign + t) * load(im + t);
        }
        double r = 0;
        double i = 0;
        for (std::size_t t = 0; t < width; ++t) {
          r += sum_re[t];
          i += sum_im[t];
        }
        lane_re[node.lane_of[static_cast<std::size_t>(k)]] = r;
        lane_im[node.lane_of[static_cast<std::size_t>(k)]] = i;
      }
      return;
    }
    const std::size_t half = count / 2;
    double* const one_re = re + (node.zero < 0 ? 0 : half);
    double* const one_im = im + (node.zero < 0 ? 0 : half);
    for (std::size_t k = 0; k < half; k += width) {
      const V low_re = load(re + k);
      const V low_im = load(im + k);
      const V high_re = load(re + half + k);
      const V high_im = load(im + half + k);
      if (node.zero >= 0) {
        store(re + k, low_re + high_re);
        store(im + k, low_im + high_im);
      }
      if (node.one >= 0) {
        store(one_re + k, low_re - high_re);
        store(one_im + k, low_im - high_im);
      }
    }
    if (node.zero >= 0) sum_signed(node.zero, re, im, half, lane_re, lane_im);
    if (node.one >= 0) sum_signed(node.one, one_re, one_im, half, lane_re, lane_im);
  }

  /// Sums of S u conj(w) with the signs of each lane; `im` may be left out.
  KRONCUT_TARGET void signed_sums(std::size_t u, std::size_t w, double scale, double* re, double* im) const {
    alignas(64) double lane_re[line];
    alignas(64) double lane_im[line];
    for (std::size_t k = 0; k < line; ++k) lane_re[k] = lane_im[k] = 0;
    double* const products = task.sums->products;
    multiply(u, w, products, products + task.flat);
    sum_signed(0, products, products + task.flat, task.flat, lane_re, lane_im);
    const double* const a = task.sums->real.data();
    const double* const b = task.sums->imaginary.data();
    for (std::size_t k = 0; k < line; k += width) {
      const V r = load(lane_re + k);
      const V i = load(lane_im + k);
      store(re + k, (load(a + k) * r + load(b + k) * i) * scale);
      if (im != nullptr) store(im + k, (load(a + k) * i - load(b + k) * r) * scale);
    }
  }

  /// out = 2^-inputs * sum over the traced values of |u|^2.
  KRONCUT_TARGET void square(std::size_t u, double* out) const {
    if (task.sums != nullptr) return signed_sums(u, u, 0.5 * task.scale, out, nullptr);
    if (task.lanes < line) {
      double unused[line];
      fold(u, u, 0.5 * task.scale, out, unused);
      return;
    }
    for (std::size_t x = 0; x < task.lanes; x += width) {
      V re;
      V im;
      accumulate(u, u, x, task.lanes, re, im);
      store(out + x, re * (0.5 * task.scale));
    }
  }

  /// re + i im = 2^(1 - inputs) * sum over the traced values of u conj(w); twice the value, because every
  /// such block stands for its adjoint as well.
  KRONCUT_TARGET void overlap(std::size_t u, std::size_t w, double* re, double* im) const {
    if (task.sums != nullptr) return signed_sums(u, w, task.scale, re, im);
    if (task.lanes < line) {
      fold(u, w, task.scale, re, im);
      return;
    }
    for (std::size_t x = 0; x < task.lanes; x += width) {
      V sum_re;
      V sum_im;
      accumulate(u, w, x, task.lanes, sum_re, sum_im);
      store(re + x, sum_re * task.scale);
      store(im + x, sum_im * task.scale);
    }
  }

  /// The last leg of `cross` in registers.
  KRONCUT_TARGET void cross_leg(std::size_t u, std::size_t w, double* re, double* im) const {
    const bool output = is_output(1);
    const std::size_t lanes = task.lanes;
    for (std::size_t x = 0; x < lanes; x += width) {
      V re00;
      V im00;
      V re11;
      V im11;
      V re_p;
      V im_p;
      V re_m;
      V im_m;
      accumulate(u, w, x, lanes, re00, im00);
      accumulate(u + 1, w + 1, x, lanes, re11, im11);
      accumulate(u, w + 1, x, lanes, output ? re_p : re_m, output ? im_p : im_m);
      accumulate(u + 1, w, x, lanes, output ? re_m : re_p, output ? im_m : im_p);
      const double scale = task.scale;
      store(re + x, scale * (re00 + re11));
      store(im + x, scale * (im00 + im11));
      store(re + lanes + x, scale * (re_p + re_m));
      store(im + lanes + x, scale * (im_p + im_m));
      store(re + 2 * lanes + x, scale * (im_m - im_p));
      store(im + 2 * lanes + x, scale * (re_p - re_m));
      store(re + 3 * lanes + x, scale * (re00 - re11));
      store(im + 3 * lanes + x, scale * (im00 - im11));
    }
  }

  KRONCUT_TARGET static void butterfly(double* __restrict plus, double* __restrict minus, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double a = plus[i];
      const double b = minus[i];
      plus[i] = a + b;
      minus[i] = a - b;
    }
  }

  /// x = p + m, y = i (p - m), where x holds p and y holds m before.
  KRONCUT_TARGET static void twist(double* __restrict x_re, double* __restrict x_im, double* __restrict y_re,
                                   double* __restrict y_im, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double pr = x_re[i];
      const double pi = x_im[i];
      const double mr = y_re[i];
      const double mi = y_im[i];
      x_re[i] = pr + mr;
      x_im[i] = pi + mi;
      y_re[i] = mi - pi;
      y_im[i] = pr - mr;
    }
  }

  [[nodiscard]] KRONCUT_TARGET inline bool is_output(int level) const {
    return task.legs - level >= task.inputs;
  }

  /// T(u u^dagger) on the last `level` legs, u being 2^level consecutive vectors.
  KRONCUT_TARGET void hermitian(int level, std::size_t u, double* out) {
    if (level == 0) return square(u, out);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t quarter = half * half * task.lanes;
    hermitian(level - 1, u, out);
    hermitian(level - 1, u + half, out + 3 * quarter);
    butterfly(out, out + 3 * quarter, quarter);
    if (is_output(level)) {
      cross(level - 1, u + half, u, out + quarter, out + 2 * quarter);
    } else {
      cross(level - 1, u, u + half, out + quarter, out + 2 * quarter);
    }
  }

  /// T(u w^dagger) on the last `level` legs.
  KRONCUT_TARGET void cross(int level, std::size_t u, std::size_t w, double* re, double* im) {
    if (level == 0) return overlap(u, w, re, im);
    if (level == 1 && task.lanes >= line && task.sums == nullptr) return cross_leg(u, w, re, im);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t quarter = half * half * task.lanes;
    cross(level - 1, u, w, re, im);
    cross(level - 1, u + half, w + half, re + 3 * quarter, im + 3 * quarter);
    butterfly(re, re + 3 * quarter, quarter);
    butterfly(im, im + 3 * quarter, quarter);
    const std::size_t first = is_output(level) ? quarter : 2 * quarter;
    const std::size_t second = 3 * quarter - first;
    cross(level - 1, u, w + half, re + first, im + first);
    cross(level - 1, u + half, w, re + second, im + second);
    twist(re + quarter, im + quarter, re + 2 * quarter, im + 2 * quarter, quarter);
  }

  /// Legs that a path does not choose for.
  [[nodiscard]] KRONCUT_TARGET inline int below() const { return task.legs - task.split; }

  /// Whether a leg is X or Y on a path, and not I or Z.
  [[nodiscard]] KRONCUT_TARGET inline bool turns(unsigned path, int level) const {
    return (path >> (level - below() - 1) & 1U) != 0;
  }

  /// Numbers that the components of a path take on the last `level` legs.
  [[nodiscard]] KRONCUT_TARGET inline std::size_t path_size(int level) const {
    return (task.lanes << 2 * below()) << (level - below());
  }

  /// What `hermitian` finds on a path: I before Z, or X before Y, of each of its legs.
  KRONCUT_TARGET void hermitian_on(unsigned path, int level, std::size_t u, double* out) {
    if (level == below()) return hermitian(level, u, out);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t size = path_size(level - 1);
    if (!turns(path, level)) {
      hermitian_on(path, level - 1, u, out);
      hermitian_on(path, level - 1, u + half, out + size);
      butterfly(out, out + size, size);
    } else if (is_output(level)) {
      cross_on(path, level - 1, u + half, u, out, out + size);
    } else {
      cross_on(path, level - 1, u, u + half, out, out + size);
    }
  }

  /// What `cross` finds on a path.
  KRONCUT_TARGET void cross_on(unsigned path, int level, std::size_t u, std::size_t w, double* re,
                               double* im) {
    if (level == below()) return cross(level, u, w, re, im);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t size = path_size(level - 1);
    if (!turns(path, level)) {
      cross_on(path, level - 1, u, w, re, im);
      cross_on(path, level - 1, u + half, w + half, re + size, im + size);
      butterfly(re, re + size, size);
      butterfly(im, im + size, size);
      return;
    }
    const std::size_t first = is_output(level) ? 0 : size;
    const std::size_t second = size - first;
    cross_on(path, level - 1, u, w + half, re + first, im + first);
    cross_on(path, level - 1, u + half, w, re + second, im + second);
    twist(re, im, re + size, im + size, size);
  }

  /// All components, path by path.
  KRONCUT_TARGET void in_pieces(double* out) {
    const std::size_t size = path_size(below());
    const unsigned pieces = 1U << task.split;
    for (unsigned path = 0; path < pieces && !stopped; ++path) {
      hermitian_on(path, task.legs, 0, out);
      for (unsigned piece = 0; piece < pieces && !stopped; ++piece) {
        std::size_t row = 0;
        for (int level = task.legs; level > below(); --level) {
          const bool second = (piece >> (level - below() - 1) & 1U) != 0;
          row = 4 * row + (turns(path, level) ? (second ? 2U : 1U) : (second ? 3U : 0U));
        }
        task.emit(task.taker, row << 2 * below(), out + piece * size);
      }
    }
  }
};

}  // namespace

void pauli(const PauliTask& task, double* out) {
  Pauli pauli{task};
  if (task.emit != nullptr) return pauli.in_pieces(out);
  pauli.hermitian(task.legs, 0, out);
}

}  // namespace kroncut::KRONCUT_LEVEL
