#include "contract/network/components.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "contract/network/network.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

/// Values 1, 2, 3, ... but for rows of zeros.
Tensor with_zero_rows(const std::vector<std::size_t>& zeros) {
  NewTensor made = allocate_tensor({{5, 4}, {9, 3}}, {2, 7, 1});
  for (std::size_t i = 0; i < made.tensor.size(); ++i) made.values[i] = static_cast<double>(i + 1);
  for (const std::size_t row : zeros) std::fill_n(made.values + 8 * row, 8, 0.0);
  return made.tensor;
}

}  // namespace

KRONCUT_TEST(rows_of_zeros_are_told_from_others) {
  Tensor tensor = with_zero_rows({0, 4, 11});
  KRONCUT_CHECK((nonzero_rows(tensor, 2) == std::vector<std::uint8_t>{0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0}));
  NewTensor scalar = allocate_tensor({}, {});
  scalar.values[0] = -1e-300;
  KRONCUT_CHECK(nonzero_rows(scalar.tensor, 1) == std::vector<std::uint8_t>{1});
}

KRONCUT_TEST(chosen_rows_make_a_tensor_of_their_own) {
  const Tensor tensor = with_zero_rows({});
  const std::vector<std::uint32_t> rows{7, 0, 7, 11};
  const Tensor chosen = select_rows(tensor, rows, {{3, 2}, {4, 2}}, 2);
  KRONCUT_CHECK(chosen.bits == tensor.bits && chosen.size() == 32);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    KRONCUT_CHECK(std::equal(chosen.values + 8 * i, chosen.values + 8 * i + 8, tensor.values + 8 * rows[i]));
  }
  KRONCUT_CHECK_THROWS(select_rows(tensor, rows, {{3, 3}}, 1).size(), ErrorCode::input);
  const std::vector<std::uint32_t> absent{12};
  KRONCUT_CHECK_THROWS(select_rows(tensor, absent, {{3, 1}}, 1).size(), ErrorCode::input);
}

}  // namespace kroncut
