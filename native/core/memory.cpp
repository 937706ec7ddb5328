#include "core/memory.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <limits>

#include "core/error.hpp"

namespace kroncut {
namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

std::uint64_t read_number(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : unknown;
}

std::uint64_t kernel_available() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kilobytes = 0;
  std::string unit;
  while (file >> name >> kilobytes) {
    if (name == "MemAvailable:") return kilobytes * 1024;
    std::getline(file, unit);
  }
  return unknown;
}

/// File pages that the kernel gives back when memory is asked for; they count as used in a control group.
std::uint64_t reclaimable(const std::string& folder) {
  std::ifstream file(folder + "/memory.stat");
  std::string name;
  std::uint64_t bytes = 0;
  while (file >> name >> bytes) {
    if (name == "inactive_file") return bytes;
  }
  return 0;
}

/// What one group and the groups above it leave. A limit may be set on any of them; inside a container only
/// the root is visible.
std::uint64_t left_below(const std::string& root, std::string group, const char* limit_file,
                         const char* used_file) {
  std::uint64_t left = unknown;
  for (;;) {
    while (group.ends_with('/')) group.pop_back();
    const std::string folder = root + group;
    const std::uint64_t limit = read_number(folder + "/" + limit_file);
    const std::uint64_t used = read_number(folder + "/" + used_file);
    if (limit != unknown && used != unknown) {
      const std::uint64_t held = used - std::min(used, reclaimable(folder));
      left = std::min(left, limit > held ? limit - held : 0);
    }
    const std::size_t slash = group.find_last_of('/');
    if (slash == std::string::npos) return left;
    group.resize(slash);
  }
}

/// What the control groups of this process leave, of either version, as Slurm and containers set.
std::uint64_t group_available() {
  std::ifstream file("/proc/self/cgroup");
  std::uint64_t left = unknown;
  for (std::string line; std::getline(file, line);) {
    // NUMBER:CONTROLLERS:GROUP, with no controllers in version 2.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line, first + 1, second - first - 1).append(1, ',');
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") {
      left = std::min(left, left_below("/sys/fs/cgroup", group, "memory.max", "memory.current"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      left = std::min(
          left, left_below("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", "memory.usage_in_bytes"));
    }
  }
  return left;
}

}  // namespace

std::uint64_t available_memory() {
  const std::uint64_t bytes = std::min(kernel_available(), group_available());
  return bytes == unknown ? 0 : bytes;
}

void require_memory(std::uint64_t bytes, const std::string& purpose) {
  const std::uint64_t available = available_memory();
  if (available == 0 || bytes <= available) return;
  throw Error(ErrorCode::memory, purpose + " needs " + format_bytes(bytes) + ", but only " +
                                     format_bytes(available) + " are free");
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text.data();
}

}  // namespace kroncut
