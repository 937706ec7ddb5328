#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kroncut {

class Scanner;
class TopConsumer;

/// What consumers want to know of an answer that they need not see: a device finds it where the values are,
/// and only that travels. Whoever computes the answer for them, in place of calling `consume`,
///  - gives every scanner the digests of all pieces of the range (`Scanner::take`), each once;
///  - offers every top list all values of those pieces that it wants (`TopConsumer::wants`, `offer`), or at
///    least those that can be among its best;
///  - refuses values that are not finite (`refuse_what_is_not_finite`).
/// All of it from one thread.
struct Reductions {
  /// Longest pieces: a power of two. A piece is an aligned power of two of values.
  std::uint64_t largest_piece = std::uint64_t{1} << 16;
  bool entropies = false;  // whether digests need them
  std::vector<Scanner*> scanners;
  std::vector<TopConsumer*> tops;
};

/// Throws Error(internal) naming the outcome of the first of `values` that is NaN or infinite, if one is;
/// `begin` is the outcome of values[0]. Numbers that are finite may still have a sum that is not.
void refuse_what_is_not_finite(std::uint64_t begin, std::span<const double> values);

}  // namespace kroncut
