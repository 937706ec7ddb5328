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

/// What the control groups of this process leave, version 2 and its ancestors, as Slurm and containers set.
std::uint64_t group_available() {
  std::ifstream file("/proc/self/cgroup");
  std::uint64_t left = unknown;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::/")) continue;
    for (std::string group = line.substr(3);; group.resize(group.find_last_of('/'))) {
      const std::string folder = "/sys/fs/cgroup" + group;
      const std::uint64_t limit = read_number(folder + "/memory.max");
      const std::uint64_t used = read_number(folder + "/memory.current");
      if (limit != unknown && used != unknown) {
        const std::uint64_t held = used - std::min(used, reclaimable(folder));
        left = std::min(left, limit > held ? limit - held : 0);
      }
      if (group.find_last_of('/') == std::string::npos) break;
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
