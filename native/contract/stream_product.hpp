#pragma once

#include <cstddef>
#include <cstdint>

#include "contract/product.hpp"
#include "core/control.hpp"

namespace kroncut {

/// CPU kernel behind Backend::multiply.
void multiply(std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
              double* c, int threads, Control& control);

/// CPU kernel behind Backend::stream_product.
void stream_product(const Product& product, std::uint64_t begin, std::uint64_t end, Consumer& consumer,
                    int threads, Control& control);

}  // namespace kroncut
