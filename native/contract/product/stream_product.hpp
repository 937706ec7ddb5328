#pragma once

#include <cstddef>
#include <cstdint>

#include "contract/product/product.hpp"
#include "core/control.hpp"
#include "core/simd.hpp"

namespace kroncut {

/// CPU kernel behind Backend::multiply.
void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
              double* c, int threads, Control& control);

/// CPU kernel behind Backend::stream_product. Every value is one chain of multiply-adds over `inner` in
/// ascending order, whatever the masks, the range and the number of threads. `begin` and `end` may be any
/// bounds within the answer; runs are as long as their common alignment allows, at most 2^17 values, so
/// ranges aligned to 2^13 or more are fastest. Throws Error(input) for masks that overlap or leave a gap and
/// for a range outside of the answer; what the consumer throws passes through.
void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end, Consumer& consumer,
                    int threads, Control& control);

/// The same with a chosen instruction set (which the processor must have), for tests and benchmarks.
void stream_product_at(SimdLevel level, const Product& product, std::uint64_t begin, std::uint64_t end,
                       Consumer& consumer, int threads, Control& control);
void multiply_at(SimdLevel level, std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
                 const double* b, double* c, int threads, Control& control);

}  // namespace kroncut
