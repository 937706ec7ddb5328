#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kroncut {

class Consumer;
class Scanner;
class TopConsumer;

/// What one pass over the answer q beside a given distribution p finds, both of the same length.
struct PairDigest {
  double squared_error = 0;   // (p - q)^2
  double squared_given = 0;   // p^2; not finite where a p is not
  double chi_squared = 0;     // (p - q)^2 / (p + q), where p + q > 0
  double fidelity = 0;        // sqrt(p q), where both are positive
  double cross_entropy = 0;   // -p ln q, where both are positive (nats)
  double missing_weight = 0;  // p, where p > 0 and q <= 0
  std::uint64_t missing = 0;  // how many of these there are
  double max_abs_error = 0;   // |p - q|, the largest that is a number
};

/// A consumer that sees the answer beside a given distribution.
class Paired {
 public:
  virtual ~Paired() = default;
  /// The given values of outcomes from `begin` on, as far as the range goes.
  [[nodiscard]] virtual const double* given(std::uint64_t begin) const = 0;
  virtual void take_pair(std::uint64_t begin, std::size_t size, const PairDigest& found) = 0;
};

/// What consumers want to know of an answer, most of which they need not see: a device finds it where the
/// values are, and only that travels. Whoever computes the answer for them, in place of calling `consume`,
///  - gives every scanner the digests of all pieces of the range (`Scanner::take`), each once, and every pair
///    what it finds of these beside the given values (`Paired::take_pair`);
///  - offers every top list all values of those pieces that it wants (`TopConsumer::wants`, `offer`), or at
///    least those that can be among its best;
///  - refuses values that are not finite (`refuse_what_is_not_finite`), where `digests` says so;
///  - hands all runs to the watchers (`Consumer::consume`), from any of its threads.
/// All but the last from one thread.
struct Reductions {
  /// Longest pieces: a power of two. A piece is an aligned power of two of values.
  std::uint64_t largest_piece = std::uint64_t{1} << 16;
  bool digests = false;    // whether values are looked at at all
  bool entropies = false;  // whether digests need them
  std::vector<Scanner*> scanners;
  std::vector<TopConsumer*> tops;
  std::vector<Paired*> pairs;
  std::vector<Consumer*> watchers;  // need the values themselves
};

/// Throws Error(internal) naming the outcome of the first of `values` that is NaN or infinite, if one is;
/// `begin` is the outcome of values[0]. Numbers that are finite may still have a sum that is not.
void refuse_what_is_not_finite(std::uint64_t begin, std::span<const double> values);

}  // namespace kroncut
