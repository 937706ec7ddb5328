#include "contract/network/components.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "contract/network/network.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {

std::vector<std::uint8_t> nonzero_rows(const Tensor& tensor, int threads) {
  const std::size_t length = tensor.outcome_size();
  std::vector<std::uint8_t> rows(tensor.bond_size());
  // Short rows are looked at many at a time: one is not worth handing out.
  const std::size_t together = std::max<std::size_t>(1, (std::size_t{1} << 13) / length);
  parallel_for((rows.size() + together - 1) / together, threads, [&](std::size_t task, int) {
    for (std::size_t row = task * together; row < std::min(rows.size(), (task + 1) * together); ++row) {
      const double* const values = tensor.values + row * length;
      rows[row] = std::any_of(values, values + length, [](double value) { return value != 0.0; }) ? 1 : 0;
    }
  });
  return rows;
}

Tensor select_rows(const Tensor& tensor, std::span<const std::uint32_t> rows, std::vector<Bond> bonds,
                   int threads) {
  NewTensor made = allocate_tensor(std::move(bonds), tensor.bits);
  const std::size_t length = tensor.outcome_size();
  const std::size_t there = tensor.bond_size();
  if (made.tensor.bond_size() != rows.size() ||
      std::any_of(rows.begin(), rows.end(), [&](std::uint32_t row) { return row >= there; })) {
    throw Error(ErrorCode::input, "the " + std::to_string(rows.size()) +
                                      " rows that were chosen do not fit the bonds, or a tensor of " +
                                      std::to_string(there) + " rows");
  }
  const std::size_t together = std::max<std::size_t>(1, (std::size_t{1} << 13) / length);
  parallel_for((rows.size() + together - 1) / together, threads, [&](std::size_t task, int) {
    for (std::size_t row = task * together; row < std::min(rows.size(), (task + 1) * together); ++row) {
      std::memcpy(made.values + row * length, tensor.values + rows[row] * length, length * sizeof(double));
    }
  });
  return made.tensor;
}

}  // namespace kroncut
