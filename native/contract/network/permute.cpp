#include "contract/network/permute.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// One axis of the destination with its steps in both arrays.
struct Axis {
  std::size_t extent;
  std::size_t source_stride;
  std::size_t destination_stride;
  bool in_block = false;
};

/// Elements of either array that one block should hold next to each other: eight cache lines.
constexpr std::size_t neighbours = 64;
constexpr std::size_t elements_per_task = std::size_t{1} << 14;

/// Destination axes from slowest to fastest, without those of extent 1, joined where they stay neighbours.
std::vector<Axis> joined_axes(std::span<const std::size_t> extents, std::span<const std::size_t> order) {
  if (extents.size() != order.size())
    throw Error(ErrorCode::internal, "permute_axes: order and extents differ");
  std::vector<std::size_t> strides(extents.size(), 1);
  for (std::size_t axis = extents.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * extents[axis];
  std::vector<Axis> axes;
  for (const std::size_t source : order) {
    const std::size_t extent = extents[source];
    if (extent == 1) continue;
    if (!axes.empty() && axes.back().source_stride == extent * strides[source]) {
      axes.back().extent *= extent;
      axes.back().source_stride = strides[source];
    } else {
      axes.push_back({extent, strides[source], 0});
    }
  }
  return axes;
}

/// Splits long axes so that blocks can take a part of one.
std::vector<Axis> split_axes(const std::vector<Axis>& axes) {
  std::vector<Axis> result;
  for (const Axis& axis : axes) {
    if (axis.extent > neighbours && axis.extent % neighbours == 0) {
      result.push_back({axis.extent / neighbours, axis.source_stride * neighbours, 0});
      result.push_back({neighbours, axis.source_stride, 0});
    } else {
      result.push_back(axis);
    }
  }
  std::size_t stride = 1;
  for (std::size_t axis = result.size(); axis-- > 0;) {
    result[axis].destination_stride = stride;
    stride *= result[axis].extent;
  }
  return result;
}

struct Offsets {
  std::size_t source;
  std::size_t destination;
};

/// Offsets of all index combinations of the axes, the last axis fastest.
std::vector<Offsets> enumerate(const std::vector<Axis>& axes) {
  std::vector<Offsets> list{{0, 0}};
  for (const Axis& axis : axes) {
    std::vector<Offsets> next;
    next.reserve(list.size() * axis.extent);
    for (const Offsets& base : list) {
      for (std::size_t i = 0; i < axis.extent; ++i) {
        next.push_back(
            {base.source + i * axis.source_stride, base.destination + i * axis.destination_stride});
      }
    }
    list = std::move(next);
  }
  return list;
}

/// Marks fast axes of the destination, then of the source, as parts of the block.
void choose_block(std::vector<Axis>& axes, std::size_t unit) {
  std::size_t size = unit;
  for (std::size_t axis = axes.size(); axis-- > 0 && size < neighbours;) {
    axes[axis].in_block = true;
    size *= axes[axis].extent;
  }
  std::vector<std::size_t> by_stride(axes.size());
  std::iota(by_stride.begin(), by_stride.end(), 0);
  std::sort(by_stride.begin(), by_stride.end(),
            [&](std::size_t a, std::size_t b) { return axes[a].source_stride < axes[b].source_stride; });
  size = unit;
  for (const std::size_t axis : by_stride) {
    if (size >= neighbours) break;
    axes[axis].in_block = true;
    size *= axes[axis].extent;
  }
}

}  // namespace

bool is_identity_permutation(std::span<const std::size_t> extents, std::span<const std::size_t> order) {
  const auto axes = joined_axes(extents, order);
  return axes.empty() || (axes.size() == 1 && axes[0].source_stride == 1);
}

void permute_axes(const double* source, std::span<const std::size_t> extents,
                  std::span<const std::size_t> order, double* destination, int threads, Control& control) {
  std::vector<Axis> axes = joined_axes(extents, order);
  if (axes.empty()) {
    *destination = *source;
    return;
  }
  axes = split_axes(axes);
  std::size_t unit = 1;  // contiguous in both arrays
  if (axes.back().source_stride == 1 && axes.back().extent >= 8) {
    unit = axes.back().extent;
    axes.pop_back();
  }
  choose_block(axes, unit);
  std::vector<Axis> inside;
  std::vector<Axis> outside;
  for (const Axis& axis : axes) (axis.in_block ? inside : outside).push_back(axis);
  const std::vector<Offsets> block = enumerate(inside);
  std::size_t blocks = 1;
  for (const Axis& axis : outside) blocks *= axis.extent;
  const std::size_t per_task = std::max<std::size_t>(1, elements_per_task / (block.size() * unit));
  parallel_for((blocks + per_task - 1) / per_task, threads, [&](std::size_t task, int) {
    control.check();
    const std::size_t last = std::min(blocks, (task + 1) * per_task);
    for (std::size_t index = task * per_task; index < last; ++index) {
      const double* from = source;
      double* to = destination;
      std::size_t rest = index;
      for (std::size_t axis = outside.size(); axis-- > 0;) {
        const std::size_t position = rest % outside[axis].extent;
        rest /= outside[axis].extent;
        from += position * outside[axis].source_stride;
        to += position * outside[axis].destination_stride;
      }
      if (unit == 1) {
        for (const Offsets& offsets : block) to[offsets.destination] = from[offsets.source];
      } else {
        for (const Offsets& offsets : block) {
          std::memcpy(to + offsets.destination, from + offsets.source, unit * sizeof(double));
        }
      }
    }
  });
}

}  // namespace kroncut
